from pathlib import Path

import pytest
from fabricated import FabricatedRun

from vid2vid_core.report.page import build_report


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> FabricatedRun:
    """A run with its page; tests only read it."""
    run = FabricatedRun(tmp_path_factory.mktemp("finished"), test_videos=2)
    build_report(*run.arguments(), benchmarks=run.benchmarks)
    return run


@pytest.fixture
def small(tmp_path: Path) -> FabricatedRun:
    """A run of one clip without any trouble, to be damaged."""
    return FabricatedRun(tmp_path, frames=6, clips=1, trouble=False)
