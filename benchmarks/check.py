"""Speed of the dataset checker: 1,000 frames of 1024x512 with labels and instances; target: below 30 s.

Baseline: the same checks as one plain loop, Pillow reading and NumPy counting in a single thread.
"""

import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from vid2vid_core.config import DatasetConfig
from vid2vid_core.dataset.check import check_dataset
from vid2vid_core.dataset.layout import read_layout

FRAMES, WIDTH, HEIGHT, LABELS = 1000, 1024, 512, 35
DISTINCT = 40
"""Different pictures; the files repeat them, since only their size matters and drawing takes longer than checking."""


def draw(root: Path) -> None:
    """A layout whose photographs have the detail, hence the file size (0.6 MB), of real ones."""
    rng = np.random.default_rng(0)
    for index in range(DISTINCT):
        rough = Image.fromarray(rng.integers(0, 255, (16, 32, 3), dtype=np.uint8)).resize(
            (WIDTH, HEIGHT), Image.Resampling.BICUBIC
        )
        grain = rng.normal(0, 2.0, (HEIGHT, WIDTH, 1))
        photograph = np.clip(np.asarray(rough) + grain, 0, 255).astype(np.uint8)
        coarse = Image.fromarray(rng.integers(0, LABELS, (16, 32), dtype=np.uint8))
        labels = np.asarray(coarse.resize((WIDTH, HEIGHT), Image.Resampling.NEAREST))
        pictures = {"B": photograph, "A": labels, "inst": labels.astype(np.uint16) * 1000}
        split = "train" if index < DISTINCT * 0.8 else "test"
        for kind, picture in pictures.items():
            first = root / f"{split}_{kind}" / "s" / f"{index:06d}.png"
            first.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture).save(first, compress_level=6)
            for copy in range(index + DISTINCT, FRAMES, DISTINCT):
                (first.parent / f"{copy:06d}.png").hardlink_to(first)


def plain_loop(root: Path) -> tuple[int, int]:
    """The same facts, read one file after the other: sizes, ids and their counts, hashes, near-duplicates."""
    hashes: dict[str, list[int]] = {"train": [], "test": []}
    wrong = 0
    for split, found in hashes.items():
        for photograph in sorted((root / f"{split}_B").rglob("*.png")):
            image = Image.open(photograph).convert("RGB")
            grid = np.asarray(image.convert("L").resize((9, 8), Image.Resampling.BOX), dtype=np.int16)
            found.append(int("".join("1" if bit else "0" for bit in (np.diff(grid, axis=1) > 1).ravel()), 2))
            inside = photograph.relative_to(root / f"{split}_B")
            labels = Image.open(root / f"{split}_A" / inside)
            instances = Image.open(root / f"{split}_inst" / inside)
            instances.load()
            values, _ = np.unique(np.asarray(labels), return_counts=True)
            wrong += int((values >= LABELS).any() or labels.size != image.size or instances.size != image.size)
    train = hashes["train"]
    return wrong, sum(any(bin(one ^ other).count("1") <= 2 for other in train) for one in hashes["test"])


def main() -> None:
    """Print the times and, last, the claim."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        draw(root)
        megabytes = sum(file.stat().st_size for file in root.rglob("*.png")) / 1e6
        print(f"{FRAMES} frames of {WIDTH}x{HEIGHT}, {megabytes:.0f} MB of PNG files")
        start, cpu_start = time.perf_counter(), time.process_time()
        contents = read_layout(root)
        result = check_dataset(contents.table, {"layout": str(root)}, root, DatasetConfig(name="speed"))
        ours = time.perf_counter() - start
        print(result.summary())
        print(f"ours: {time.process_time() - cpu_start:.0f} s of processor time, spread over all cores")
        start = time.perf_counter()
        print("plain loop:", plain_loop(root))
        baseline = time.perf_counter() - start
        print(f"check: {baseline / ours:.1f}x (ours {ours:.1f} s, baseline {baseline:.1f} s)")


if __name__ == "__main__":
    main()
