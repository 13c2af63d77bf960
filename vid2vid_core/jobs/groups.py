"""Jobs that take a group of videos: each video has a table of its own, and what is done stays done.

A job's output is one table. That of a group of one video is the table of the video itself, `<video>.parquet`. That of a
larger group, `group_0001.parquet`, lists the tables of its videos, which lie beside it.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from vid2vid_core.runlog import StoppedBySignal
from vid2vid_core.storage import label_table, read_label, read_table, write_table

logger = logging.getLogger("vid2vid_core.jobs.groups")

_PREFIX = "group_"


@dataclass(frozen=True)
class MadeOf:
    """All that the results of one video depend on."""

    settings: Any
    """Plain data: configs, versions, the state of source files."""
    files: tuple[Path, ...] = ()
    """Results of earlier stages."""

    def digest(self, known: dict[Path, str]) -> str:
        """One hash of settings and contents; `known` keeps those of files that several videos share."""
        for path in self.files:
            if path not in known:
                known[path] = _state(path)
        parts = [self.settings, [known[path] for path in self.files]]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def make_group(receipt: Path, videos: Mapping[str, MadeOf], make: Callable[[str, Path], None]) -> None:
    """Make the results of every video of a group, then the table of the group.

    In a larger group a video whose table says that it was made of the same is left as it is: one that an earlier job
    finished before it was stopped, or that another group held before videos were added to the dataset. One that fails
    does not keep the others from being made.

    Args:
        receipt: the job's output.
        videos: what each is made of.
        make: called with a video and the place of its table, which it writes last, when all else is there.

    Raises:
        ValueError: listing the videos that failed, when all others are done.
    """
    known: dict[Path, str] = {}
    if set(videos) == {receipt.stem}:
        _make(receipt.stem, receipt, videos[receipt.stem].digest(known), make)
        return
    failed: dict[str, str] = {}
    tables = {video: receipt.with_name(f"{video}.parquet") for video in videos}
    for video, table in tqdm(tables.items(), desc=receipt.stem, unit="video", disable=None):
        digest = videos[video].digest(known)
        if read_label(table) == digest:
            logger.info("%s: done before", video)
            continue
        try:
            _make(video, table, digest, make)
        except StoppedBySignal:
            raise
        except Exception as error:  # whatever it is, it must not cost the work of the videos behind it
            logger.exception("%s failed", video)
            failed[video] = f"{type(error).__name__}: {error}"
    if failed:
        lines = "\n".join(f"  {video}: {reason}" for video, reason in failed.items())
        raise ValueError(
            f"{len(failed)} of {len(videos)} videos failed; the others are done and will be kept:\n{lines}"
        )
    _write_receipt(receipt, tables)


def tables_of(receipts: Iterable[str | Path]) -> dict[str, Path]:
    """Tables of videos, by video, of the groups with these tables."""
    tables: dict[str, Path] = {}
    for path in map(Path, receipts):
        if not path.stem.startswith(_PREFIX):
            tables[path.stem] = path
            continue
        listed = read_table(path)[0]
        tables |= {video: path.with_name(name) for video, name in zip(listed["video"], listed["table"], strict=True)}
    return tables


def _make(video: str, table: Path, digest: str, make: Callable[[str, Path], None]) -> None:
    make(video, table)
    label_table(table, digest)


def _write_receipt(receipt: Path, tables: Mapping[str, Path]) -> None:
    """The label of each table stands in it as well, so that it differs whenever one of them does."""
    import pandas as pd

    rows = [(video, table.name, read_label(table)) for video, table in tables.items()]
    write_table(receipt, pd.DataFrame(rows, columns=["video", "table", "made_of"]))


_LARGE = 1_000_000


def _state(path: Path) -> str:
    """Hash of a small file; size and time of a large one, as Snakemake does it."""
    found = path.stat()
    if found.st_size > _LARGE:
        return f"{found.st_size} {found.st_mtime_ns}"
    return hashlib.sha256(path.read_bytes()).hexdigest()
