"""Writing and reading videos."""

import errno
import resource
import subprocess
import sys

import numpy as np
import pytest

from vid2vid_core.video.encode import LabelWriter, VideoWriter
from vid2vid_core.video.probe import UnreadableVideo, probe
from vid2vid_core.video.read import read_video


@pytest.mark.usefixtures("each_ffmpeg")
@pytest.mark.parametrize("size", [(64, 48), (481, 359), (3, 3)])
def test_colours_survive_and_odd_sizes_are_padded_by_their_border(tmp_path, size):
    width, height = size
    picture = np.full((height, width, 3), (30, 120, 200), np.uint8)
    picture[:, -1] = (200, 60, 30)
    picture[-1] = (20, 200, 90)
    path = tmp_path / "a b.mp4"
    with VideoWriter(path, 10, size, crf=1) as writer:
        for _ in range(3):
            writer.write(picture)
    assert writer.num_frames == 3
    pictures = list(read_video(path))
    assert len(pictures) == 3
    assert pictures[0].shape == (height + height % 2, width + width % 2, 3)
    assert np.abs(pictures[1][: height // 2, : width // 2].astype(int) - (30, 120, 200)).max() <= 4
    if width % 2:  # the border's colour is whole only where it fills a block of two by two pixels
        assert np.abs(pictures[1][-2:, : width // 2].mean(axis=(0, 1)) - (20, 200, 90)).max() <= 12


def test_a_browser_can_play_it_before_it_has_all_of_it(tmp_path):
    path = tmp_path / "a.mp4"
    with VideoWriter(path, 30000 / 1001, (64, 48)) as writer:
        writer.write(np.zeros((48, 64, 3), np.uint8))
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    info = probe(path)
    assert (info.codec, info.pixel_format, info.width, info.height) == ("h264", "yuv420p", 64, 48)
    assert info.fps == pytest.approx(29.97)
    assert info.rotation == 0 and not info.has_audio


@pytest.mark.usefixtures("each_ffmpeg")
@pytest.mark.parametrize(("dtype", "largest"), [(np.uint8, 255), (np.uint16, 65535)])
def test_ids_come_back_exactly(tmp_path, dtype, largest):
    rng = np.random.default_rng(0)
    maps = [rng.integers(0, largest + 1, (359, 481)).astype(dtype) for _ in range(4)]
    maps[0][:] = largest
    with LabelWriter(tmp_path / "ids.mkv", 15, (481, 359), dtype) as writer:
        for ids in maps:
            writer.write(ids)
    read = list(read_video(tmp_path / "ids.mkv", ids=True))
    assert len(read) == 4 and read[0].dtype == dtype
    np.testing.assert_array_equal(np.stack(read), np.stack(maps))


def test_ids_are_taken_from_luma_without_conversion(tmp_path):
    path = tmp_path / "ids.mp4"
    grey = np.repeat(np.arange(0, 250, 10, dtype=np.uint8), 8).reshape(-1, 20)[..., None].repeat(3, axis=2)
    with VideoWriter(path, 10, (20, 10), crf=0) as writer:
        writer.write(grey)
    luma = next(iter(read_video(path, ids=True)))
    assert luma.min() >= 15 and luma.max() <= 235  # limited range as stored, not stretched to 0..255


def test_ids_from_colours_are_refused(tmp_path):
    path = tmp_path / "rgb.mkv"
    with LabelWriter(tmp_path / "ids.mkv", 10, (8, 8)) as writer:
        writer.write(np.zeros((8, 8), np.uint8))
    from vid2vid_core.video.ffmpeg import ffmpeg_path

    command = [ffmpeg_path(), "-v", "error", "-i", tmp_path / "ids.mkv", "-c:v", "ffv1", "-pix_fmt", "bgr0", path]
    subprocess.run(command, check=True)
    with pytest.raises(ValueError, match="pixel format bgr0"):
        list(read_video(path, ids=True))


def test_a_frame_of_another_shape_is_refused_and_nothing_stays(tmp_path):
    with pytest.raises(ValueError, match=r"frame 1 must be uint8 \(48, 64, 3\), got uint8 \(48, 63, 3\)"):
        with VideoWriter(tmp_path / "a.mp4", 10, (64, 48)) as writer:
            writer.write(np.zeros((48, 64, 3), np.uint8))
            writer.write(np.zeros((48, 63, 3), np.uint8))
    with pytest.raises(ValueError, match="got float64"):
        with LabelWriter(tmp_path / "a.mkv", 10, (64, 48)) as writer:
            writer.write(np.zeros((48, 64)))
    assert list(tmp_path.iterdir()) == []


def test_an_error_in_the_block_keeps_the_older_file(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"older")
    with pytest.raises(KeyError):
        with VideoWriter(path, 10, (64, 48)) as writer:
            writer.write(np.zeros((48, 64, 3), np.uint8))
            raise KeyError
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]


def test_no_frames_no_video(tmp_path):
    with pytest.raises(ValueError, match="at least one frame"):
        with VideoWriter(tmp_path / "a.mp4", 10, (64, 48)):
            pass
    assert list(tmp_path.iterdir()) == []


def test_frames_outside_the_block_are_refused(tmp_path):
    writer = VideoWriter(tmp_path / "a.mp4", 10, (8, 8))
    with pytest.raises(ValueError, match="inside the `with` block"):
        writer.write(np.zeros((8, 8, 3), np.uint8))


def test_other_kinds_of_ids_are_refused(tmp_path):
    with pytest.raises(ValueError, match="uint8 or uint16, got int64"):
        LabelWriter(tmp_path / "a.mkv", 10, (8, 8), np.int64)


def test_a_full_disk_is_an_error_and_leaves_nothing(small_disk, each_ffmpeg):
    disk = small_disk("size=200k")
    rng = np.random.default_rng(0)
    with pytest.raises(OSError, match="No space left on device") as caught:
        with LabelWriter(disk / "a.mkv", 10, (256, 128)) as writer:
            for _ in range(100):
                writer.write(rng.integers(0, 256, (128, 256), dtype=np.uint8))
    assert caught.value.errno == errno.ENOSPC
    assert list(disk.iterdir()) == []


def test_reading_a_damaged_video_is_an_error(tmp_path):
    with pytest.raises(UnreadableVideo, match="no such file"):
        list(read_video(tmp_path / "none.mp4"))
    path = tmp_path / "half.mp4"
    with VideoWriter(path, 10, (64, 48)) as writer:
        for _ in range(10):
            writer.write(np.zeros((48, 64, 3), np.uint8))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(UnreadableVideo, match="half.mp4"):
        list(read_video(path))


def test_a_reader_can_stop_early(tmp_path):
    path = tmp_path / "a.mp4"
    with VideoWriter(path, 10, (320, 240)) as writer:
        for _ in range(50):
            writer.write(np.zeros((240, 320, 3), np.uint8))
    reader = read_video(path)
    next(reader)
    reader.close()


def test_writing_and_reading_need_no_workflow_library():
    code = (
        "import sys; import vid2vid_core.video.encode, vid2vid_core.video.read, vid2vid_core.video.flow_io;"
        "sys.exit(any(name in sys.modules for name in ('ffmpeg', 'scenedetect', 'torch')))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_length_costs_no_memory(tmp_path):
    picture = np.zeros((480, 640, 3), np.uint8)
    with VideoWriter(tmp_path / "a.mp4", 30, (640, 480)) as writer:
        writer.write(picture)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(150):
            writer.write(picture)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before  # KiB; the frames together are 135 MiB
    assert grown < 20_000
