"""The account of a rendering: what was made, and what was not and why."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from vid2vid_core.dataset.manifest import FrameRun
from vid2vid_core.models.styles import Style
from vid2vid_core.render.stream import Picture
from vid2vid_core.storage import write_table

logger = logging.getLogger("vid2vid_core.render")

_COLUMNS = {
    "video": "str",
    "sequence": "str",
    "part": "int64",
    "frame": "str",
    "output": "str",
    "width": "int64",
    "height": "int64",
}


@dataclass
class Account:
    """Rows of the render table, and the facts of its metadata."""

    first_frame: str
    """How sequences began: real, none or single."""
    styles: Sequence[Style] = ()
    """The looks of the first pictures, where they were chosen from the training frames; rows are those of the first."""
    edits: Sequence[str] = ()
    """Names of the edits that were rendered beside."""
    rows: list[tuple[str, str, int, str, str, int, int]] = field(default_factory=list)
    skipped: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    """From the first frame read to the last one written."""

    def add(self, run: FrameRun, frame: str, output: str, picture: Picture) -> None:
        """Note one written frame; `output` is relative to the folder of the pictures."""
        height, width = picture.shape[:2]
        self.rows.append((run.video, run.sequence, run.part, frame, output, width, height))

    def skip(self, name: str, frames: int, reason: str) -> None:
        """Note, and log, that a sequence or video of so many frames gives no picture."""
        logger.warning("%s is not rendered: %s", name, reason)
        self.skipped.append({"sequence": name, "frames": frames, "reason": reason})

    def write(self, table: Path, prefix: str, metadata: dict[str, Any]) -> None:
        """Write the table; `prefix` leads from its folder to that of the pictures ("" if they are the same)."""
        rows = pd.DataFrame(self.rows, columns=list(_COLUMNS)).astype(_COLUMNS)
        rows["output"] = [f"{prefix}{output}" for output in rows["output"]]
        facts = {
            "first_frame": self.first_frame,
            "styles": [asdict(style) for style in self.styles],
            "edits": list(self.edits),
            "seconds_per_frame": self.seconds / len(rows) if len(rows) else None,
            "skipped": self.skipped,
        }
        write_table(table, rows, metadata | facts)
