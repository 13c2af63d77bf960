"""What 10,000 videos cost before anything is computed: planning a run, and merging and checking 1,000,000 frames.

For 100, 1,000 and 10,000 videos: time and memory of a dry run, of a run whose jobs do nothing, and of a run with
nothing to do. Baseline: a dry run for 10,000 videos with a job for each video and stage. The videos are empty files;
there are 100 frames a video, and what their files hold is made up: benchmarks/check.py measures reading.

    .venv/bin/python benchmarks/scale.py            # everything, about 20 minutes on two cores
    .venv/bin/python benchmarks/scale.py --rows     # only merging and checking
    .venv/bin/python benchmarks/scale.py --plans    # only planning, without the runs whose jobs do nothing
    .venv/bin/python benchmarks/scale.py --runs     # only runs whose jobs do nothing, of 100 and 1,000; 10 minutes
"""

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
import pandas as pd
import yaml

from vid2vid_core.config import DatasetConfig, RecipeConfig, Source, parse
from vid2vid_core.config.dataset import Split
from vid2vid_core.dataset.build import join_tables
from vid2vid_core.dataset.check import check_dataset
from vid2vid_core.dataset.check_scan import THUMB, Facts
from vid2vid_core.dataset.manifest import frame_table, read_manifest, write_manifest
from vid2vid_core.dataset.scan_table import read_scans, write_scan
from vid2vid_core.storage import write_table
from vid2vid_core.video.frame_table import FrameRow, FrameTable

ROOT = Path(__file__).parents[1]
FRAMES = 100
"""Of a video."""
RECIPE = parse(RecipeConfig, {"name": "r", "stages": [{"name": "coarse", "data": {"loadSize": 256}}]}, "the recipe")


class Cost(NamedTuple):
    """Of one call."""

    seconds: float
    processor: float
    megabytes: float
    printed: str


def measured(command: list[str]) -> Cost:
    """Run a command, in a process of its own so that its peak memory is known."""
    code = (
        "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], capture_output=True, text=True);"
        "use = resource.getrusage(resource.RUSAGE_CHILDREN); print(use.ru_utime + use.ru_stime, use.ru_maxrss / 1024);"
        "print(done.stdout + done.stderr); sys.exit(done.returncode)"
    )
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}")
    numbers, _, printed = done.stdout.partition("\n")
    processor, megabytes = map(float, numbers.split())
    return Cost(seconds, processor, megabytes, printed)


def write_project(folder: Path, videos: int, **dataset: Any) -> list[str]:
    """A run of so many videos, a tenth of them for tests. Returns the call of snakemake."""
    folder.mkdir()
    for split, count in (("train", videos - videos // 10), ("test", videos // 10)):
        (folder / split).mkdir()
        for index in range(count):
            (folder / split / f"{split}-{index:05d}.mp4").touch()
    entries = [{"path": f"{folder}/{split}/*.mp4", "split": split} for split in ("train", "test")]
    annotate = {"segmenter": "unsupervised"}
    config = {"name": "many", "videos": entries, "label_nc": 12, "annotate": annotate, **dataset}
    (folder / "dataset.yaml").write_text(yaml.safe_dump(config))
    (folder / "recipe.yaml").write_text(yaml.safe_dump({"name": "r", "stages": [{"name": "coarse"}, {"name": "fine"}]}))
    runs = [{"name": "run", "dataset": f"{folder}/dataset.yaml", "recipe": f"{folder}/recipe.yaml"}]
    (folder / "run.yaml").write_text(yaml.safe_dump({"runs": runs}))
    call = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
    return [*call, "--cores", "1", "all", "--configfile", str(folder / "run.yaml")]


def plan(call: list[str], label: str) -> Cost:
    """A dry run."""
    cost = measured([*call, "--dry-run", "--quiet", "rules"])
    jobs = int(re.findall(r"^total +(\d+)", cost.printed, re.MULTILINE)[0])
    tell(label, f"dry run, {jobs:,} jobs", cost)
    return cost


def run_without_work(call: list[str], folder: Path, label: str) -> None:
    """All outputs are there, as empty files; every job only notes that it is done. Then there is nothing to do."""
    printed = measured([*call, "--dry-run"]).printed
    outputs = re.findall(r"^    output: (.*)", printed, re.MULTILINE)
    for path in (folder / name for line in outputs for name in line.split(", ")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    tell(label, "run whose jobs do nothing", measured([*call, "--touch", "--forceall", "--quiet", "rules"]))
    tell(label, "run with nothing to do", measured(call))


def tell(label: str, what: str, cost: Cost) -> None:
    """One line."""
    used = f"{cost.seconds:.1f} s ({cost.processor:.1f} s of processor time), {cost.megabytes:.0f} MB"
    print(f"{label}: {what}: {used}", flush=True)


def write_tables(folder: Path, videos: int) -> list[list[Path]]:
    """Tables of frames, annotations and scans, as the stages write them; pictures differ, labels do not."""
    rng = np.random.default_rng(0)
    paths: list[list[Path]] = [[], [], []]
    for number in range(videos):
        split: Split = "test" if number % 10 == 9 else "train"
        source = Source(id=f"{split}-{number:05d}", split=split, path=f"{number}.mp4", kind="video")
        names = [f"{index:06d}" for index in range(FRAMES)]
        images = [str(folder / source.id / f"{name}.png") for name in names]
        labels = [str(folder / source.id / f"{name}-label.png") for name in names]
        frames, annotations, scans = (folder / kind / f"{source.id}.parquet" for kind in ("frames", "labels", "scans"))
        rows = [FrameRow(source.id, names[i], i, i / 30, images[i], 64, 32, "") for i in range(FRAMES)]
        FrameTable(source, rows, 30.0).write(frames)
        always = {"video": source.id, "sequence": source.id, "instance": "", "valid": True, "reason": ""}
        write_table(annotations, pd.DataFrame({"frame": names, "label": labels, **always}), {"segmenter": "given"})
        thumbs = rng.integers(0, 255, (FRAMES, THUMB, THUMB, 3), dtype=np.uint8)
        hashes = rng.integers(0, 2, (FRAMES, 64)).astype(bool)
        pictures = [Facts((64, 32), "RGB", "PNG", hash=hashes[i], thumb=thumbs[i]) for i in range(FRAMES)]
        maps = [Facts((64, 32), "L", "PNG", values=np.arange(12), counts=np.full(12, 170)) for _ in range(FRAMES)]
        found = [("image", images[i], pictures[i]) for i in range(FRAMES)]
        write_scan(scans, source.id, [*found, *(("label", labels[i], maps[i]) for i in range(FRAMES))])
        for kind, path in zip(paths, (frames, annotations, scans), strict=True):
            kind.append(path)
    return paths


def merge_and_check(videos: int) -> None:
    """Tables of all videos become one manifest, which is checked; in a process of its own, for its memory."""
    with tempfile.TemporaryDirectory() as name:
        folder, config = Path(name), DatasetConfig(name="many", label_nc=12)
        with mock.patch("os.fsync"):  # of the disk, which is not what is measured
            frames, annotations, scans = write_tables(folder, videos)
        start = time.perf_counter()
        rows, metadata = join_tables(frames, annotations)
        about = {"label_nc": 12, "ignore": [], "layout": None, "notes": []}
        write_manifest(folder / "manifest.parquet", frame_table(rows), metadata | about)
        merged = time.perf_counter() - start
        del rows
        start = time.perf_counter()
        manifest = read_manifest(folder / "manifest.parquet")
        known = read_scans(scans)
        read = time.perf_counter() - start
        result = check_dataset(manifest.table, manifest.metadata, folder, config, RECIPE, workers=1, known=known)
        checked = time.perf_counter() - start - read
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{result.summary()}: of {videos:,} videos")
        print(
            f"  merged in {merged:.1f} s, read in {read:.1f} s, checked in {checked:.1f} s, {peak:.0f} MB", flush=True
        )


def main() -> None:
    """Print the costs and, last, the claim."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_mutually_exclusive_group()
    parts.add_argument("--rows", action="store_true", help="only merging and checking")
    parts.add_argument("--plans", action="store_true", help="only dry runs")
    parts.add_argument("--runs", action="store_true", help="only runs whose jobs do nothing, of 100 and 1,000 videos")
    parts.add_argument("--merge", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.merge:
        merge_and_check(options.merge)
        return
    if not options.plans and not options.runs:
        for videos in (1000, 10_000):
            subprocess.run([sys.executable, __file__, "--merge", str(videos)], check=True)
    if options.rows:
        return
    with tempfile.TemporaryDirectory() as name:
        for videos in (100, 1000) if options.runs else (100, 1000, 10_000):
            folder = Path(name) / str(videos)
            call, label = write_project(folder, videos), f"{videos:,} videos"
            ours = plan(call, label)
            if not options.plans:
                run_without_work(call, folder, label)
        if options.runs:
            return
        one = write_project(Path(name) / "one", videos, videos_per_job=1)
        baseline = plan(one, f"{videos:,} videos, a job for each")
        ratio = baseline.seconds / ours.seconds
        print(f"scale: {ratio:.1f}x (ours {ours.seconds:.1f} s, baseline {baseline.seconds:.1f} s)")


if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    main()
