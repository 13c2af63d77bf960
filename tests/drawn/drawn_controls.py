"""Small datasets of a face and of a person, drawn into the canonical layouts; what moves how is known."""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from vid2vid_core.dataset.flow_source import StoredFlow
from vid2vid_core.dataset.layout import read_layout
from vid2vid_core.dataset.manifest import read_manifest, write_manifest
from vid2vid_core.maps.drawn_face import drawn_landmarks
from vid2vid_core.maps.drawn_person import drawn_person
from vid2vid_core.maps.landmark_file import write_landmarks
from vid2vid_core.maps.openpose_file import write_openpose
from vid2vid_core.storage import write_table
from vid2vid_core.video.flow_io import write_flow

FACE_SIZE, FACE_SPEED = (160, 120), 2
POSE_SIZE, POSE_SPEED = (200, 140), 3


def scene(seed: int, size: tuple[int, int]) -> Image.Image:
    """A smooth random picture; no two seeds look alike."""
    coarse = np.random.default_rng(seed).integers(0, 255, (12, 16, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def write_faces(
    root: Path, split: str, name: str, frames: int, x: float = 70, width: float = 30, speed: int = FACE_SPEED
) -> None:
    """A face that moves to the right with all that is around it."""
    wide = scene(len(split) + len(name), (FACE_SIZE[0] + speed * frames, FACE_SIZE[1]))
    for t in range(frames):
        image, points = (root / f"{split}_{kind}" / name / f"{t:04d}" for kind in ("img", "keypoints"))
        left = speed * (frames - t)
        _save(wide.crop((left, 0, left + FACE_SIZE[0], FACE_SIZE[1])), image.with_suffix(".png"))
        points.parent.mkdir(parents=True, exist_ok=True)
        write_landmarks(points.with_suffix(".txt"), drawn_landmarks(x + speed * t, 45, width))


def write_poses(
    root: Path,
    split: str,
    name: str,
    frames: int,
    *,
    speed: int = POSE_SPEED,
    openpose: bool = True,
    densepose: bool = True,
) -> None:
    """A person who walks to the right, while the picture moves at `speed`. Files are named as the tools name theirs."""
    wide = scene(len(split) + len(name), (POSE_SIZE[0] + speed * frames, POSE_SIZE[1]))
    for t in range(frames):
        left = speed * (frames - t)
        _save(wide.crop((left, 0, left + POSE_SIZE[0], POSE_SIZE[1])), root / f"{split}_img" / name / f"{t:04d}.png")
        x = 60 + POSE_SPEED * t
        if openpose:
            file = root / f"{split}_openpose" / name / f"{t:04d}_keypoints.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            write_openpose(file, [drawn_person(x, 20, 60)])
        if densepose:
            _save(Image.fromarray(surface(x)), root / f"{split}_densepose" / name / f"{t:04d}_IUV.png")


def surface(x: int) -> np.ndarray:
    """A head above a trunk, V and U ramps inside each."""
    picture = np.zeros((POSE_SIZE[1], POSE_SIZE[0], 3), np.uint8)
    for part, (top, bottom, half) in {23: (20, 29, 4), 2: (30, 80, 9)}.items():
        picture[top:bottom, x - half : x + half, 2] = part
        picture[top:bottom, x - half : x + half, 0] = np.linspace(0, 255, bottom - top)[:, None]
        picture[top:bottom, x - half : x + half, 1] = np.linspace(0, 255, 2 * half)
    return picture


def manifest_of(root: Path, mode: str) -> Path:
    """The manifest of a layout, used in place."""
    contents = read_layout(root, mode)
    metadata = {
        "dataset": "drawn",
        "mode": mode,
        "label_nc": 0,
        "ignore": [],
        "fps": dict.fromkeys(contents.sources, 10.0),
        "quarantined": {},
        "sources": contents.sources,
    }
    write_manifest(root / "manifest.parquet", contents.table, metadata)
    return root / "manifest.parquet"


def flow_of(manifest: Path, speed: int) -> StoredFlow:
    """Everything moves to the right; sure everywhere."""
    found = read_manifest(manifest)
    rows = []
    for run in found.runs():
        for row in run.rows[1:]:
            flow = np.zeros((row.height, row.width, 2), np.float32)
            flow[..., 0] = -speed
            file = Path(f"flow-{row.sequence}-{row.frame}.flow")
            write_flow(manifest.parent / file, flow, np.ones((row.height, row.width), np.float32))
            rows.append({"video": row.video, "sequence": row.sequence, "frame": row.frame, "flow": str(file)})
    write_table(manifest.parent / "flow.parquet", pd.DataFrame(rows))
    return StoredFlow([manifest.parent / "flow.parquet"])


def _save(picture: Image.Image, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.save(file)
