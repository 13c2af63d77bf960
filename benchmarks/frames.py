"""Throughput of the frames stage against the plain ffmpeg command that writes the same files.

The stage does more: exact times, shot cuts, a table. Imports are not counted (a job has them once); each side runs
several times, in turns, and the fastest counts, which least depends on other work on the machine. By default the clip
is drawn here. The stage starts ffmpeg twice (once to look at the file), about 0.1 s a video however long it is.

    python benchmarks/frames.py [VIDEO]
"""

import argparse
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from vid2vid_core.config.dataset import FramesConfig
from vid2vid_core.config.sources import Source
from vid2vid_core.storage import read_table
from vid2vid_core.video.decode import decode_frames
from vid2vid_core.video.encode import VideoWriter
from vid2vid_core.video.ffmpeg import ffmpeg_path, passthrough

SIZE = (1280, 720)
NUM_FRAMES = 150
REPEATS = 7


def draw_video(path: Path) -> None:
    """A textured scene that moves sideways, with noise, so that it is about as hard to pack as footage."""
    rng = np.random.default_rng(0)
    width, height = SIZE
    waves = np.sin(np.arange(width * 2)[None, :, None] / (7, 23, 61)) + np.cos(np.arange(height)[:, None, None] / 31)
    scene = (127 + 50 * waves).clip(0, 255).astype(np.uint8)
    with VideoWriter(path, 30, SIZE) as writer:
        for index in range(NUM_FRAMES):
            noise = rng.integers(-6, 7, (height, width, 1))
            writer.write((scene[:, 4 * index : 4 * index + width] + noise).clip(0, 255).astype(np.uint8))


def run_ffmpeg(video: Path, out: Path) -> None:
    """The command a person would type, with the same PNG settings."""
    out.mkdir()
    command = [ffmpeg_path(), "-v", "error", "-nostdin", "-i", video, "-map", "0:V:0"]
    command += [text for name, value in passthrough(ffmpeg_path()).items() for text in (f"-{name}", value)]
    command += ["-c:v", "png", "-compression_level", "1", "-pred", "up", "-pix_fmt", "rgb24", "-start_number", "0"]
    subprocess.run([*command, str(out / "%06d.png")], check=True)


def run_stage(video: Path, out: Path) -> None:
    source = Source(id="clip", split="train", path=str(video), kind="video")
    decode_frames(source, out / "clip", out / "clip.parquet", FramesConfig())


def same_files(plain: Path, out: Path) -> bool:
    rows, _ = read_table(out / "clip.parquet")
    return len(rows) == len(list(plain.iterdir())) and all(
        (plain / f"{row.number:06d}.png").read_bytes() == (out / row.image).read_bytes() for row in rows.itertuples()
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", nargs="?", type=Path, help="a video of one's own")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        video = arguments.video or root / "drawn.mp4"
        if arguments.video is None:
            draw_video(video)
        run_stage(video, root / "warm-up")
        seconds: dict[str, list[float]] = {"ours": [], "baseline": []}
        processor: dict[str, list[float]] = {"ours": [], "baseline": []}
        for _ in range(REPEATS):
            for name, run in (("baseline", run_ffmpeg), ("ours", run_stage)):
                shutil.rmtree(root / name, ignore_errors=True)
                begin, busy = time.perf_counter(), sum(os.times()[:4])
                run(video, root / name)
                seconds[name].append(time.perf_counter() - begin)
                processor[name].append(sum(os.times()[:4]) - busy)
        if not same_files(root / "baseline", root / "ours"):
            raise SystemExit("the two sides wrote different files")
        num_frames = len(list((root / "baseline").iterdir()))
    ours, baseline = min(seconds["ours"]), min(seconds["baseline"])
    print(f"{num_frames} frames, {num_frames / ours:.0f} a second against {num_frames / baseline:.0f}; same files")
    busy = {name: min(times) for name, times in processor.items()}
    print(f"processor time: ours {busy['ours']:.2f} s, baseline {busy['baseline']:.2f} s")
    print(f"frames stage: {baseline / ours:.2f}x (ours {ours * 1000:.0f} ms, baseline {baseline * 1000:.0f} ms)")


if __name__ == "__main__":
    main()
