"""The fixture of the workflow tests."""

from pathlib import Path

import pytest
from workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty workspace; call `configure` first."""
    return Workspace(tmp_path)
