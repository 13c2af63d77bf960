"""The table of the frames stage: its columns, and what it says of a video that cannot be read."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from vid2vid_core.config.sources import Source
from vid2vid_core.storage import write_table

_TYPES = {
    "video": "str",
    "split": "str",
    "sequence": "str",
    "frame": "str",
    "number": "int64",
    "time": "float64",
    "image": "str",
    "width": "int64",
    "height": "int64",
    "valid": "bool",
    "reason": "str",
}


@dataclass(frozen=True, slots=True)
class FrameRow:
    """One frame of a sequence."""

    sequence: str
    frame: str
    """Stem of its file."""
    number: int
    """Number of the source frame, from 0."""
    time: float
    """Presentation time, seconds."""
    image: str
    """Path relative to the table's folder, or absolute; empty if no picture was written."""
    width: int
    height: int
    reason: str = ""
    """Why the frame must not be used; empty if it may."""


@dataclass(frozen=True, slots=True)
class FrameTable:
    """All that the frames stage says of one source."""

    source: Source
    rows: list[FrameRow] = field(default_factory=list)
    fps: float | None = None
    """Mean rate; None for a quarantined source."""
    rotation: int = 0
    """Degrees counter-clockwise that the stored pictures were turned by."""
    quarantined: str | None = None
    """Why the source cannot be used at all."""

    def write(self, path: Path) -> None:
        """Write the Parquet table with its metadata."""
        data = [
            {"video": self.source.id, "split": self.source.split, **asdict(row), "valid": not row.reason}
            for row in self.rows
        ]
        metadata = {
            "video": self.source.id,
            "split": self.source.split,
            "source": str(Path(self.source.path).absolute()),
            "fps": self.fps,
            "quarantined": self.quarantined,
            "shots": self._shots(),
            "rotation": self.rotation,
        }
        write_table(path, pd.DataFrame(data, columns=list(_TYPES)).astype(_TYPES), metadata)

    def _shots(self) -> list[dict[str, Any]]:
        """First and last source frame of every sequence, and the times at which they are shown."""
        shots: dict[str, dict[str, Any]] = {}
        for row in self.rows:
            shot = shots.setdefault(row.sequence, {"sequence": row.sequence, "first": row.number, "start": row.time})
            shot |= {"last": row.number, "end": row.time}
        keys = ("sequence", "first", "last", "start", "end")
        return [{key: shot[key] for key in keys} for shot in shots.values()]


def sequence_id(video: str, shot: int) -> str:
    """Identifier of the shot-th sequence of a video."""
    return f"{video}-{shot:03d}"
