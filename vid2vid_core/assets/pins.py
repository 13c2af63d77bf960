"""Hashes of files whose publisher tells none: those of the first file used, kept in assets.lock.yaml."""

import datetime
from pathlib import Path

import yaml

from vid2vid_core.assets.folder import locked
from vid2vid_core.assets.registry import Bytes, Sha256
from vid2vid_core.config import load, to_dict
from vid2vid_core.config.base import config_class
from vid2vid_core.storage import atomic_file

LOCK_FILE = "assets.lock.yaml"

_HEADER = """\
# What the files in this folder were when they were first used; other content under these names is refused.
# If a publisher has replaced a file and you trust the new one, remove its entry here.
"""


@config_class
class Pin:
    """What one file was."""

    sha256: Sha256
    """Hash of its content."""
    size: Bytes
    """Bytes."""
    source: str
    """Where it came from."""
    date: str
    """When it was first used."""


@config_class
class PinFile:
    """The file assets.lock.yaml."""

    files: dict[str, Pin]
    """By path relative to the asset folder."""


def pinned(folder: Path, key: str) -> Pin | None:
    """What is remembered of a file. Raises ConfigError if assets.lock.yaml cannot be read."""
    return _read(folder).get(key)


def pin(folder: Path, key: str, sha256: str, size: int, source: str) -> None:
    """Remember a file; whoever remembered it first is right."""
    with locked(folder, LOCK_FILE):
        pins = _read(folder)
        if key in pins:
            return
        pins[key] = Pin(sha256=sha256, size=size, source=source, date=datetime.date.today().isoformat())
        text = yaml.safe_dump(to_dict(PinFile(files=dict(sorted(pins.items())))), sort_keys=False)
        with atomic_file(folder / LOCK_FILE) as temporary:
            temporary.write_text(_HEADER + text, encoding="utf-8")


def _read(folder: Path) -> dict[str, Pin]:
    path = folder / LOCK_FILE
    return dict(load(PinFile, path).files) if path.exists() else {}
