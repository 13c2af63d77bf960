import json
from pathlib import Path

import vid2vid_core.provenance
from vid2vid_core.assets import vgg19_file
from vid2vid_core.provenance import git_commit, hash_file, provenance


def test_facts_stand_beside_versions():
    record = provenance(seed=3)
    assert record["seed"] == 3 and record["packages"]["torch"]
    assert json.loads(json.dumps(record)) == record


def test_no_git_repository_is_no_error(tmp_path, monkeypatch):
    monkeypatch.setattr(vid2vid_core.provenance, "__file__", str(tmp_path / "provenance.py"))
    assert git_commit() is None


def test_hash_is_that_of_sha256sum(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert hash_file(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_vgg_file_is_looked_for_where_the_variable_points(tmp_path, monkeypatch):
    monkeypatch.setenv("VID2VID_ASSET_DIR", str(tmp_path))
    assert vgg19_file() is None
    (tmp_path / "vgg19-dcbb9e9d.pth").touch()
    assert vgg19_file() == tmp_path / "vgg19-dcbb9e9d.pth"
    monkeypatch.setenv("VID2VID_ASSET_DIR", "")
    monkeypatch.setenv("HOME", str(Path(tmp_path / "home")))
    assert vgg19_file() is None
