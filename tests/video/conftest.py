"""Small videos drawn in code, and small disks to fill."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from vid2vid_core.config.dataset import FramesConfig
from vid2vid_core.config.sources import Source
from vid2vid_core.storage import read_table
from vid2vid_core.video.decode import decode_frames
from vid2vid_core.video.encode import VideoWriter

STEP = 12


class Frames:
    """A numbered video, in which frame k is grey of value STEP * k, and ways to decode it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "out" / "clip"
        self.table = folder / "out" / "clip.parquet"

    def video(self, name="clip.mp4", num_frames=8, size=(32, 24), fps=10, pixel_format="yuv444p") -> Path:
        path = self.folder / name
        with VideoWriter(path, fps, size, crf=0, pixel_format=pixel_format) as writer:
            for index in range(num_frames):
                writer.write(np.full((size[1], size[0], 3), STEP * index, np.uint8))
        return path

    def decode(self, path, *, kind="video", config=None, **options) -> tuple[pd.DataFrame, dict]:
        source = Source(id="clip", split="train", path=str(path), kind=kind, **options)
        decode_frames(source, self.out, self.table, FramesConfig(**(config or {})))
        return read_table(self.table)

    def pictures(self, rows: pd.DataFrame) -> list[np.ndarray]:
        import cv2

        return [cv2.imread(str(self.table.parent / image)) for image in rows.image]

    def shown(self, rows: pd.DataFrame) -> list[int]:
        """Which frame of the numbered video each written picture shows."""
        return [round(float(picture.mean()) / STEP) for picture in self.pictures(rows)]


@pytest.fixture
def frames(tmp_path):
    return Frames(tmp_path)


@pytest.fixture(params=["system", "bundled"])
def each_ffmpeg(request, monkeypatch, tmp_path):
    """The test runs with the system's ffmpeg, then with the one of imageio-ffmpeg."""
    if request.param == "bundled":
        pytest.importorskip("imageio_ffmpeg")
        monkeypatch.setenv("PATH", str(tmp_path / "nothing-here"))
    elif shutil.which("ffmpeg") is None:
        pytest.skip("no system ffmpeg")


@pytest.fixture
def small_disk(tmp_path):
    """Mount a disk of a given size with given options; skips where that is not allowed."""
    mounted = []
    tool = {name: shutil.which(name, path="/usr/bin:/bin:/usr/sbin:/sbin") for name in ("mount", "umount")}

    def mount(options: str) -> Path:
        folder = tmp_path / f"disk{len(mounted)}"
        folder.mkdir()
        done = subprocess.run(
            [tool["mount"], "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, text=True
        )
        if done.returncode != 0:
            pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    if os.geteuid() != 0 or None in tool.values():
        pytest.skip("mounting a small disk needs root and `mount`")
    yield mount
    for folder in mounted:
        subprocess.run([tool["umount"], str(folder)], check=True)
