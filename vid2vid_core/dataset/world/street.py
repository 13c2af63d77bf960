"""The built-in world `street_demo`: writes one drive as the files that a user's own footage would be."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from vid2vid_core.config import WorldConfig
from vid2vid_core.dataset.world.camera import Drive
from vid2vid_core.dataset.world.drive import World
from vid2vid_core.dataset.world.town import make_town
from vid2vid_core.storage import atomic_directory
from vid2vid_core.video.encode import LabelWriter, VideoWriter

Array = NDArray[Any]

_CRF = 12


def open_world(config: WorldConfig, index: int) -> World:
    """Drive number `index` of the world (0-based, training drives first); same config and index, same drive."""
    rng = np.random.default_rng([config.seed, index, 1])
    speed = float(rng.uniform(4.0, 5.5))
    town = make_town((config.seed, index), length=1.1 * speed * config.seconds)
    sway = rng.uniform(0, 2 * np.pi, 4)
    drive = Drive(town.road, 0.0, speed, (float(sway[0]), float(sway[1]), float(sway[2]), float(sway[3])))
    return World(town, drive, config.width, config.height)


def write_drive(config: WorldConfig, video_id: str, index: int, out_dir: Path) -> None:
    """Make one drive and write it, atomically, to `out_dir`.

    - rgb.mp4: H.264.
    - labels.mkv: Cityscapes ids, FFV1 grey.
    - instances.mkv: label*1000+n for cars and people, else the label, FFV1 16-bit grey.
    - flow.npz: `flow` (T-1, H, W, 2) float16, pixels, x and y, exact and *forward*: from frame t to frame t+1, also of
      points that are hidden there (0 for those behind the camera); `valid` (T-1, H, W) bool: the point is in view at
      t+1 and nothing stands before it.

    Args:
        config: Sizes and seed.
        video_id: Shown beside the progress bar.
        index: Which drive, 0-based. A drive depends on its index and the seed, not on how many there are.
        out_dir: Replaced if it exists.
    """
    count, size = max(2, round(config.seconds * config.fps)), (config.width, config.height)
    flow = np.zeros((count - 1, config.height, config.width, 2), np.float16)
    valid = np.zeros((count - 1, config.height, config.width), bool)
    with atomic_directory(out_dir) as folder:
        with (
            VideoWriter(folder / "rgb.mp4", config.fps, size, crf=_CRF) as rgb,
            LabelWriter(folder / "labels.mkv", config.fps, size, np.uint8) as labels,
            LabelWriter(folder / "instances.mkv", config.fps, size, np.uint16) as instances,
        ):
            frames = open_world(config, index).frames(count, config.fps)
            for number, frame in enumerate(tqdm(frames, f"drive {video_id}", count, disable=None)):
                rgb.write(frame.rgb)
                labels.write(frame.labels)
                instances.write(frame.instances)
                if frame.flow is not None and frame.valid is not None:
                    valid[number] = frame.valid
                    flow[number] = np.where(np.isfinite(frame.flow), frame.flow, 0)
        np.savez(folder / "flow.npz", flow=flow, valid=valid)
