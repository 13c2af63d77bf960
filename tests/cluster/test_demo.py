"""The demo as it stands, on the cluster: all three worlds, from video to report."""

from pathlib import Path

import pytest
from head_node import HeadNode
from two_nodes import TwoNodes

pytestmark = pytest.mark.cluster


def test_demo(cluster: TwoNodes, tmp_path: Path) -> None:
    head = HeadNode(tmp_path, cluster)
    try:
        call = head.start("all")
        assert call.finish(seconds=3600) == 0, call.output()
    finally:
        head.end_calls()
    for world in ("street", "face", "pose"):
        page = head.folder / "results" / "runs" / f"{world}-demo" / "report" / "index.html"
        assert page.stat().st_size > 10_000
