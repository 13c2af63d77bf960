"""Where a result comes from: versions, git commit, machine, hashes of what went in."""

import hashlib
import importlib.metadata
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import vid2vid_core

_PACKAGES = ("torch", "numpy", "opencv-python", "pandas", "pyarrow", "pydantic", "safetensors")


def provenance(**facts: Any) -> dict[str, Any]:
    """Plain data to keep beside a result: the time, the program and its libraries, then the given facts."""
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "program": {"vid2vid_core": vid2vid_core.__version__, "git": git_commit()},
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: _version(name) for name in _PACKAGES},
        **facts,
    }


def git_commit() -> str | None:
    """Commit of this package's source, "-dirty" added where files differ from it; None outside a git repository."""
    try:
        run = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return run.stdout.strip()


def hash_file(path: Path) -> str:
    """SHA-256 of a file's content, hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
