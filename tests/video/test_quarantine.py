"""Bad files are set aside with their reason; a bad disk or a killed ffmpeg is an error."""

import errno
import os
import subprocess
import wave

import numpy as np
import pytest

from vid2vid_core.video import extract
from vid2vid_core.video.encode import VideoWriter
from vid2vid_core.video.ffmpeg import ffmpeg_path
from vid2vid_core.video.ffmpeg_log import FfmpegLog


def remuxed(source, target):
    subprocess.run([ffmpeg_path(), "-v", "error", "-i", source, "-c", "copy", target], check=True)
    return target


def cut_in_half(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def noise(path, num_frames=40):
    rng = np.random.default_rng(0)
    with VideoWriter(path, 10, (64, 48)) as writer:
        for _ in range(num_frames):
            writer.write(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8))
    return path


def missing(frames):
    return frames.folder / "no such.mp4"


def empty(frames):
    path = frames.folder / "empty.mp4"
    path.touch()
    return path


def text(frames):
    path = frames.folder / "text.mp4"
    path.write_text("This is a shopping list.\n" * 50)
    return path


def sound_only(frames):
    path = frames.folder / "sound.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16000))
    return path


def sound_with_a_cover(frames):
    path = frames.folder / "song.m4a"
    inputs = ["-i", sound_only(frames), "-i", frames.video(num_frames=1), "-map", "0:a", "-map", "1:v"]
    command = [ffmpeg_path(), "-v", "error", *inputs, "-c:v", "png", "-disposition:v:0", "attached_pic", path]
    subprocess.run(command, check=True)
    return path


def half_of_mp4(frames):
    return cut_in_half(noise(frames.folder / "half.mp4"))


def half_without_index(frames):
    path = remuxed(noise(frames.folder / "whole.mp4"), frames.folder / "index at the end.mov")
    return cut_in_half(path)


def half_of_mkv(frames):
    return cut_in_half(remuxed(noise(frames.folder / "whole.mp4"), frames.folder / "half.mkv"))


def half_of_ts(frames):
    return cut_in_half(remuxed(noise(frames.folder / "whole.mp4"), frames.folder / "half.ts"))


def half_of_avi(frames):
    return cut_in_half(remuxed(noise(frames.folder / "whole.mp4"), frames.folder / "half.avi"))


@pytest.mark.usefixtures("each_ffmpeg")
@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (missing, "there is no such file"),
        (empty, "empty (0 bytes)"),
        (text, "not a video"),
        (sound_only, "sound only"),
        (sound_with_a_cover, "sound only"),
        (half_of_mp4, "cut off"),
        (half_without_index, "moov atom not found"),
        (half_of_mkv, "cut off or damaged: only"),
        (half_of_ts, "cut off or damaged: only"),
        (half_of_avi, "cut off or damaged: only"),
    ],
)
def test_a_bad_file_is_quarantined_with_its_reason(frames, make, reason):
    path = make(frames)
    rows, metadata = frames.decode(path)
    assert reason in metadata["quarantined"] and str(path) in metadata["quarantined"]
    assert len(rows) == 0 and metadata["shots"] == [] and metadata["fps"] is None
    assert frames.out.is_dir() and list(frames.out.iterdir()) == []


def test_an_empty_table_has_the_same_columns_as_a_full_one(frames):
    empty_rows, _ = frames.decode(missing(frames))
    rows, _ = frames.decode(frames.video())
    assert empty_rows.dtypes.to_dict() == rows.dtypes.to_dict()


def test_the_readable_part_of_a_cut_video_can_be_asked_for(frames):
    path = half_of_mkv(frames)
    rows, metadata = frames.decode(path, max_frames=5)
    assert metadata["quarantined"] is None and len(rows) == 5


def test_harmless_complaints_do_not_quarantine():
    log = FfmpegLog()
    log.add("[mjpeg @ 0x55] [error] unable to decode APP fields: Invalid data found when processing input")
    log.add("[h264 @ 0x55] [error] mmco: unref short failure")
    log.add("[warning] deprecated pixel format used, make sure you did set range correctly")
    log.add(
        "[error] Error while decoding stream #0:0: Invalid data found when processing input"
    )  # before the first frame
    assert log.damage == [] and log.output_errors == [] and len(log.errors) == 3


def test_a_full_disk_is_an_error_and_leaves_nothing(frames, small_disk, each_ffmpeg):
    video = noise(frames.folder / "noise.mp4", 200)
    disk = small_disk("size=600k")
    frames.out, frames.table = disk / "clip", disk / "clip.parquet"
    with pytest.raises(OSError, match="No space left on device") as caught:
        frames.decode(video)
    assert caught.value.errno == errno.ENOSPC
    assert list(disk.iterdir()) == []


def test_a_read_only_disk_is_an_error(frames, small_disk):
    video = frames.video()
    disk = small_disk("size=600k,ro")
    frames.out, frames.table = disk / "clip", disk / "clip.parquet"
    with pytest.raises(OSError, match="Read-only file system"):
        frames.decode(video)


def test_a_folder_without_permission_is_an_error(frames):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    video = frames.video()
    frames.out.parent.mkdir()
    frames.out.parent.chmod(0o555)
    with pytest.raises(PermissionError):
        frames.decode(video)


def test_a_killed_ffmpeg_is_an_error_and_keeps_what_was_there(frames, monkeypatch):
    frames.decode(frames.video(num_frames=3))
    monkeypatch.setattr(extract, "decode_command", lambda *_: ["sh", "-c", "touch 000000.png; kill -9 $$"])
    with pytest.raises(RuntimeError, match="signal 9"):
        frames.decode(frames.video(num_frames=8))
    assert len(list(frames.out.rglob("*.png"))) == 3
    assert sorted(path.name for path in frames.out.parent.iterdir()) == ["clip", "clip.parquet"]


def test_an_error_while_finding_cuts_does_not_hang(frames, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(extract, "find_cuts", fail)
    with pytest.raises(ZeroDivisionError):
        frames.decode(frames.video(size=(640, 480), num_frames=20))
