"""Frames of videos: which ones, when, where to, how large."""

import struct
import subprocess

import cv2
import numpy as np
import pytest

from vid2vid_core.video.encode import VideoWriter
from vid2vid_core.video.ffmpeg import ffmpeg_path, passthrough
from vid2vid_core.video.probe import probe

pytestmark = pytest.mark.usefixtures("each_ffmpeg")


def test_every_frame_is_written_once_with_its_time(frames):
    rows, metadata = frames.decode(frames.video(num_frames=8, fps=10))
    assert frames.shown(rows) == list(range(8))
    assert rows.number.tolist() == list(range(8))
    assert rows.frame.tolist() == [f"{k:06d}" for k in range(8)]
    assert rows.time.tolist() == pytest.approx([k / 10 for k in range(8)], abs=1e-9)
    assert rows.image[3] == "clip/clip-000/000003.png"
    assert rows.valid.all() and set(rows.reason) == {""}
    assert set(zip(rows.width, rows.height, strict=True)) == {(32, 24)}
    assert metadata["fps"] == pytest.approx(10)
    assert metadata["quarantined"] is None
    assert metadata["source"] == str(frames.folder / "clip.mp4")
    assert metadata["shots"] == [{"sequence": "clip-000", "first": 0, "last": 7, "start": 0.0, "end": 0.7}]


def test_times_of_a_variable_frame_rate_are_exact(frames):
    times = [0, 40, 140, 150, 151, 900, 1000, 3000]  # ms
    spaced = "+".join(f"eq(N,{k})*{time}" for k, time in enumerate(times))
    target = frames.folder / "vfr.mkv"
    command = [ffmpeg_path(), "-v", "error", "-i", frames.video(), "-vf", f"settb=1/1000,setpts='{spaced}'"]
    command += [text for name, value in passthrough(ffmpeg_path()).items() for text in (f"-{name}", value)]
    subprocess.run([*command, "-c:v", "ffv1", "-enc_time_base", "1:1000", target], check=True)
    rows, metadata = frames.decode(target)
    assert frames.shown(rows) == list(range(8))
    assert rows.time.tolist() == pytest.approx([time / 1000 for time in times], abs=1e-9)
    assert metadata["fps"] == pytest.approx(7 / 3)


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ({"start": 0.0}, list(range(8))),
        ({"start_frame": 3}, [3, 4, 5, 6, 7]),
        ({"max_frames": 2}, [0, 1]),
        ({"start_frame": 2, "max_frames": 3}, [2, 3, 4]),
        ({"start": 0.25}, [3, 4, 5, 6, 7]),
        ({"start": 0.3, "end": 0.6}, [3, 4, 5]),
        ({"start": 0.2, "start_frame": 4, "end": 0.7, "max_frames": 2}, [4, 5]),
    ],
)
def test_the_part_asked_for_keeps_source_numbers_and_times(frames, options, numbers):
    rows, _ = frames.decode(frames.video(), **options)
    assert rows.number.tolist() == numbers
    assert frames.shown(rows) == numbers
    assert rows.time.tolist() == pytest.approx([k / 10 for k in numbers])


@pytest.mark.parametrize("fps", [30, 30000 / 1001])
def test_a_start_at_the_time_of_a_frame_includes_it_and_an_end_does_not(frames, fps):
    video = frames.video(num_frames=20, fps=fps)
    for first, last in ((1, 7), (9, 11), (10, 19)):
        for digits in (6, 17):
            rows, metadata = frames.decode(video, start=round(first / fps, digits), end=round(last / fps, digits))
            assert metadata["quarantined"] is None
            assert rows.number.tolist() == list(range(first, last))


def test_a_part_beyond_the_end_is_quarantined(frames):
    rows, metadata = frames.decode(frames.video(), start=5.0)
    assert len(rows) == 0
    assert "none of its 8 decoded frames" in metadata["quarantined"]


def test_a_lower_rate_drops_frames_onto_a_new_grid(frames):
    rows, metadata = frames.decode(frames.video(num_frames=8, fps=10), config={"fps": 5})
    assert frames.shown(rows) == rows.number.tolist()
    assert rows.time.tolist() == pytest.approx([k / 5 for k in range(len(rows))])
    assert len(rows) == 4
    assert metadata["fps"] == 5


def test_a_higher_rate_repeats_frames_under_names_of_their_own(frames):
    rows, _ = frames.decode(frames.video(num_frames=4, fps=10), config={"fps": 25})
    assert frames.shown(rows) == rows.number.tolist()
    assert rows.time.tolist() == pytest.approx([k / 25 for k in range(len(rows))])
    assert len(rows) == 10
    assert rows.frame.is_unique and rows.frame[:3].tolist() == ["000000", "000000r1", "000000r2"]
    assert sorted(rows.frame) == rows.frame.tolist()


def test_an_odd_rate_and_a_start_agree_with_what_ffmpeg_shows(frames):
    rows, _ = frames.decode(frames.video(num_frames=20, fps=30000 / 1001), config={"fps": 12.5}, start_frame=2)
    assert frames.shown(rows) == rows.number.tolist()


def test_crop_is_exact_at_odd_pixels_and_comes_before_scale(frames):
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)
    path = frames.folder / "noise.mp4"
    with VideoWriter(path, 10, (32, 24), crf=0) as writer:
        for _ in range(3):
            writer.write(picture)
    whole = frames.pictures(frames.decode(path)[0])[0]
    rows, _ = frames.decode(path, config={"crop": (5, 3, 11, 7)})
    np.testing.assert_array_equal(frames.pictures(rows)[0], whole[3:10, 5:16])
    rows, _ = frames.decode(path, config={"crop": (5, 3, 12, 8), "scale": (6, 4)})
    assert (rows.width[0], rows.height[0]) == (6, 4)
    expected = cv2.resize(whole[3:11, 5:17], (6, 4), interpolation=cv2.INTER_AREA)
    assert np.abs(frames.pictures(rows)[0].astype(int) - expected).max() <= 3


def test_a_crop_that_does_not_fit_is_quarantined_with_both_sizes(frames):
    _, metadata = frames.decode(frames.video(), config={"crop": (20, 0, 20, 10)})
    assert "[20, 0, 20, 10]" in metadata["quarantined"] and "32x24" in metadata["quarantined"]


def test_jpeg_keeps_the_colours(frames):
    path = frames.folder / "red.mp4"
    with VideoWriter(path, 10, (64, 48), crf=5) as writer:
        for _ in range(2):
            writer.write(np.full((48, 64, 3), (200, 40, 60), np.uint8))
    rows, _ = frames.decode(path, config={"image_format": "jpg"})
    assert rows.image[0].endswith(".jpg")
    assert frames.pictures(rows)[0].mean(axis=(0, 1)) == pytest.approx([60, 40, 200], abs=4)


def test_jpeg_quality_is_used(frames):
    picture = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    path = frames.folder / "noise.mp4"
    with VideoWriter(path, 10, (64, 48), crf=5) as writer:
        writer.write(picture)
    sizes = []
    for quality in (2, 10, 31):
        rows, _ = frames.decode(path, config={"image_format": "jpg", "jpeg_quality": quality})
        sizes.append((frames.table.parent / rows.image[0]).stat().st_size)
    assert sizes[0] > 1.5 * sizes[1] > 2 * sizes[2]


@pytest.mark.parametrize(("size", "num_frames"), [((481, 359), 3), ((3, 3), 3), ((64, 48), 1)])
def test_odd_tiny_and_short_videos_are_decoded(frames, size, num_frames):
    rows, metadata = frames.decode(frames.video(size=size, num_frames=num_frames), config={"min_shot_frames": 1})
    assert metadata["quarantined"] is None
    assert len(rows) == num_frames and rows.valid.all()
    assert frames.pictures(rows)[0].shape == (size[1], size[0], 3)
    assert (rows.width[0], rows.height[0]) == size


def test_rotation_metadata_is_applied_and_recorded(frames):
    path = frames.folder / "turned.mp4"
    picture = np.zeros((24, 32, 3), np.uint8)
    picture[:12, :16] = 255  # white where up and left meet
    with VideoWriter(path, 10, (32, 24), crf=0, pixel_format="yuv444p") as writer:
        for _ in range(2):
            writer.write(picture)
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40
    data[matrix : matrix + 36] = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 24 << 16, 0, 1 << 30)
    path.write_bytes(data)  # a quarter turn clockwise, as a telephone held upright writes it
    rows, metadata = frames.decode(path)
    assert metadata["rotation"] == 270
    assert (probe(path).width, probe(path).height) == (24, 32)
    assert (rows.width[0], rows.height[0]) == (24, 32)
    quarters = frames.pictures(rows)[0][[4, 4, -4, -4], [4, -4, 4, -4], 0]
    assert (quarters > 128).tolist() == [False, True, False, False]


def test_sixteen_bits_in_the_source_give_eight_in_the_frames(frames):
    path = frames.folder / "deep.mkv"
    subprocess.run(
        [ffmpeg_path(), "-v", "error", "-i", frames.video(), "-pix_fmt", "gray16le", "-c:v", "ffv1", path], check=True
    )
    rows, _ = frames.decode(path)
    picture = cv2.imread(str(frames.table.parent / rows.image[5]), cv2.IMREAD_UNCHANGED)
    assert picture.dtype == np.uint8 and picture.shape == (24, 32, 3)


@pytest.mark.parametrize(
    "name",
    [
        "a b.mp4",
        'it\'s "it".mp4',
        "прогулка 漫步.mp4",
        "$(touch gone).mp4",
        "100%d %06d.mp4",
        "-i.mp4",
        "http:x.mp4",
        "a,b;[c]=d.mp4",
    ],
)
def test_any_file_name_is_taken_literally(frames, name, monkeypatch):
    frames.folder = frames.folder / name.replace(".mp4", " folder")
    frames.folder.mkdir()
    path = frames.video(num_frames=3)
    path = path.rename(frames.folder / name)
    frames.out = frames.folder / "out" / "clip"
    frames.table = frames.folder / "out" / "clip.parquet"
    monkeypatch.chdir(frames.folder)
    rows, metadata = frames.decode(name)  # relative: a leading dash must not become an option
    assert metadata["quarantined"] is None
    assert frames.shown(rows) == [0, 1, 2]
    assert not (frames.folder / "gone").exists()


def test_a_second_run_replaces_the_first(frames):
    frames.decode(frames.video(num_frames=8))
    rows, _ = frames.decode(frames.video(num_frames=3))
    assert len(rows) == 3
    assert len(list(frames.out.rglob("*.png"))) == 3
    assert sorted(path.name for path in frames.out.parent.iterdir()) == ["clip", "clip.parquet"]
