"""Real clips, looked at frame by frame: where their faces are and where not."""

import os
from pathlib import Path

import numpy as np
import pytest

from vid2vid_core.annotate.stage import annotate_video
from vid2vid_core.config import AnnotateConfig, DatasetConfig, FaceAnnotateConfig, Source
from vid2vid_core.storage import read_table
from vid2vid_core.video.decode import decode_frames

SHARED = Path(os.environ.get("VID2VID_SHARED", Path(__file__).parents[3] / "shared")) / "data"
BACKENDS = ("dlib", "mediapipe")

pytestmark = [
    pytest.mark.shared,
    pytest.mark.slow,
    pytest.mark.skipif(not SHARED.is_dir(), reason="the real clips are not here; set VID2VID_SHARED"),
]


def annotate(folder, clip, backend):
    """Decode and annotate a clip; returns its rows by frame and the numbers of each sequence."""
    source = Source(id=clip.stem, split="train", path=str(clip), kind="video")
    config = DatasetConfig(name="real", mode="face", annotate=AnnotateConfig(face=FaceAnnotateConfig(backend=backend)))
    frames, table = folder / "frames" / f"{clip.stem}.parquet", folder / backend / f"{clip.stem}.parquet"
    if not frames.exists():
        decode_frames(source, folder / "frames" / clip.stem, frames, config.frames)
    annotate_video(frames, folder / backend / clip.stem, table, config, source, None)
    rows, metadata = read_table(table)
    return rows, metadata["quality"]


def distances(first, second):
    """Mean distance of landmarks in frames where both are valid, in distances of the outer eye corners."""
    both = first["valid"] & second["valid"]
    a, b = (np.stack(rows["points"][both]).reshape(-1, 68, 2) for rows in (first, second))
    return np.linalg.norm(a - b, axis=2).mean(axis=1) / np.linalg.norm(a[:, 45] - a[:, 36], axis=1)


def test_rapper_with_cuts_and_lost_faces(tmp_path):
    clip = SHARED / "clips" / "hamilton.mp4"
    found = {backend: annotate(tmp_path, clip, backend) for backend in BACKENDS}
    for rows, quality in found.values():
        # Shots: a stage from afar; a profile half out of the frame; the rapper; an audience in profile.
        assert [numbers["frames"] for numbers in quality] == [20, 62, 129, 64]
        assert not rows["valid"][:82].any()
        assert all(numbers["jumps"] == 0 for numbers in quality)
    rows, quality = found["dlib"]
    assert np.flatnonzero(~rows["valid"][82:211]).tolist() == list(range(31, 38))  # head turned up, hand waving
    assert quality[3]["detected"] <= 40  # a blurred woman in the background
    rows, quality = found["mediapipe"]
    assert rows["valid"][82:211].all() and not rows["valid"][211:].any()
    assert np.median(distances(found["dlib"][0], rows)) < 0.08


@pytest.mark.parametrize("name", ["book", "please"])
def test_signing_clips(tmp_path, name):
    found = {backend: annotate(tmp_path, SHARED / "asl" / f"{name}.mkv", backend) for backend in BACKENDS}
    for rows, quality in found.values():
        assert rows["valid"].all() and not rows["filled"].any() and len(quality) == 1
        assert quality[0]["jumps"] == 0 and 33 < quality[0]["interocular"] < 45
    apart = distances(*(rows for rows, _ in found.values()))
    assert np.median(apart) < 0.09 and apart.max() < 0.25  # also in the first frames, where a mesh must find its place
