"""One asset folder and several people: other umasks, other owners, read-only, killed half-way."""

import json
import os
import random
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from file_server import Answer, FileServer
from made_assets import make_asset

from vid2vid_core.config import to_dict

CONTENT = random.Random(0).randbytes(2_000_000)
ANNA, BERT = 54321, 54322
GET = """
import os, sys
from pathlib import Path
import pooch, requests, tqdm, yaml
import vid2vid_core.storage
from vid2vid_core.assets.errors import AssetError
from vid2vid_core.assets.fetch import get_asset
from vid2vid_core.assets.registry import load_registry
registry = load_registry(Path(sys.argv[1]))
os.setgid(int(sys.argv[2])), os.setuid(int(sys.argv[2])), os.umask(int(sys.argv[3], 8))
try:
    print(get_asset(registry.asset("thing")))
except AssetError as error:
    sys.exit(f"ERROR: {error}")
"""
Start = Callable[..., "subprocess.Popen[str]"]

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="to act as other people needs root")


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that everybody may write to; not below pytest's own, which nobody else may enter."""
    top = Path(tempfile.mkdtemp())
    top.chmod(0o755)
    (top / "assets").mkdir()
    (top / "assets").chmod(0o777)
    yield top / "assets"
    shutil.rmtree(top)


@pytest.fixture
def start(server: FileServer, shared: Path) -> Start:
    """Function: somebody fetches the asset, with a umask of theirs."""
    server.files["/thing.bin"] = CONTENT
    registry = shared.parent / "assets.yaml"
    registry.write_text(json.dumps({"assets": [to_dict(make_asset(server.url))]}))

    def started(user: int, umask: str = "077") -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", GET, str(registry), str(user), umask]
        environment = os.environ | {"VID2VID_ASSET_DIR": str(shared), "HOME": str(shared.parent)}
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd="/"
        )

    return started


def succeeds(process: "subprocess.Popen[str]") -> None:
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors


def kill_at(process: "subprocess.Popen[str]", part: Path, size: int) -> None:
    until = time.monotonic() + 60
    while not part.exists() or part.stat().st_size < size:
        assert time.monotonic() < until and process.poll() is None, process.communicate()
        time.sleep(0.01)
    process.kill()
    process.communicate()


def test_two_people_at_once_each_killed_once(start: Start, server: FileServer, shared: Path) -> None:
    server.plan("/thing.bin", Answer(pause=0.3), Answer(pause=0.3), Answer())
    part = shared / ".thing.bin.part"
    anna, bert = start(ANNA), start(BERT, "027")
    holder, waiting = (anna, bert) if began(anna, bert, part) == ANNA else (bert, anna)
    kill_at(holder, part, 400_000)
    kill_at(waiting, part, 1_000_000)
    assert not (shared / "thing.bin").exists()
    last = start(BERT if holder is bert else ANNA)
    succeeds(last)
    assert (shared / "thing.bin").read_bytes() == CONTENT
    assert int(server.ranges()[-1].removeprefix("bytes=").rstrip("-")) >= 1_000_000, "it did not go on"
    succeeds(start(ANNA))
    succeeds(start(BERT))
    assert len(server.requests) == 3
    assert all(path.stat().st_mode & stat.S_IROTH for path in shared.rglob("*")), "not everybody can read everything"


def began(anna: "subprocess.Popen[str]", bert: "subprocess.Popen[str]", part: Path) -> int:
    until = time.monotonic() + 60
    while not part.exists():
        assert time.monotonic() < until and anna.poll() is None and bert.poll() is None
        time.sleep(0.01)
    return part.stat().st_uid


def test_somebody_who_may_only_read_uses_what_is_there(start: Start, server: FileServer, shared: Path) -> None:
    succeeds(start(ANNA))
    shutil.rmtree(shared / ".locks")
    for path in (shared, *shared.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o222)
    succeeds(start(BERT))
    assert len(server.requests) == 1


def test_somebody_who_may_only_read_is_told_what_to_do(start: Start, shared: Path) -> None:
    shared.chmod(0o755)
    process = start(BERT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"ERROR: {shared}: cannot be written" in errors and "VID2VID_ASSET_DIR" in errors
