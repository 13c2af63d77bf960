"""A SLURM of two nodes for the whole session, and one finished run on it that the tests share."""

import importlib.util
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from head_node import HeadNode
from tiny_configs import TINY_RECIPE, TINY_WORLD
from two_nodes import TwoNodes


@pytest.fixture(scope="session")
def cluster() -> Iterator[TwoNodes]:
    """Two nodes of two make-believe GPUs."""
    if importlib.util.find_spec("snakemake_executor_plugin_slurm") is None:
        raise RuntimeError("the SLURM plugin is missing; call make slurm-env")
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    try:
        with TwoNodes(folder) as nodes:
            yield nodes
    finally:
        shutil.rmtree(folder, ignore_errors=True)


WORLD = TINY_WORLD | {"world": {**TINY_WORLD["world"], "train": 3}}  # type: ignore[dict-item]
RECIPE = TINY_RECIPE | {"checkpoint_minutes": 0.02}


@pytest.fixture(scope="session")
def finished(cluster: TwoNodes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HeadNode]:
    """`snakemake --profile slurm all` from a fresh clone; its stages train on two nodes."""
    head = HeadNode(tmp_path_factory.mktemp("clone"), cluster)
    head.write("dataset.yaml", WORLD)
    head.write("recipe.yaml", RECIPE)
    run = {"name": "run", "dataset": "dataset.yaml", "recipe": "recipe.yaml", "evaluate": {"clip_frames": 2}}
    run |= {"train": {"gpus": 1, "nodes": 2}}
    head.write("run.yaml", {"runs": [run]})
    try:
        call = head.start("all", "--configfile", "run.yaml")
        assert call.finish() == 0, call.output()
        yield head
    finally:
        head.end_calls()
