"""Assets made up for the tests, and a client that does not wait long."""

from typing import Any

from vid2vid_core.assets.download import Patience
from vid2vid_core.assets.registry import Asset
from vid2vid_core.config import parse

QUICK = Patience(tries=3, first_wait=0.01, timeout=5)


def make_asset(url: str | None = None, **keys: Any) -> Asset:
    """An asset of one file `thing.bin`, unless `keys` say otherwise; `file` holds keys of its file."""
    file = {"name": "thing.bin"} | keys.pop("file", {})
    data = {
        "name": "thing",
        "purpose": "a test",
        "licence": "none",
        "commercial": "yes",
        "files": [file],
        "sources": [] if url is None else [{"url": f"{url}/{{file}}"}],
        "by_hand": "ask the author.",
    }
    return parse(Asset, data | keys, "a test")
