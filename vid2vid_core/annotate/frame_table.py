"""Frame tables as the annotators see them."""

from pathlib import Path
from typing import Any

from vid2vid_core.annotate.label_files import Placement, picture_size
from vid2vid_core.annotate.segmenter import Frame
from vid2vid_core.config import FramesConfig
from vid2vid_core.config.sources import Source
from vid2vid_core.storage import read_table
from vid2vid_core.video.probe import probe


def read_frames(frames_table: Path) -> tuple[list[Frame | None], dict[str, Any]]:
    """The frames of a table in time order, None for an invalid one, and the table's metadata."""
    rows, metadata = read_table(frames_table)
    frames = [
        Frame(
            sequence=row["sequence"],
            name=row["frame"],
            number=row["number"],
            image=frames_table.parent / row["image"],
            width=row["width"],
            height=row["height"],
        )
        if row["valid"]
        else None
        for row in rows.to_dict("records")
    ]
    return frames, metadata


def placement_of(frames: list[Frame], source: Source, config: FramesConfig) -> Placement:
    """Where the frames (at least one) of a source lie in its pictures. Raises ValueError if those cannot be read."""
    size = (frames[0].width, frames[0].height)
    if config.crop is None and config.scale is None:
        return Placement(source=size, crop=None, frame=size)
    if source.kind == "video":
        info = probe(source.path)
        return Placement(source=(info.width, info.height), crop=config.crop, frame=size)
    return Placement(source=picture_size(Path(source.path)), crop=config.crop, frame=size)


def source_length(numbers: list[int], source: Source, config: FramesConfig) -> int | None:
    """How many frames the source has, by the frame numbers in its table; None if only a part of it was decoded."""
    whole = source.start is None and source.end is None and source.start_frame == 0 and source.max_frames is None
    return max(numbers) + 1 if whole and config.fps is None else None
