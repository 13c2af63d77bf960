"""`vid2vid train-stage JOB.json`: one stage as a job file describes it; ranks of the workflow's trainings run it."""

import argparse
import dataclasses
import logging
import sys
import typing
from pathlib import Path

from vid2vid_core.commands.verb import Verbs, add_verb
from vid2vid_core.config import FlowConfig, RecipeConfig, parse, to_dict
from vid2vid_core.config.base import config_class
from vid2vid_core.config.load import read_yaml
from vid2vid_core.storage import write_json
from vid2vid_core.train.parallel.launch import Places, launch
from vid2vid_core.train.parallel.nodes import launch_on_nodes
from vid2vid_core.train.parallel.report import as_rank

if typing.TYPE_CHECKING:
    from vid2vid_core.video.reference_flow import FlowEstimator


@config_class
class StageJob:
    """What it takes to train one stage."""

    recipe: RecipeConfig
    """The recipe of the stage."""
    stage: str
    """Name of one of its stages, or of its image stage."""
    manifest: str
    """Of the dataset stage."""
    flow_tables: tuple[str, ...]
    """Of the flow stage; not read by an image stage and where data.flow is online."""
    init: str | None
    """Weights file the stage begins with; None: fresh weights."""
    state: str
    """Folder of checkpoints."""
    out: str
    """Folder of results."""
    log: str | None = None
    """File that also gets what the main rank logs."""
    device: str = "auto"
    """As of `vid2vid train --device`."""
    online_flow: FlowConfig | None = None
    """Flow settings of the dataset, where data.flow is online."""
    threads: int | None = None
    """Of a process that is alone; None: as OMP_NUM_THREADS says, or all cores."""

    def run(self) -> None:
        """Train in this process, which may be a rank."""
        import torch

        from vid2vid_core.train.parallel.ranks import Ranks

        if self.threads is not None:
            torch.set_num_threads(self.threads)
        ranks = Ranks.join(self.device)  # first, so that an estimator of flow finds the GPU of this rank
        self._train()
        ranks.leave()

    def _train(self) -> None:
        from vid2vid_core.train.image_stage import train_image_stage
        from vid2vid_core.train.stage import train_stage

        recipe = self.recipe
        places = {"manifest": Path(self.manifest), "state_dir": Path(self.state), "out_dir": Path(self.out)}
        image = recipe.image_stage
        if image is not None and image.name == self.stage:
            train_image_stage(
                image,
                recipe=recipe.name,
                seed=recipe.seed,
                checkpoint_minutes=recipe.checkpoint_minutes,
                checkpoints_kept=recipe.checkpoints_kept,
                guard=recipe.guard,
                device=self.device,
                **places,
            )
            return
        (stage,) = (stage for stage in recipe.stages if stage.name == self.stage)
        train_stage(
            stage,
            recipe=recipe,
            flow_tables=[Path(table) for table in self.flow_tables],
            init=None if self.init is None else Path(self.init),
            device=self.device,
            estimator=self._estimator(),
            **places,
        )

    def _estimator(self) -> "FlowEstimator | None":
        if self.online_flow is None:
            return None
        from vid2vid_core.annotate.flow_backend import flow_estimator

        return flow_estimator(self.online_flow, self.threads or 1, device=self.device)


def run_job(job: StageJob, ranks: int, nodes: int, threads: int) -> None:
    """Train a stage in so many ranks on each of so many nodes; one in all is this process itself.

    Args:
        job: what to train.
        ranks: on each node.
        nodes: of the SLURM allocation this process runs in.
        threads: on each node.

    Raises:
        StoppedBySignal: a checkpoint has been written after a signal.
        ValueError: data or settings are wrong.
        OSError: something could not be written, or a rank failed.
    """
    if ranks * nodes <= 1:
        job.run()
        return
    path = Path(job.state).with_suffix(".job.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, to_dict(dataclasses.replace(job, threads=None)))
    start_ranks(["train-stage", str(path)], ranks, nodes, threads)


def start_ranks(arguments: list[str], ranks: int, nodes: int, threads: int | None = None) -> None:
    """Run `vid2vid ARGUMENTS` in so many ranks on each of so many nodes; raises as `run_job`."""
    command = [sys.executable, "-m", "vid2vid_core", *arguments]
    if nodes > 1:
        launch_on_nodes(command, ranks, nodes, threads=threads)
    else:
        launch(command, Places.here(ranks), threads=threads)


def add(verbs: Verbs) -> None:
    """Register the verb."""
    parser = add_verb(verbs, "train-stage", run, "train one stage as a job file of the workflow describes it")
    parser.add_argument("job", type=Path, help="JSON file that the workflow has written")


def run(options: argparse.Namespace) -> int:
    """Train as one rank, or alone."""
    with as_rank():
        job = parse(StageJob, read_yaml(options.job), str(options.job))
        if job.log is not None:
            for console in logging.getLogger().handlers:
                console.setLevel(logging.WARNING)
            handler = logging.FileHandler(job.log)
            handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
            logging.getLogger("vid2vid_core").addHandler(handler)
        job.run()
    return 0
