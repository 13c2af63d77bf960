"""Writing so that a reader never sees half a file: temporary name in the same folder, flush, rename."""

import contextlib
import glob
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


_METADATA_KEY = b"vid2vid"
_LABEL_KEY = b"made_of"


@contextlib.contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path with the same ending; on success flush it and rename it to `path`, else remove it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{uuid.uuid4().hex[:8]}.{path.name}")
    try:
        yield temporary
        with temporary.open("rb") as handle:
            os.fsync(handle.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def atomic_directory(path: Path) -> Iterator[Path]:
    """Yield an empty temporary directory; on success it takes the place of `path`, else it is removed.

    What a killed process left of the same directory is removed first; a directory has one writer at a time.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for leftover in path.parent.glob(f".????????.{glob.escape(path.name)}"):
        shutil.rmtree(leftover, ignore_errors=True)
    temporary = path.with_name(f".{uuid.uuid4().hex[:8]}.{path.name}")
    temporary.mkdir()
    try:
        yield temporary
        if path.exists():
            shutil.rmtree(path)
        temporary.replace(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_json(path: Path, data: Any) -> None:
    """Write indented JSON atomically; NaN is refused, since it is no JSON."""
    with atomic_file(path) as temporary:
        temporary.write_text(json.dumps(data, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def write_table(path: Path, table: "pd.DataFrame", metadata: dict[str, Any] | None = None) -> None:
    """Write a Parquet table atomically, with `metadata` (JSON) in its schema."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrow = pa.Table.from_pandas(table, preserve_index=False)
    encoded = {_METADATA_KEY: json.dumps(metadata or {}).encode()}
    with atomic_file(path) as temporary:
        pq.write_table(arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), **encoded}), temporary)


def read_table(path: Path) -> tuple["pd.DataFrame", dict[str, Any]]:
    """Read a table and the metadata given to `write_table`. Raises ValueError if the file is no Parquet table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        arrow = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise ValueError(f"{path}: not a readable Parquet table ({error})") from error
    metadata = json.loads((arrow.schema.metadata or {}).get(_METADATA_KEY, b"{}"))
    return arrow.to_pandas(), metadata


def label_table(path: Path, label: str) -> None:
    """Write into a table's schema what it was made of, atomically; `read_table` does not see it."""
    import pyarrow.parquet as pq

    arrow = pq.read_table(path)
    labelled = {**(arrow.schema.metadata or {}), _LABEL_KEY: label.encode()}
    with atomic_file(path) as temporary:
        pq.write_table(arrow.replace_schema_metadata(labelled), temporary)


def read_label(path: Path) -> str | None:
    """What `label_table` wrote; None if there is no such table, or one without."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found = (pq.read_schema(path).metadata or {}).get(_LABEL_KEY)
    except (pa.ArrowInvalid, OSError):
        return None
    return None if found is None else found.decode()
