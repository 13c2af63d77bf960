"""Files whose publisher tells no hash."""

import json
import os

import pytest
from made_assets import QUICK, make_asset

from vid2vid_core.assets import registry, store
from vid2vid_core.assets.errors import RefusedError, SourceError
from vid2vid_core.assets.fetch import get_asset
from vid2vid_core.assets.folder import asset_dir
from vid2vid_core.assets.pins import pin, pinned
from vid2vid_core.assets.store import find_asset, require_asset
from vid2vid_core.config import to_dict


@pytest.fixture
def registered(server, tmp_path, monkeypatch):
    """An asset without a hash, in a registry of its own."""
    asset = make_asset(server.url)
    server.files["/thing.bin"] = b"first content"
    path = tmp_path / "assets.yaml"
    path.write_text(json.dumps({"assets": [to_dict(asset)]}))
    loaded = registry.load_registry(path)
    monkeypatch.setattr(store, "load_registry", lambda: loaded)
    return asset


def test_the_first_file_is_remembered_with_its_source(registered, server, folder):
    get_asset(registered, patience=QUICK)
    found = pinned(asset_dir(), "thing.bin")
    assert found is not None
    assert (found.size, found.source) == (13, f"{server.url}/thing.bin")


def test_whoever_remembers_a_file_first_is_right(folder):
    pin(folder, "thing.bin", "a" * 64, 1, "first")
    pin(folder, "other.bin", "b" * 64, 2, "other")
    pin(folder, "thing.bin", "c" * 64, 3, "second")
    found = [pinned(folder, key) for key in ("thing.bin", "other.bin", "third.bin")]
    assert [one and one.source for one in found] == ["first", "other", None]


def test_another_file_is_refused_ever_after(registered, server, folder, contents):
    get_asset(registered, patience=QUICK)
    (folder / "thing.bin").unlink()
    server.files["/thing.bin"] = b"other content"
    with pytest.raises(SourceError, match=r"refused, .*first used here on .*remove the entry from assets.lock.yaml"):
        get_asset(registered, patience=QUICK)
    assert contents(folder) == set()
    (folder / "assets.lock.yaml").unlink()
    assert get_asset(registered, patience=QUICK).read_bytes() == b"other content"


def test_a_file_put_there_by_hand_is_remembered_when_it_is_first_used(registered, folder):
    assert find_asset("thing") is None
    with pytest.raises(ValueError, match="vid2vid assets get thing"):
        require_asset("thing")
    folder.mkdir()
    (folder / "thing.bin").write_bytes(b"by hand")
    assert require_asset("thing") == folder / "thing.bin"
    (folder / "thing.bin").write_bytes(b"changed")
    with pytest.raises(RefusedError, match=r"thing.bin is not the asset thing: its SHA-256 is .*found here"):
        require_asset("thing")


def test_a_folder_that_cannot_be_written_to_is_used_and_that_is_said(registered, folder, monkeypatch, caplog):
    folder.mkdir()
    (folder / "thing.bin").write_bytes(b"by hand")

    def refuse(*_: object) -> None:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(store, "pin", refuse)
    assert require_asset("thing") == folder / "thing.bin"
    assert "cannot be remembered" in caplog.text


def test_a_spoilt_lock_file_is_an_error(registered, folder):
    folder.mkdir()
    (folder / "assets.lock.yaml").write_text("files: {thing.bin: {sha256: 12}}")
    (folder / "thing.bin").write_bytes(b"by hand")
    with pytest.raises(ValueError, match="assets.lock.yaml: files.thing.bin"):
        require_asset("thing")
