"""Small videos drawn in code: a bright square that moves over a soft ground."""

from pathlib import Path

import cv2
import numpy as np

from vid2vid_core.video.encode import VideoWriter


def draw_video(path: Path, frames: int = 8, size: tuple[int, int] = (64, 32), seed: int = 0) -> Path:
    """Write a video in which every frame differs from every other, but not so much that it looks like a cut."""
    width, height = size
    coarse = np.random.default_rng(seed).integers(30, 200, (4, 8, 3)).astype(np.uint8)
    ground = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    path.parent.mkdir(parents=True, exist_ok=True)
    with VideoWriter(path, 10, size) as writer:
        for number in range(frames):
            picture = np.roll(ground, number, axis=1)
            picture[height // 4 : height // 2, number : number + width // 4] = (250, 240, 20)
            writer.write(picture)
    return path


def broken_videos(folder: Path) -> dict[str, Path]:
    """A file of each kind that cannot be decoded as a whole."""
    whole = draw_video(folder / "whole.mp4", frames=40)
    files = {name: folder / f"{name}.mp4" for name in ("empty", "text", "half")}
    files["empty"].touch()
    files["text"].write_text("This is a shopping list.\n" * 40)
    files["half"].write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    whole.unlink()
    return files
