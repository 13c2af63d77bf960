"""Writes one clip of a built-in world as the files that a user's own footage would be."""

from pathlib import Path

from tqdm import tqdm

from vid2vid_core.config import WorldConfig
from vid2vid_core.dataset.world.face_demo import FaceClip
from vid2vid_core.dataset.world.pose_demo import PoseClip
from vid2vid_core.dataset.world.street import write_drive
from vid2vid_core.storage import atomic_directory, write_table
from vid2vid_core.video.encode import VideoWriter

_CRF = 12


def make_world(config: WorldConfig, video_id: str, index: int, out_dir: Path) -> None:
    """Make one clip and write it, atomically, to `out_dir`: rgb.mp4 (H.264), and for `street_demo` what it knows of it.

    Args:
        config: kind, sizes and seed.
        video_id: shown beside the progress bar.
        index: which clip, 0-based. A clip depends on its index and the seed, not on how many there are.
        out_dir: replaced if it exists.
    """
    if config.kind == "street_demo":
        write_drive(config, video_id, index, out_dir)
        return
    clip = FaceClip(config, index) if config.kind == "face_demo" else PoseClip(config, index)
    with atomic_directory(out_dir) as folder:
        with VideoWriter(folder / "rgb.mp4", config.fps, (config.width, config.height), crf=_CRF) as video:
            for frame in tqdm(clip.frames(), f"clip {video_id}", len(clip), disable=None):
                video.write(frame)


def make_world_clip(config: WorldConfig, video_id: str, index: int, table: Path) -> None:
    """Make one clip in the folder beside `table` that has its name; `table`, written last, lists the files."""
    import pandas as pd

    folder = table.with_suffix("")
    make_world(config, video_id, index, folder)
    files = sorted(path for path in folder.iterdir() if path.is_file())
    rows = [(video_id, f"{folder.name}/{path.name}", path.stat().st_size) for path in files]
    write_table(table, pd.DataFrame(rows, columns=["video", "file", "bytes"]), {"video": video_id})
