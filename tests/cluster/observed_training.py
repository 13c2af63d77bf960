"""A training of one stage on the cluster, watched from the head node."""

import copy
import time
from dataclasses import dataclass
from typing import Any

from head_node import Call, HeadNode

STAGE = "long"


@dataclass
class Training:
    """The stage `long` of a run."""

    head: HeadNode
    run: str
    call: Call

    @classmethod
    def begin(cls, head: HeadNode, run: str, recipe: dict[str, Any], *options: str, **train: int) -> "Training":
        """Start `snakemake --profile slurm`; `train` is what the run asks for."""
        configure(head, run, recipe, **train)
        return cls(head, run, head.start(weights(run), "--configfile", f"{run}.yaml", *options))

    def job(self) -> dict[str, str]:
        """What SLURM says of its newest job now."""
        self.head.watch()
        jobs = [facts for facts in self.head.of_rule("train_stage") if f"_{self.run}_" in facts["Comment"]]
        return max(jobs, key=lambda facts: int(facts["JobId"]))

    def last_step(self) -> int:
        """The newest step of its log."""
        return max(self.head.steps(self.run, STAGE), default=0)

    def go_on(self, steps: int = 3) -> None:
        """Wait for a few more steps."""
        before = self.last_step()
        self.call.wait_for(f"steps after {before}", lambda: self.last_step() >= before + steps)

    def wait_until_resumed(self, restarts: int) -> None:
        """Wait until SLURM has started the job more than so many times again; it must go on from a checkpoint."""

        def again() -> bool:
            job = self.job()
            return int(job["Restarts"]) > restarts and job["JobState"] == "RUNNING"

        self.call.wait_for("another start", again)
        self.require_resumed()

    def require_resumed(self) -> None:
        """The newest sitting began with a checkpoint, not anew."""
        log = self.head.folder / "logs" / "train_stage" / self.run / f"{STAGE}.log"
        started = self.job()["StartTime"].partition("T")[2]
        deadline = time.monotonic() + 120
        while True:
            said = log.read_text() if log.exists() else ""
            if said[: len(started)] >= started:  # else the log of the sitting before
                assert "weights start fresh" not in said, said
                if "resuming from" in said:
                    return
            assert time.monotonic() < deadline, f"not resumed\n{said}"
            time.sleep(0.5)


def configure(head: HeadNode, run: str, recipe: dict[str, Any], **train: int) -> None:
    """Write the files of a run with a stage of about 600 steps, which idle processors do in two minutes."""
    long = copy.deepcopy(recipe) | {"stages": [{"name": STAGE, "schedule": {"niter": 72, "niter_decay": 0}}]}
    head.write("long.yaml", long)
    asked = {"train": train} if train else {}
    head.write(f"{run}.yaml", {"runs": [{"name": run, "dataset": "dataset.yaml", "recipe": "long.yaml"} | asked]})


def weights(run: str) -> str:
    """The weights file of a run."""
    return f"results/runs/{run}/stages/{STAGE}/weights.safetensors"
