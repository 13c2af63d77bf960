"""Two processes at once, and one that is killed."""

import hashlib
import json
import random
import subprocess
import sys
import time

import pytest
from file_server import Answer
from made_assets import QUICK, make_asset

from vid2vid_core.assets.fetch import get_asset
from vid2vid_core.assets.registry import load_registry
from vid2vid_core.config import to_dict

CONTENT = random.Random(0).randbytes(2_000_000)
GET = """
import sys
from pathlib import Path
from vid2vid_core.assets.fetch import get_asset
from vid2vid_core.assets.registry import load_registry
print(get_asset(load_registry(Path(sys.argv[1])).asset("thing")))
"""


@pytest.fixture
def start(server, folder, tmp_path):
    server.files["/thing.bin"] = CONTENT
    (tmp_path / "assets.yaml").write_text(json.dumps({"assets": [to_dict(make_asset(server.url))]}))

    def started():
        command = [sys.executable, "-c", GET, str(tmp_path / "assets.yaml")]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    return started


def test_two_processes_fetch_a_file_once(start, server, folder, contents):
    server.plan("/thing.bin", Answer(pause=0.1))
    both = [start(), start()]
    for process in both:
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out.strip()) == (0, str(folder / "thing.bin")), err
    assert len(server.requests) == 1
    assert (folder / "thing.bin").read_bytes() == CONTENT
    assert contents(folder) == {"thing.bin"}
    assert hashlib.sha256(CONTENT).hexdigest() in (folder / "assets.lock.yaml").read_text()


def test_a_killed_download_is_gone_on_with(start, server, folder, contents, tmp_path):
    server.plan("/thing.bin", Answer(pause=0.2), Answer())
    process = start()
    part = folder / ".thing.bin.part"
    until = time.monotonic() + 30
    while (not part.exists() or part.stat().st_size < 500_000) and time.monotonic() < until:
        time.sleep(0.02)
    process.kill()
    process.communicate()
    assert contents(folder) == {".thing.bin.part", ".thing.bin.part.json"}, "nothing has the file's own name"
    assert get_asset(load_registry(tmp_path / "assets.yaml").asset("thing"), patience=QUICK) == folder / "thing.bin"
    assert int(server.ranges()[-1].removeprefix("bytes=").rstrip("-")) >= 500_000
    assert (folder / "thing.bin").read_bytes() == CONTENT
    assert contents(folder) == {"thing.bin"}
