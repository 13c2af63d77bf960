"""The verb `assets`."""

import hashlib

import pytest
from made_assets import make_asset

from vid2vid_core import assets
from vid2vid_core.assets import store
from vid2vid_core.assets.registry import Registry
from vid2vid_core.cli import main

CONTENT = b"content"


@pytest.fixture(autouse=True)
def registered(server, folder, monkeypatch):
    server.files["/thing.bin"] = CONTENT
    file = {"size": len(CONTENT), "sha256": hashlib.sha256(CONTENT).hexdigest()}
    names = Registry(assets=(make_asset(server.url, file=file), make_asset(name="other", file={"name": "other.bin"})))
    for module in (assets, store):
        monkeypatch.setattr(module, "load_registry", lambda: names)


def call(capsys, *arguments):
    """Exit code and what was printed."""
    code = main(["assets", *arguments])
    shown = capsys.readouterr()
    return code, shown.out.splitlines(), shown.err


def test_get_then_path_and_list(capsys, folder):
    code, _, said = call(capsys, "path", "thing")
    assert code == 1 and "vid2vid assets get thing" in said
    assert call(capsys, "get", "thing")[:2] == (0, [str(folder / "thing.bin")])
    assert call(capsys, "path", "thing")[:2] == (0, [str(folder / "thing.bin")])
    code, lines, _ = call(capsys, "list")
    assert code == 0 and lines[0].split() == ["name", "what", "for", "licence", "commercial", "size", "state"]
    assert lines[2].split() == ["thing", "a", "test", "none", "yes", "0", "MB", "here"]
    assert lines[3].split() == ["other", "a", "test", "none", "yes", "unknown", "missing"]
    assert str(folder) in lines[-1]


def test_get_offline_and_unknown_names(capsys, server):
    code, _, said = call(capsys, "get", "thing", "--offline")
    assert code == 1 and "offline" in said and "By hand: ask the author." in said
    code, _, said = call(capsys, "get", "thong")
    assert code == 1 and "there are: thing, other" in said
    assert server.requests == []


def test_add_and_verify(capsys, folder, tmp_path):
    (tmp_path / "mine").write_bytes(CONTENT)
    assert call(capsys, "verify")[:2] == (0, [])
    assert call(capsys, "verify", "thing")[:2] == (1, ["thing: not here"])
    assert call(capsys, "add", "thing", str(tmp_path / "mine"))[:2] == (0, [str(folder / "thing.bin")])
    assert call(capsys, "verify")[:2] == (0, [f"thing: right ({folder / 'thing.bin'})"])
    (folder / "thing.bin").write_bytes(b"Content")
    code, lines, _ = call(capsys, "verify")
    assert code == 1 and lines[0].startswith("thing: WRONG.") and "SHA-256" in lines[0]
    (folder / "thing.bin").write_bytes(b"short")
    assert call(capsys, "list")[1][2].endswith("wrong size:")
