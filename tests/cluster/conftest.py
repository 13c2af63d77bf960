"""A SLURM of two nodes for the whole session, and one finished run on it that the tests share."""

import importlib.util
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from head_node import HeadNode
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


WORLD = {
    "name": "tiny",
    "world": {"train": 3, "test": 1, "seconds": 0.6, "width": 64, "height": 32},
    "annotate": {"segmenter": "given", "instances": "given"},
    "check": {"near_duplicate_bits": 0},
}

RECIPE = {
    "name": "tiny",
    "checkpoint_minutes": 0.02,
    "common": {
        "generator": {"ngf": 4, "n_blocks": 2, "n_downsample_G": 1, "n_blocks_local": 1, "fg": True},
        "discriminator": {"ndf": 4, "num_D": 1, "n_layers_D": 1, "n_scales_temporal": 1},
        "losses": {"no_vgg": True},
        "schedule": {"niter": 1, "niter_decay": 1, "n_frames_total": 4, "max_frames_per_gpu": 2},
        "data": {"loadSize": 64, "use_instance": True},
    },
    "stages": [{"name": "coarse"}, {"name": "fine", "generator": {"n_scales_spatial": 2}}],
}


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
