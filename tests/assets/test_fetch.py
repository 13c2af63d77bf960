"""Fetching from a server that does everything a server can do wrong."""

import hashlib
import random
import sys

import pytest
from file_server import Answer
from made_assets import QUICK, make_asset

from vid2vid_core.assets import fetch
from vid2vid_core.assets.errors import DiskFullError, RefusedError, SourceError
from vid2vid_core.assets.fetch import add_asset, get_asset

CONTENT = random.Random(0).randbytes(2_000_000)
HASH = hashlib.sha256(CONTENT).hexdigest()
HTML = b"\n <!DOCTYPE html><html><body>Quota exceeded</body></html>"


@pytest.fixture
def asset(server):
    server.files["/thing.bin"] = CONTENT
    return make_asset(server.url, file={"size": len(CONTENT), "sha256": HASH})


@pytest.fixture
def unhashed(server):
    server.files["/thing.bin"] = CONTENT
    return make_asset(server.url)


def test_a_file_is_fetched_once(asset, server, folder, contents):
    assert get_asset(asset, patience=QUICK) == folder / "thing.bin"
    assert (folder / "thing.bin").read_bytes() == CONTENT
    get_asset(asset, patience=QUICK)
    assert len(server.requests) == 1
    assert contents(folder) == {"thing.bin"}


def test_a_dropped_connection_is_resumed(asset, server, folder, contents):
    server.plan("/thing.bin", Answer(drop_at=0.3), Answer())
    get_asset(asset, patience=QUICK)
    assert (folder / "thing.bin").read_bytes() == CONTENT
    first, second = server.ranges()
    assert first == "" and int(second.removeprefix("bytes=").rstrip("-")) > 0.1 * len(CONTENT)
    assert contents(folder) == {"thing.bin"}


def test_a_server_that_cannot_go_on_begins_again(asset, server, folder, contents):
    server.plan("/thing.bin", Answer(drop_at=0.3, ranges=False), Answer(ranges=False))
    get_asset(asset, patience=QUICK)
    assert (folder / "thing.bin").read_bytes() == CONTENT
    assert server.ranges() == ["", ""]
    assert contents(folder) == {"thing.bin"}


def test_drops_that_bring_something_do_not_count_as_failures(asset, server, folder):
    server.plan("/thing.bin", *(Answer(drop_at=0.15 * (i + 1)) for i in range(6)), Answer())
    get_asset(asset, patience=QUICK)
    assert (folder / "thing.bin").read_bytes() == CONTENT


def test_a_server_that_always_drops_leaves_nothing(asset, server, folder, contents):
    server.plan("/thing.bin", Answer(drop_at=0.3, ranges=False))
    with pytest.raises(SourceError, match="after 3 tries"):
        get_asset(asset, patience=QUICK)
    assert contents(folder) == set()


def test_what_can_be_gone_on_with_is_kept_for_the_next_call(asset, server, folder, contents):
    server.plan("/thing.bin", Answer(drop_at=0.3), Answer(status=500))
    with pytest.raises(SourceError, match="500"):
        get_asset(asset, patience=QUICK)
    assert contents(folder) == {".thing.bin.part", ".thing.bin.part.json"}
    server.plan("/thing.bin", Answer())
    get_asset(asset, patience=QUICK)
    assert server.ranges()[-1] != ""
    assert (folder / "thing.bin").read_bytes() == CONTENT
    assert contents(folder) == {"thing.bin"}


def test_a_file_that_changed_meanwhile_is_not_mixed(unhashed, server, folder):
    other = random.Random(1).randbytes(len(CONTENT))
    server.plan("/thing.bin", Answer(drop_at=0.3), Answer(body=other, etag='"two"'))
    get_asset(unhashed, patience=QUICK)
    assert (folder / "thing.bin").read_bytes() == other


def test_without_a_version_nothing_is_gone_on_with(unhashed, server, folder):
    server.plan("/thing.bin", Answer(drop_at=0.3, etag=None), Answer(etag=None))
    get_asset(unhashed, patience=QUICK)
    assert server.ranges() == ["", ""]


def test_other_bytes_than_asked_for_are_not_mixed_in(unhashed, server, folder):
    server.plan("/thing.bin", Answer(drop_at=0.3), Answer(shift=7), Answer())
    get_asset(unhashed, patience=QUICK)
    assert (folder / "thing.bin").read_bytes() == CONTENT


@pytest.mark.parametrize(("status", "reason"), [(403, "Forbidden"), (404, "Not Found")])
def test_a_refusal_says_what_to_do_by_hand(asset, server, folder, contents, status, reason):
    server.plan("/thing.bin", Answer(status=status))
    with pytest.raises(SourceError) as caught:
        get_asset(asset, patience=QUICK)
    text = str(caught.value)
    assert f"answered {status} ({reason})" in text and f"{server.url}/thing.bin" in text
    assert "ask the author" in text and "vid2vid assets add thing FILE" in text and str(folder) in text
    assert len(server.requests) == 1, "a refusal is final"
    assert contents(folder) == set()


def test_a_server_error_is_tried_again(asset, server, folder, contents):
    server.plan("/thing.bin", Answer(status=500), Answer(status=500), Answer())
    get_asset(asset, patience=QUICK)
    assert len(server.requests) == 3
    assert contents(folder) == {"thing.bin"}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(HTML, "text/html; charset=utf-8"), (HTML, "application/octet-stream"), (b"Quota exceeded", "text/html")],
)
def test_html_in_place_of_the_file_is_refused(unhashed, server, folder, contents, body, content_type):
    server.plan("/thing.bin", Answer(body=body, content_type=content_type))
    with pytest.raises(SourceError, match="refused, a web page"):
        get_asset(unhashed, patience=QUICK)
    assert contents(folder) == set()
    assert not (folder / "assets.lock.yaml").exists()


def test_a_wrong_file_of_the_right_size_is_refused(asset, server, folder, contents):
    server.plan("/thing.bin", Answer(body=CONTENT[:-1] + b"?"))
    with pytest.raises(SourceError, match=f"refused, its SHA-256 is .*expected {HASH}"):
        get_asset(asset, patience=QUICK)
    assert contents(folder) == set()


def test_a_wrong_size_is_refused_before_it_is_downloaded(asset, server, folder, contents):
    server.plan("/thing.bin", Answer(body=CONTENT * 2, pause=1.0))
    with pytest.raises(SourceError, match="refused, the server's file has 4,000,000 bytes, expected 2,000,000"):
        get_asset(asset, patience=QUICK)
    assert contents(folder) == set()


def test_an_empty_file_is_refused(unhashed, server, folder, contents):
    server.plan("/thing.bin", Answer(body=b""))
    with pytest.raises(SourceError, match="refused, it is empty"):
        get_asset(unhashed, patience=QUICK)
    assert contents(folder) == set()


def test_an_approximate_size_is_checked_too(server, folder):
    server.files["/thing.bin"] = CONTENT
    assert get_asset(make_asset(server.url, file={"approximate_size": 2_100_000}), patience=QUICK).is_file()
    (folder / "thing.bin").unlink()
    with pytest.raises(SourceError, match="expected about 2,300,000"):
        get_asset(make_asset(server.url, file={"approximate_size": 2_300_000}), patience=QUICK)


def test_the_next_source_is_tried(asset, server, folder):
    two = make_asset(file={"sha256": HASH}, sources=[{"url": f"{server.url}/gone"}, {"url": f"{server.url}/{{file}}"}])
    assert get_asset(two, patience=QUICK).read_bytes() == CONTENT
    assert [path for path, _ in server.requests] == ["/gone", "/thing.bin"]


def test_redirects_are_followed(asset, server, folder):
    server.files["/far/away"] = CONTENT
    server.plan("/thing.bin", Answer(redirect="/far/away"))
    assert get_asset(asset, patience=QUICK).read_bytes() == CONTENT


def test_no_server_at_all(asset, server, folder, contents):
    server.close()
    with pytest.raises(SourceError, match="connection failed or was dropped.*after 3 tries"):
        get_asset(asset, patience=QUICK)
    assert contents(folder) == set()


@pytest.mark.parametrize(("library", "source"), [("pooch", "url"), ("gdown", "gdrive")])
def test_a_machine_without_the_download_libraries_says_so(server, folder, contents, monkeypatch, library, source):
    monkeypatch.setitem(sys.modules, library, None)
    asset = make_asset(sources=[{source: server.url if source == "url" else "abc"}])
    with pytest.raises(SourceError, match=f"downloading needs {library}: `pip install pooch gdown`"):
        get_asset(asset, patience=QUICK)
    assert contents(folder) == set()


def test_offline_asks_nobody(asset, server, folder, monkeypatch):
    monkeypatch.setenv("VID2VID_ASSET_MIRROR", f"{server.url}/mirror")
    with pytest.raises(SourceError, match=r"offline: only what is on this machine"):
        get_asset(asset, offline=True, patience=QUICK)
    assert server.requests == []


@pytest.mark.parametrize("offline", [False, True])
def test_a_mirror_folder_comes_first(asset, server, folder, contents, tmp_path, monkeypatch, offline):
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "thing.bin").write_bytes(CONTENT)
    monkeypatch.setenv("VID2VID_ASSET_MIRROR", str(tmp_path / "mirror"))
    assert get_asset(asset, offline=offline, patience=QUICK).read_bytes() == CONTENT
    assert server.requests == [] and contents(folder) == {"thing.bin"}


def test_a_wrong_file_on_the_mirror_is_passed_over(asset, server, folder, contents, tmp_path, monkeypatch):
    (tmp_path / "thing.bin").write_bytes(HTML)
    monkeypatch.setenv("VID2VID_ASSET_MIRROR", f"file://{tmp_path}")
    assert get_asset(asset, patience=QUICK).read_bytes() == CONTENT
    assert contents(folder) == {"thing.bin"}


def test_a_mirror_address_comes_first(asset, server, folder, monkeypatch):
    server.files["/mirror/thing.bin"] = CONTENT
    monkeypatch.setenv("VID2VID_ASSET_MIRROR", f"{server.url}/mirror/")
    get_asset(asset, patience=QUICK)
    assert [path for path, _ in server.requests] == ["/mirror/thing.bin"]


def test_an_asset_of_several_files_has_a_folder(server, folder, contents):
    server.files |= {"/config.json": b"{}", "/model.bin": CONTENT}
    files = [{"name": "config.json"}, {"name": "model.bin", "sha256": HASH}]
    asset = make_asset(server.url, kind="folder", files=files)
    assert get_asset(asset, patience=QUICK) == folder / "thing"
    assert contents(folder) == {"thing/config.json", "thing/model.bin"}


def test_a_wrong_file_that_is_here_stays_untouched(asset, server, folder):
    folder.mkdir()
    (folder / "thing.bin").write_bytes(CONTENT[:-1] + b"?")
    with pytest.raises(RefusedError, match="thing.bin is not the asset thing.*Move it away"):
        get_asset(asset, patience=QUICK)
    assert server.requests == [] and (folder / "thing.bin").read_bytes() == CONTENT[:-1] + b"?"


def test_a_file_got_by_hand_is_checked_and_put_into_its_place(asset, folder, contents, tmp_path):
    (tmp_path / "Download (1).bin").write_bytes(CONTENT)
    (tmp_path / "page.bin").write_bytes(HTML)
    with pytest.raises(RefusedError, match="page.bin is not the asset thing: it is a web page"):
        add_asset(asset, tmp_path / "page.bin")
    assert contents(folder) == set()
    assert add_asset(asset, tmp_path / "Download (1).bin") == folder / "thing.bin"
    assert (folder / "thing.bin").read_bytes() == CONTENT
    with pytest.raises(ValueError, match="is here already"):
        add_asset(asset, tmp_path / "Download (1).bin")
    assert contents(folder) == {"thing.bin"}


def test_a_disk_that_fills_up_is_said(server, small_disk, contents, monkeypatch):
    monkeypatch.setenv("VID2VID_ASSET_DIR", str(small_disk))
    server.files["/thing.bin"] = bytes(4_000_000)
    with pytest.raises(DiskFullError, match=f"{small_disk}: the disk is full.*VID2VID_ASSET_DIR"):
        get_asset(make_asset(server.url), patience=QUICK)
    assert contents(small_disk) == set()


def test_a_disk_that_is_too_small_is_said_before_the_download(asset, server, folder, contents, monkeypatch):
    monkeypatch.setattr(fetch.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1_000_000}))
    with pytest.raises(DiskFullError, match="2,000,000 bytes needed, 1,000,000 free"):
        get_asset(asset, patience=QUICK)
    assert server.requests == [] and contents(folder) == set()
