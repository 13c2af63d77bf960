"""What the asset tests share: an asset folder of their own, a local server, and no way to the real network."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from file_server import FileServer


@pytest.fixture(autouse=True)
def only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any connection to elsewhere is an error, so no test can touch the network unnoticed."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1"):
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "VID2VID_ASSET_MIRROR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The asset folder."""
    monkeypatch.setenv("VID2VID_ASSET_DIR", str(tmp_path / "assets"))
    return tmp_path / "assets"


@pytest.fixture
def server() -> Iterator[FileServer]:
    running = FileServer()
    yield running
    running.close()


@pytest.fixture
def contents() -> Callable[[Path], set[str]]:
    """Function: every file below an asset folder, but for locks and pins."""

    def listed(folder: Path) -> set[str]:
        files = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}
        return {name for name in files if not name.startswith(".locks/") and name != "assets.lock.yaml"}

    return listed


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of three megabytes; skips where none can be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount", path="/usr/bin:/bin:/usr/sbin:/sbin")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("mounting a small disk needs root and `mount`")
    if subprocess.run([mount, "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)]).returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)
