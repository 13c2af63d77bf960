"""A training that meets all that happens on a cluster ends with the weights of an undisturbed one."""

import copy
import time

import pytest
from conftest import RECIPE
from head_node import HeadNode

from vid2vid_core.models.weights import load_weights

pytestmark = pytest.mark.cluster

LONG = copy.deepcopy(RECIPE)
LONG["stages"] = [{"name": "long", "schedule": {"niter": 24, "niter_decay": 0}}]


def configure(head: HeadNode, name: str) -> str:
    head.write("long.yaml", LONG)
    head.write(f"{name}.yaml", {"runs": [{"name": name, "dataset": "dataset.yaml", "recipe": "long.yaml"}]})
    return f"{name}.yaml"


def test_disturbed(finished: HeadNode) -> None:
    cluster = finished.cluster
    head = HeadNode(finished.folder, cluster, calls=finished.calls)  # it takes down its jobs for itself
    target = "results/runs/stormy/stages/long/weights.safetensors"
    call = head.start(target, "--configfile", configure(head, "stormy"), "--retries", "0")

    def last() -> int:
        return max(head.steps("stormy", "long"), default=0)

    def job() -> dict[str, str]:
        head.watch()
        (facts,) = [facts for facts in head.of_rule("train_stage") if "stormy" in facts["Comment"]]
        return facts

    def further(what: str) -> int:
        before = last()
        call.wait_for(what, lambda: last() >= before + 3)
        return last()

    def started_again() -> bool:
        return int(job()["Restarts"]) > restarts and job()["JobState"] == "RUNNING"

    # A node fails: SLURM starts the job again, on the other node.
    further("first steps")
    node, restarts = job()["NodeList"], int(job()["Restarts"])
    cluster.cut_power(node)
    call.wait_for("start on the other node", started_again)
    assert job()["NodeList"] != node
    resumed_from_checkpoint(head, job()["StartTime"])
    cluster.repair(node)

    # The controller is away for a while: the job neither ends nor is forgotten.
    at = further("steps on the other node")
    cluster.stop_controller()
    call.wait_for("steps without a controller", lambda: last() > at)
    cluster.start_controller()

    # Something more urgent takes both nodes.
    further("steps with the controller back")
    restarts = int(job()["Restarts"])
    cluster.run("sbatch", "--partition=urgent", "--nodes=2", "--exclusive", "--output=/dev/null", "--wrap=sleep 2")
    call.wait_for("start after preemption", started_again)
    resumed_from_checkpoint(head, job()["StartTime"])

    # Its time is up in less than the two minutes of the warning: it puts itself back into the queue.
    further("steps after preemption")
    restarts = int(job()["Restarts"])
    cluster.run("scontrol", "update", f"JobId={job()['JobId']}", "TimeLimit=2")
    call.wait_for("end of the sitting", lambda: job()["JobState"] == "PENDING")
    cluster.run("scontrol", "update", f"JobId={job()['JobId']}", "TimeLimit=60")
    call.wait_for("start after the time limit", started_again)
    resumed_from_checkpoint(head, job()["StartTime"])

    # Somebody cancels it: the run ends with the reason, and the same call goes on.
    further("steps of another sitting")
    cluster.run("scancel", job()["JobId"])
    assert call.finish() != 0
    assert "SLURM status is: 'CANCELLED'" in call.output()
    at = last()
    again = head.start(target, "--configfile", "stormy.yaml")
    assert again.finish() == 0, again.output()
    assert at >= 15
    resumed_from_checkpoint(head, max(facts["StartTime"] for facts in head.of_rule("train_stage")))
    assert head.steps("stormy", "long") == list(range(1, last() + 1))

    calm = head.start_plain("--cores", "2", target.replace("stormy", "calm"), "--configfile", configure(head, "calm"))
    assert calm.finish() == 0, calm.output()
    equal_weights(head, "stormy", "calm")


def resumed_from_checkpoint(head: HeadNode, started: str) -> None:
    """The sitting that started at a time, as SLURM writes it, began with a checkpoint and not anew."""
    log = head.folder / "logs" / "train_stage" / "stormy" / "long.log"
    deadline = time.monotonic() + 120
    while True:
        said = log.read_text() if log.exists() else ""
        if said[: len("hh:mm:ss")] >= started[-len("hh:mm:ss") :]:  # else the log of the sitting before
            assert "weights start fresh" not in said, said
            if "resuming from" in said:
                return
        assert time.monotonic() < deadline, f"not resumed\n{said}"
        time.sleep(0.5)


def equal_weights(head: HeadNode, one: str, other: str) -> None:
    weights = [
        load_weights(head.folder / "results" / "runs" / run / "stages" / "long" / "weights.safetensors")[0]
        for run in (one, other)
    ]
    assert weights[0].keys() == weights[1].keys()
    different = [name for name, tensor in weights[0].items() if not tensor.equal(weights[1][name])]
    assert not different
