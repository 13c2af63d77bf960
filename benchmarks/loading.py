"""Loading of training clips: files against shards, once a clip against once a chunk, Arrow against Parquet.

Frames of 1024x512 with labels, instances and flow, trained at 512x256: sequences of a drawn drive whose file sizes are
those of real footage. Processor time of one process, in turns, the shortest of several rounds.

Last line: clips from shards, each frame read once a clip, against files read the way the original reads them: every
chunk anew, the frames before it included.
"""

import argparse
import dataclasses
import itertools
import os
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from PIL import Image

from vid2vid_core.config import DataConfig, GeneratorConfig, StageConfig
from vid2vid_core.config.schedule import EpochState
from vid2vid_core.dataset.clips import ClipDataset, collate
from vid2vid_core.dataset.flow_source import StoredFlow
from vid2vid_core.dataset.layout import read_layout
from vid2vid_core.dataset.manifest import write_manifest
from vid2vid_core.shards.access import open_shard, read_view
from vid2vid_core.shards.pack import pack
from vid2vid_core.storage import write_table
from vid2vid_core.train.read_ahead import read_ahead
from vid2vid_core.video.flow_io import write_flow

WIDTH, HEIGHT, LABELS = 1024, 512, 35
PAST = 2
"""Frames before the first generated one."""
SPEED = 4


def draw(root: Path, sequences: int, frames: int) -> None:
    """Photographs with grain (0.7 MB each), label and instance maps, flow with noise; all move to the left."""
    rng = np.random.default_rng(0)
    flows = []
    for s in range(sequences):
        name, wide = f"s{s}", (WIDTH + SPEED * frames, HEIGHT)
        photograph = Image.fromarray(rng.integers(0, 255, (16, 48, 3), dtype=np.uint8)).resize(wide)
        labels = Image.fromarray(rng.integers(0, LABELS, (16, 48), dtype=np.uint8))
        labels = labels.resize(wide, Image.Resampling.NEAREST)
        for t in range(frames):
            box = (SPEED * t, 0, SPEED * t + WIDTH, HEIGHT)
            grain = rng.normal(0, 2, (HEIGHT, WIDTH, 1))
            ids = np.asarray(labels.crop(box))
            pictures = {
                "B": np.clip(np.asarray(photograph.crop(box)) + grain, 0, 255).astype(np.uint8),
                "A": ids,
                "inst": ids.astype(np.uint16) * 1000,
            }
            for kind, picture in pictures.items():
                file = root / f"train_{kind}" / name / f"{t:06d}.png"
                file.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(picture).save(file, compress_level=1 if kind == "B" else 6)
            if t:
                file = root / "flow" / name / f"{t:06d}.flow"
                file.parent.mkdir(parents=True, exist_ok=True)
                noise = rng.normal(0, 0.05, (HEIGHT, WIDTH, 2)).astype(np.float32)
                write_flow(file, np.array([SPEED, 0], np.float32) + noise, np.ones((HEIGHT, WIDTH), np.float32))
                flows.append((f"train-{name}", f"train-{name}-000", f"{t:06d}", str(file.relative_to(root))))
    write_manifest(root / "manifest.parquet", read_layout(root).table, {"label_nc": LABELS, "ignore": [255]})
    write_table(root / "flow.parquet", pd.DataFrame(flows, columns=["video", "sequence", "frame", "flow"]))


def clips(root: Path, new: int, chunk: int) -> ClipDataset:
    """Clips of so many new frames, trained in chunks."""
    stage = StageConfig(
        name="timed", generator=GeneratorConfig(n_frames_G=PAST + 1), data=DataConfig(loadSize=512, use_instance=True)
    )
    state = EpochState(1, 1e-4, new, chunk, 1, True)
    return ClipDataset(root / "manifest.parquet", StoredFlow([root / "flow.parquet"]), stage, state, seed=0)


def read_whole(dataset: ClipDataset) -> int:
    """A clip of every sequence; returns the number of new frames."""
    return sum(dataset[index].images.shape[1] - PAST for index in range(len(dataset)))


def waiting(dataset: ClipDataset, *, beside: bool) -> float:
    """Wall milliseconds a new frame of a training whose device computes as long as the processor reads."""
    start = time.perf_counter()
    frames = read_whole(dataset)
    needed = time.perf_counter() - start
    start = time.perf_counter()
    keys = ([(dataset.epoch, index)] for index in range(len(dataset)))
    for _ in read_ahead(dataset.read, keys, collate, workers=0, device=torch.device("cpu"), beside=beside):
        time.sleep(needed / len(dataset))
    return (time.perf_counter() - start) / frames * 1000


def cold(files: list[Path], rounds: int) -> float:
    """Wall milliseconds to read all of these, which the system does not hold in memory; the shortest."""
    times = []
    for _ in range(rounds):
        for path in {file if file.is_file() else file.parent for file in files}:
            with path.open("rb") as handle:
                os.posix_fadvise(handle.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        start = time.perf_counter()
        for path in files:
            read_view(path)
        times.append((time.perf_counter() - start) * 1000)
    return min(times)


def fastest(works: dict[str, Callable[[], int]], rounds: int) -> dict[str, float]:
    """Processor milliseconds a new frame, the shortest of all rounds, measured in turns."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            start = time.process_time()
            frames = work()
            times[name].append((time.process_time() - start) / frames * 1000)
    return {name: min(found) for name, found in times.items()}


def formats(root: Path, packed: Path, scratch: Path, rounds: int) -> None:
    """Print what reading the bytes alone costs, file by file in random order."""
    files = [path for top in sorted(root.glob("train_*")) for path in sorted(top.rglob("*.png"))]
    shards = {path: packed / path.parent.relative_to(root) for path in files}
    places = {path: shard.with_name(shard.name + ".arrow") / path.name for path, shard in shards.items()}
    tables, groups = {}, {}
    schema = pa.schema([("name", pa.string()), ("content", pa.binary()), ("crc32", pa.uint32())])
    for folder, members in itertools.groupby(files, key=lambda path: path.parent):
        table = scratch / f"{folder.parent.name}-{folder.name}.parquet"
        with pq.ParquetWriter(table, schema, compression="none", use_dictionary=False) as writer:
            for number, path in enumerate(members):
                content = path.read_bytes()
                row = [[path.name], [content], [zlib.crc32(content)]]
                writer.write_batch(pa.record_batch(row, schema=schema))
                groups[path] = number
        tables[folder] = table
    order = np.random.default_rng(0).permutation(len(files))

    def parquet() -> int:
        opened = {folder: pq.ParquetFile(table) for folder, table in tables.items()}
        for index in order:
            path = files[index]
            row = opened[path.parent].read_row_group(groups[path], columns=["content", "crc32"], use_threads=False)
            content = row.column(0)[0].as_py()
            if zlib.crc32(content) != row.column(1)[0].as_py():
                raise ValueError(f"{path}: read wrongly")
        return len(order)

    def arrow() -> int:
        for index in order:
            read_view(places[files[index]])
        return len(order)

    def loose() -> int:
        for index in order:
            files[index].read_bytes()
        return len(order)

    found = fastest({"files": loose, "Arrow": arrow, "Parquet": parquet}, rounds)
    size = sum(path.stat().st_size for path in files) / len(files) / 1000
    told = ", ".join(f"{name} {value * 1000:.0f} us" for name, value in found.items())
    print(f"a file of {size:.0f} kB in random order, checksum included in shards: {told}")
    opening = fastest({"opening": lambda: sum(len(open_shard(place.parent).names) for place in places.values())}, 1)
    print(f"finding an open shard: {opening['opening'] * 1000:.1f} us")
    os.sync()
    ordered = sorted(files, key=lambda path: path.name)
    for name, chosen in (("files", ordered), ("shards", [places[path] for path in ordered])):
        found[name] = cold(chosen, rounds) / (len(files) / 3)
    print(f"from disk, pictures of a frame (wall): files {found['files']:.1f} ms, shards {found['shards']:.1f} ms")


def main() -> None:
    """Draw, pack, measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=2)
    parser.add_argument("--chunk", type=int, default=6, help="new frames of a chunk")
    parser.add_argument("--chunks", type=int, default=4, help="of a clip")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    new = options.chunks * options.chunk
    with tempfile.TemporaryDirectory() as folder:
        root, packed = Path(folder, "files"), Path(folder, "shards")
        draw(root, options.sequences, PAST + new)
        pack(root, packed)
        formats(root, packed, Path(folder), options.rounds)
        files, shards = (clips(top, new, options.chunk) for top in (root, packed))
        short = clips(root, options.chunk, options.chunk)
        for one, other in zip(*(dataclasses.astuple(dataset[0]) for dataset in (files, shards)), strict=True):
            if not torch.equal(one, other):
                raise ValueError("shards give other clips than files")
        found = fastest(
            {
                "files": lambda: read_whole(files),
                "shards": lambda: read_whole(shards),
                "by chunk": lambda: read_whole(short),
            },
            options.rounds,
        )
        apart, beside = waiting(shards, beside=False), waiting(shards, beside=True)
    for name, value in found.items():
        print(f"{name}: {value:.1f} ms a new frame, {1000 / value:.1f} frames a second")
    print(f"with a device as fast as the reading: {apart:.0f} ms a frame (wall), read ahead {beside:.0f} ms")
    print(f"shards against files: {found['files'] / found['shards']:.2f}x")
    ours, baseline = found["shards"], found["by chunk"]
    print(f"loading: {baseline / ours:.2f}x (ours {ours:.1f} ms, baseline {baseline:.1f} ms)")


if __name__ == "__main__":
    main()
