"""Google Drive through the real gdown, whose requests end at the local server."""

import random

import gdown
import pytest
import requests
from file_server import Answer
from made_assets import QUICK, make_asset

from vid2vid_core.assets.errors import SourceError
from vid2vid_core.assets.fetch import get_asset

CONTENT = random.Random(0).randbytes(2_000_000)
CONFIRM = b"""<html><body><form id="download-form" action="https://drive.usercontent.google.com/download" method="get">
<input type="hidden" name="id" value="abc"><input type="hidden" name="confirm" value="t"></form></body></html>"""
NO_ACCESS = b"<html><body><p class='x'>You need access</p></body></html>"


@pytest.fixture
def drive(server, monkeypatch):
    """The server in place of Google; its folder /uc asks for confirmation, /download has the file."""
    request = requests.Session.request

    def local(self, method, url, **keys):
        host, _, rest = url.removeprefix("https://").partition("/")
        assert host.endswith("google.com")
        return request(self, method, f"{server.url}/{rest}", **keys)

    monkeypatch.setattr(requests.Session, "request", local)
    server.plan("/uc", Answer(body=CONFIRM, content_type="text/html; charset=utf-8"))
    server.plan("/download", Answer(body=CONTENT, disposition=True))
    return server


@pytest.fixture
def asset():
    return make_asset(sources=[{"gdrive": "abc"}])


def test_a_file_behind_the_page_of_confirmation(drive, asset, folder, contents):
    assert get_asset(asset, patience=QUICK).read_bytes() == CONTENT
    assert contents(folder) == {"thing.bin"}
    assert "Google Drive file abc" in (folder / "assets.lock.yaml").read_text()


@pytest.mark.parametrize(
    "answer", [Answer(status=403), Answer(status=404), Answer(body=NO_ACCESS, content_type="text/html")]
)
def test_a_dead_link_says_what_to_do_by_hand(drive, asset, folder, contents, answer):
    drive.plan("/uc", answer)
    with pytest.raises(SourceError, match=r"Google Drive file abc: (.|\n)*ask the author(.|\n)*assets add thing FILE"):
        get_asset(asset, patience=QUICK)
    assert contents(folder) == set()


def test_a_page_that_pretends_to_be_the_file_is_refused(drive, asset, folder, contents):
    drive.plan("/uc", Answer(body=NO_ACCESS, disposition=True))
    with pytest.raises(SourceError, match="refused, it is a web page"):
        get_asset(asset, patience=QUICK)
    assert contents(folder) == set()


def test_a_dropped_download_is_resumed_by_the_next_call(drive, asset, folder, contents, monkeypatch):
    download = gdown.download
    monkeypatch.setattr(gdown, "download", lambda **keys: download(**keys | {"retries": 0}))
    drive.plan("/download", Answer(body=CONTENT, disposition=True, drop_at=0.6), Answer(body=CONTENT, disposition=True))
    with pytest.raises(SourceError):
        get_asset(asset, patience=QUICK)
    assert not (folder / "thing.bin").exists() and len(contents(folder)) == 1
    assert get_asset(asset, patience=QUICK).read_bytes() == CONTENT
    assert any(drive.ranges())
    assert contents(folder) == {"thing.bin"}


def test_a_mended_drop_within_one_call(drive, asset, folder, contents):
    drive.plan("/download", Answer(body=CONTENT, disposition=True, drop_at=0.6), Answer(body=CONTENT, disposition=True))
    assert get_asset(asset, patience=QUICK).read_bytes() == CONTENT
    assert contents(folder) == {"thing.bin"}


def test_offline_does_not_ask_drive(drive, asset, folder):
    with pytest.raises(SourceError, match="offline"):
        get_asset(asset, offline=True, patience=QUICK)
    assert drive.requests == []
