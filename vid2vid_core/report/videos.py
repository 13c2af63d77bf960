"""Side-by-side videos: inside the page while they fit, linked beyond that."""

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from vid2vid_core.report.inputs import RunInputs, require
from vid2vid_core.report.wording import count_of, file_size

EMBED_BUDGET = 60_000_000
"""Bytes of video files put into one page; browsers become slow well above that."""


@dataclass(frozen=True)
class Video:
    """One side-by-side video."""

    sequence: str
    source: str
    """A data URI, or a path relative to the page."""
    embedded: bool
    size: str
    facts: str
    """Frames, size and rate in words."""


@dataclass(frozen=True)
class Shelf:
    """All videos of the run; the first is the one shown at the top."""

    videos: list[Video]
    linked: list[Video]
    """Those linked, the one at the top left out."""
    note: str
    """Says what is linked and why; empty when everything is inside the page."""


def shelve(inputs: RunInputs, budget: int = EMBED_BUDGET) -> Shelf:
    """The side-by-side video of every rendered sequence, in order.

    Raises:
        ValueError: a video of a rendered sequence is missing.
    """
    videos, left = [], budget
    for video, table in inputs.rendered.items():
        for sequence, rows in table.rows.groupby("sequence", sort=True):
            path = require(table.folder / video / f"{sequence}.side_by_side.mp4", "render")
            size = path.stat().st_size
            embedded = size <= left
            left -= size if embedded else 0
            source = _embed(path) if embedded else _link(path, inputs.out)
            facts = f"{count_of(len(rows), 'frame')} at {rows.width.iloc[0]}×{rows.height.iloc[0]} px"
            if table.metadata.get("fps"):
                facts += f", {table.metadata['fps']:.4g} fps"
            videos.append(Video(str(sequence), source, embedded, file_size(size), facts))
    linked = sum(not video.embedded for video in videos)
    note = (
        f"A page holds at most {file_size(budget)} of video. The other {count_of(linked, 'video')} of {len(videos)} "
        "are links to files of the run: they play as long as this page stays where it was written."
        if linked
        else ""
    )
    return Shelf(videos, [video for video in videos[1:] if not video.embedded], note)


def _embed(path: Path) -> str:
    return f"data:video/mp4;base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"


def _link(path: Path, page: Path) -> str:
    return quote(Path(os.path.relpath(path.resolve(), page.parent.resolve())).as_posix())
