import json

import vid2vid_core.provenance
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
