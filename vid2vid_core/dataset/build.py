"""The dataset stage: frames and annotations of all videos become one folder layout with one manifest."""

import contextlib
import errno
import logging
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

from vid2vid_core.config import STAGE_VERSIONS, DatasetConfig
from vid2vid_core.dataset.layout import LAYOUTS, LayoutContents, read_layout
from vid2vid_core.dataset.manifest import FILE_COLUMNS, FrameRow, frame_rows, frame_table, write_manifest
from vid2vid_core.dataset.placing import link_all, pack_all
from vid2vid_core.storage import atomic_directory, read_table

logger = logging.getLogger("vid2vid_core.dataset")


class _Annotation(NamedTuple):
    files: dict[str, str]
    """By column of the manifest, absolute."""
    valid: bool
    reason: str


_ORIGINS = ("segmenter", "backend", "densepose")
"""Keys of an annotation table's metadata that say who made what networks are shown."""
_MISSING = _Annotation({}, False, "not annotated")


def build_dataset(
    frame_tables: list[Path], annotation_tables: list[Path], layout_dir: Path, config: DatasetConfig
) -> None:
    """Write the canonical layout (hard links, copies where the file system refuses them; or shards) and its manifest.

    For a dataset that comes as a layout only the manifest is written, and points to the files where they lie.

    Raises:
        ValueError: if more than `max_quarantined` of the videos could not be used, or the output cannot be written.
    """
    rows, metadata = join_tables(frame_tables, annotation_tables)
    _stop_if_too_many_lost(metadata["quarantined"], len(frame_tables), config)
    metadata |= {
        "dataset": config.name,
        "mode": config.mode,
        "label_nc": config.labels,
        "ignore": list(config.ignore),
        "layout": None,
        "notes": [],
        "version": STAGE_VERSIONS["dataset"],
    }
    with _clear_errors(layout_dir), atomic_directory(layout_dir) as folder:
        if config.layout is None:
            lay_out = pack_all if config.storage == "shards" else link_all
            rows = lay_out(rows, folder, LAYOUTS[config.mode])
        else:
            root = Path(config.layout)
            contents = read_layout(root, config.mode)
            rows = _add_partnerless(rows, contents, root)
            metadata["layout"] = str(root.absolute())
            metadata["notes"] = [asdict(problem) for problem in contents.problems]
            metadata["sources"] = contents.sources | metadata["sources"]
        write_manifest(folder / "manifest.parquet", frame_table(rows), metadata)
    logger.info("%s: %d frames, %d of them usable", config.name, len(rows), sum(row.valid for row in rows))


def join_tables(frame_tables: list[Path], annotation_tables: list[Path]) -> tuple[list[FrameRow], dict[str, Any]]:
    """Frames with their annotations, paths absolute; and what the tables say of their videos."""
    annotations: dict[tuple[str, str, str], _Annotation] = {}
    origins: dict[str, dict[str, str]] = {}
    for path in annotation_tables:
        table, told = read_table(path)
        origins[path.stem] = {key: told[key] for key in _ORIGINS if key in told}
        columns = [column for column in FILE_COLUMNS if column in table.columns]
        for row in table[["video", "sequence", "frame", "valid", "reason", *columns]].itertuples(
            index=False, name=None
        ):
            files = {column: _absolute(path, file) for column, file in zip(columns, row[5:], strict=True)}
            annotations[row[0], row[1], row[2]] = _Annotation(files, row[3], row[4])
    rows: list[FrameRow] = []
    metadata: dict[str, Any] = {"fps": {}, "quarantined": {}, "sources": {}, "origins": origins}
    for path in tqdm(frame_tables, desc="read tables", unit="video", disable=None):
        frames, about = read_table(path)
        metadata["fps"][about["video"]] = about["fps"]
        metadata["sources"][about["video"]] = about["source"]
        if about["quarantined"] is not None:
            metadata["quarantined"][about["video"]] = about["quarantined"]
        for row in frame_rows(frames.assign(**dict.fromkeys(set(FILE_COLUMNS) - {"image"}, ""))):
            found = annotations.get((row.video, row.sequence, row.frame), _MISSING)
            rows.append(_annotated(row._replace(image=_absolute(path, row.image)), found))
    return rows, metadata


def _annotated(row: FrameRow, found: _Annotation) -> FrameRow:
    """The row with its annotation; an invalid frame keeps the reason of the frames stage."""
    row = row.with_files(found.files)
    if row.valid and not found.valid:
        return row._replace(valid=False, reason=found.reason or _MISSING.reason)
    return row


def _absolute(table: Path, path: str) -> str:
    return str((table.parent / path).absolute()) if path else ""


def _stop_if_too_many_lost(quarantined: dict[str, str], videos: int, config: DatasetConfig) -> None:
    if len(quarantined) > config.max_quarantined * videos:
        reasons = "\n".join(f"  {video}: {reason}" for video, reason in quarantined.items())
        raise ValueError(
            f"dataset {config.name}: {len(quarantined)} of {videos} videos cannot be used, more than max_quarantined "
            f"({config.max_quarantined:g}) allows; repair them, remove them from the dataset, or raise it:\n{reasons}"
        )


def _add_partnerless(rows: list[FrameRow], contents: LayoutContents, root: Path) -> list[FrameRow]:
    """The rows, and behind those of each video the files of the layout that no frame claimed."""
    rows = list(rows)
    known = {(row.video, row.frame) for row in rows}
    extra = [row for row in frame_rows(contents.table) if (row.video, row.frame) not in known]
    here = root.absolute()
    for row in extra:
        rows.append(row.with_files({column: str(here / path) for column, path in row.files.items()}))
    order = {video: index for index, video in enumerate(dict.fromkeys(row.video for row in rows))}
    return sorted(rows, key=lambda row: order[row.video])


@contextlib.contextmanager
def _clear_errors(folder: Path) -> Iterator[None]:
    """Say in plain words why a folder cannot be written."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ValueError(f"{folder}: the disk is full ({error.strerror}); free some space and run again") from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise ValueError(
                f"{folder}: cannot be written ({error.strerror}); make the folder writable or use another one"
            ) from error
        raise
