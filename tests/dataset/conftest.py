from pathlib import Path

import pytest
from drawn_layouts import Layout


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "data")
