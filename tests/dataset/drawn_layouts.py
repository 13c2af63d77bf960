import zlib
from pathlib import Path

import numpy as np
from PIL import Image


def write_ids(path: Path, ids: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(ids).save(path)


def textured_frame(seed: int, width: int, height: int) -> Image.Image:
    """A smooth random picture: no two seeds look alike."""
    coarse = np.random.default_rng(seed).integers(0, 255, (8, 12, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


class Layout:
    """A canonical dataset drawn into a folder; every picture differs, labels are 0 and 1."""

    def __init__(self, root: Path):
        self.root = root

    def sequence(
        self, split: str, name: str, frames: int, *, size: tuple[int, int] = (64, 32), instances: bool = False
    ) -> None:
        for index in range(frames):
            self.frame(split, name, f"{index:04d}", size=size, instances=instances)

    def frame(
        self, split: str, name: str, frame: str, *, size: tuple[int, int] = (64, 32), instances: bool = False
    ) -> None:
        seed = zlib.crc32(f"{split}/{name}/{frame}".encode())
        image = self.path(f"{split}_B", name, frame)
        image.parent.mkdir(parents=True, exist_ok=True)
        textured_frame(seed, *size).save(image)
        labels = np.zeros((size[1], size[0]), np.uint8)
        labels[size[1] // 2 :] = 1
        write_ids(self.path(f"{split}_A", name, frame), labels)
        if instances:
            write_ids(self.path(f"{split}_inst", name, frame), labels.astype(np.uint16) * 1000)

    def path(self, folder: str, name: str, frame: str) -> Path:
        return self.root / folder / name / f"{frame}.png"
