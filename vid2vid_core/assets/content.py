"""Is this the file it should be? HTML in place of a file, wrong size and wrong hash are refused."""

import hashlib
from pathlib import Path

from vid2vid_core.assets.errors import RefusedError
from vid2vid_core.assets.pins import LOCK_FILE, Pin
from vid2vid_core.assets.registry import AssetFile

SNIFFED = 512
"""Bytes from the beginning of a file that `is_html` looks at."""

_HTML = (b"<!doctype", b"<html", b"<head", b"<body", b"<script", b"<?xml", b"<!--")


def is_html(start: bytes) -> bool:
    """Whether a file that begins so is a web page (or an XML error message), which servers send in place of files."""
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()[:16].lower()
    return text.startswith(_HTML)


def check_file(path: Path, file: AssetFile, pin: Pin | None) -> str:
    """Compare a file with what is registered, or else with what was pinned. Returns its SHA-256.

    Raises:
        RefusedError: It is another file; the message does not name `path`, which may be a temporary one.
    """
    size = path.stat().st_size
    with path.open("rb") as handle:
        if is_html(handle.read(SNIFFED)):
            raise RefusedError(f"it is a web page, not {file.name}")
        handle.seek(0)
        if size == 0:
            raise RefusedError("it is empty")
        if not file.fits(size):
            raise RefusedError(f"it has {size:,} bytes, expected {file.size_text()}")
        found = hashlib.file_digest(handle, "sha256").hexdigest()
    if file.sha256 is not None and found != file.sha256:
        raise RefusedError(f"its SHA-256 is {found}, expected {file.sha256}")
    if file.sha256 is None and pin is not None and found != pin.sha256:
        raise RefusedError(
            f"its SHA-256 is {found}, but the {file.name} first used here on {pin.date} (from {pin.source}) "
            f"had {pin.sha256}. If you trust the new one, remove the entry from {LOCK_FILE}"
        )
    return found
