"""The flow stage of one video: from every frame back to the one before, with a confidence."""

import logging
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from tqdm import tqdm

from vid2vid_core.annotate.flow_state import FlowState, Numbers, digest
from vid2vid_core.annotate.frame_table import read_frames
from vid2vid_core.annotate.segmenter import Frame
from vid2vid_core.shards.access import read_bytes
from vid2vid_core.storage import atomic_directory, atomic_file, write_table
from vid2vid_core.video.flow_io import ENDING, LARGEST, write_flow
from vid2vid_core.video.reference_flow import FlowEstimator, Motion, Pair

logger = logging.getLogger("vid2vid_core.annotate")

_PERCENTILES = (50, 95)
_COLUMNS = {
    "video": "str", "sequence": "str", "frame": "str", "flow": "str", "mean_pixels": "float64", "p50_pixels": "float64",
    "p95_pixels": "float64", "confident": "float64", "clipped": "int64",
}  # fmt: skip


@dataclass(frozen=True)
class _Job:
    """One flow to estimate."""

    current: Frame
    previous: Frame
    made_of: str

    @property
    def name(self) -> str:
        """Its file, below the folder of the video."""
        return f"{self.current.sequence}/{self.current.name}{ENDING}"


def estimate_flow(
    frames_table: Path, out_dir: Path, table: Path, state_dir: Path, estimator: FlowEstimator, threads: int = 1
) -> None:
    """Estimate and store the flow of one video; called again after being killed, it goes on with what is missing.

    The first frame of a sequence, an invalid frame and the one after it have no flow and no row.

    Args:
        frames_table: of the frames stage; may be empty.
        out_dir: written: a file `<sequence>/<frame>.flow` a pair.
        table: written, last: a row a pair with its file, mean and percentiles of the length in pixels, the share of
            pixels that are trusted, and how many vectors were too long to be stored. Its metadata says what estimated.
        state_dir: holds finished files in between; removed at the end. Of use to a later call with the same frames and
            settings only.
        estimator: the backend.
        threads: for reading and writing beside it.

    Raises:
        ValueError: an unreadable or missing frame picture, or two frames of a sequence that differ in size.
    """
    frames, metadata = read_frames(frames_table)
    settings, video = estimator.describe(), metadata["video"]
    state = FlowState(state_dir, settings)
    jobs = _jobs(frames)
    known = {job.name: numbers for job in jobs if (numbers := state.find(job.name, job.made_of)) is not None}
    if known:
        logger.info("%s: %d of %d flows are there from an earlier call", video, len(known), len(jobs))
    todo = [job for job in jobs if job.name not in known]
    with tqdm(total=len(jobs), initial=len(known), desc=f"flow {video}", unit="frame", disable=None) as bar:
        for job, numbers in _estimate_all(todo, state, estimator, threads):
            known[job.name] = numbers
            bar.update()
    with atomic_directory(out_dir) as folder:
        state.hand_over([job.name for job in jobs], folder)
    place = Path(os.path.relpath(out_dir, table.parent))
    rows = [
        {"video": video, "sequence": job.current.sequence, "frame": job.current.name, "flow": str(place / job.name)}
        | known[job.name]
        for job in jobs
    ]
    result = pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)
    _describe(video, result)
    write_table(table, result, {"video": video, **settings})
    state.clear()


def _jobs(frames: list[Frame | None]) -> list[_Job]:
    """Neighbouring valid frames of one sequence. Raises ValueError for a frame whose file is missing."""
    jobs, contents = [], dict[Path, bytes]()
    for previous, current in pairwise(frames):
        if previous is None or current is None or previous.sequence != current.sequence:
            continue
        ends = [contents.get(frame.image) or digest(_content(frame)).encode() for frame in (current, previous)]
        contents = {current.image: ends[0]}
        jobs.append(_Job(current, previous, digest(*ends)))
    return jobs


def _content(frame: Frame) -> bytes:
    try:
        return read_bytes(frame.image)
    except OSError as error:
        raise ValueError(f"{frame.image}: missing or not a readable image ({error.strerror})") from error


def _estimate_all(
    jobs: list[_Job], state: FlowState, estimator: FlowEstimator, threads: int
) -> Iterator[tuple[_Job, Numbers]]:
    """Estimate batch by batch; the next batch is read and the last one written meanwhile."""
    size = max(1, estimator.batch_size)
    batches = [jobs[start : start + size] for start in range(0, len(jobs), size)]
    writing: list[tuple[_Job, Future[Numbers]]] = []
    with ThreadPoolExecutor(max(2, threads)) as pool:
        reading = [pool.submit(_read, job) for job in batches[0]] if batches else []
        for number, batch in enumerate(batches):
            pairs = [pending.result() for pending in reading]
            following = batches[number + 1] if number + 1 < len(batches) else []
            reading = [pool.submit(_read, job) for job in following]
            motions = estimator.estimate(pairs)
            yield from _finished(writing, state)
            writing = [
                (job, pool.submit(_store, state.path(job.name), motion))
                for job, motion in zip(batch, motions, strict=True)
            ]
        yield from _finished(writing, state)


def _read(job: _Job) -> Pair:
    current, previous = job.current.read(), job.previous.read()
    if current.shape != previous.shape:
        raise ValueError(
            f"{job.current.image}: {current.shape[1]}x{current.shape[0]} pixels, but the frame before it, "
            f"{job.previous.image.name}, has {previous.shape[1]}x{previous.shape[0]}; flow needs frames of one size"
        )
    return current, previous


def _store(path: Path, motion: Motion) -> Numbers:
    """Write one flow file; returns the numbers of its row."""
    flow, confidence = motion
    with atomic_file(path) as temporary:
        clipped = write_flow(temporary, flow, confidence)
    lengths = cv2.magnitude(flow[..., 0], flow[..., 1])
    shares = np.percentile(lengths, _PERCENTILES)
    numbers = {f"p{percent}_pixels": float(share) for percent, share in zip(_PERCENTILES, shares, strict=True)}
    return numbers | {"mean_pixels": float(lengths.mean()), "confident": float(confidence.mean()), "clipped": clipped}


def _finished(writing: list[tuple[_Job, Future[Numbers]]], state: FlowState) -> Iterator[tuple[_Job, Numbers]]:
    for job, pending in writing:
        numbers = pending.result()
        state.add(job.name, job.made_of, numbers)
        yield job, numbers


def _describe(video: str, rows: pd.DataFrame) -> None:
    if rows.empty:
        return
    logger.info(
        "%s: %d flows, mean motion %.2f pixels, %.1f %% confident",
        video, len(rows), rows["mean_pixels"].mean(), 100 * rows["confident"].mean(),
    )  # fmt: skip
    clipped = rows[rows["clipped"] > 0]
    if not clipped.empty:
        logger.warning(
            "%s: %d vectors in %d frames, the first is %s, are longer than %.0f pixels along an axis; they are stored "
            "that long, with confidence 0",
            video, clipped["clipped"].sum(), len(clipped), clipped["frame"].iloc[0], LARGEST,
        )  # fmt: skip
