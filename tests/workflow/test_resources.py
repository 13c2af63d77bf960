"""`snakemake resources`: what the configured runs need, and nothing else."""

import pytest
from tiny_configs import TINY_WORLD
from workspace import Workspace

NEEDS_PANOPTIC = TINY_WORLD | {"annotate": {"segmenter": "panoptic", "model": "cityscapes-panoptic"}}
FILES = {"config.json": 10, "preprocessor_config.json": 10, "model.safetensors": 190_000_000}


@pytest.fixture
def assets(tmp_path, monkeypatch):
    """The asset folder; the network ends at a port nobody listens on."""
    monkeypatch.setenv("VID2VID_ASSET_DIR", str(tmp_path / "assets"))
    monkeypatch.delenv("VID2VID_ASSET_MIRROR", raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    return tmp_path / "assets"


def names(folder):
    return {path.name for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"}


def test_nothing_is_fetched_for_a_run_that_needs_nothing(workspace: Workspace, assets):
    workspace.configure(TINY_WORLD)
    workspace.build("resources")
    assert not assets.exists()


def test_what_a_dataset_names_is_fetched_and_nothing_else(workspace: Workspace, assets, tmp_path, monkeypatch):
    for name, size in FILES.items():
        path = tmp_path / "mirror/cityscapes-panoptic" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as handle:
            handle.truncate(size)
    (tmp_path / "mirror" / "FlowNet2_checkpoint.pth.tar").write_bytes(b"not asked for")
    monkeypatch.setenv("VID2VID_ASSET_MIRROR", str(tmp_path / "mirror"))
    workspace.configure(NEEDS_PANOPTIC)
    workspace.build("resources")
    assert names(assets) == {*FILES, "assets.lock.yaml"}


def test_what_cannot_be_fetched_is_said_with_what_to_do_by_hand(workspace: Workspace, assets):
    workspace.configure(NEEDS_PANOPTIC)
    printed = workspace.fail("resources")
    assert "ERROR: cityscapes-panoptic: config.json could not be had" in printed
    assert "vid2vid assets add cityscapes-panoptic FOLDER" in printed
    assert names(assets) == set()
