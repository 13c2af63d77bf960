"""A training that meets all that happens on a cluster ends with the weights of an undisturbed one."""

import copy
import time

import pytest
from conftest import RECIPE
from head_node import HeadNode

from vid2vid_core.models.weights import load_weights

pytestmark = pytest.mark.cluster

LONG = copy.deepcopy(RECIPE)
LONG["stages"] = [{"name": "long", "schedule": {"niter": 150, "niter_decay": 0}}]


def configure(head: HeadNode, name: str) -> str:
    head.write("long.yaml", LONG)
    head.write(f"{name}.yaml", {"runs": [{"name": name, "dataset": "dataset.yaml", "recipe": "long.yaml"}]})
    return f"{name}.yaml"


def test_disturbed(finished: HeadNode) -> None:
    head, cluster = finished, finished.cluster
    target = "results/runs/stormy/stages/long/weights.safetensors"
    # Three minutes less the two of the warning leave a sitting of a minute at most, so its time is up now and then.
    call = head.start(
        target, "--configfile", configure(head, "stormy"), "--retries", "0", "--set-resources", "train_stage:runtime=3"
    )

    def last() -> int:
        return max(head.steps("stormy", "long"), default=0)

    def job() -> dict[str, str]:
        head.watch()
        (facts,) = [facts for facts in head.of_rule("train_stage") if "stormy" in facts["Comment"]]
        return facts

    def further(what: str) -> int:
        before = last()
        call.wait_for(what, lambda: last() >= before + 5)
        return last()

    # A node fails: SLURM starts the job again, on the other node.
    further("first steps")
    node, restarts = job()["NodeList"], int(job()["Restarts"])
    cluster.run("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=test")
    call.wait_for(
        "start on the other node",
        lambda: int(job()["Restarts"]) > restarts and job()["NodeList"] not in ("", "(null)", node),
    )
    resumed_from(head)
    cluster.run("scontrol", "update", f"NodeName={node}", "State=RESUME")

    # The controller is away for a while: the job neither ends nor is forgotten.
    at = further("steps on the other node")
    cluster.stop_controller()
    call.wait_for("steps without a controller", lambda: last() > at)
    cluster.start_controller()

    # Something more urgent takes both nodes.
    further("steps with the controller back")
    restarts = int(job()["Restarts"])
    cluster.run("sbatch", "--partition=urgent", "--nodes=2", "--exclusive", "--output=/dev/null", "--wrap=sleep 2")
    call.wait_for(
        "start after preemption", lambda: int(job()["Restarts"]) > restarts and job()["JobState"] == "RUNNING"
    )
    resumed_from(head)

    # Its time is up: it writes a checkpoint and puts itself back into the queue.
    further("steps after preemption")
    restarts = int(job()["Restarts"])
    call.wait_for("start after the time limit", lambda: int(job()["Restarts"]) > restarts)
    resumed_from(head)

    # Somebody cancels it: the run ends with the reason, and the same call goes on.
    further("steps of another sitting")
    cluster.run("scancel", job()["JobId"])
    assert call.finish() != 0
    assert "SLURM status is: 'CANCELLED'" in call.output()
    at = last()
    again = head.start(target, "--configfile", "stormy.yaml")
    assert again.finish() == 0, again.output()
    assert at > 20
    resumed_from(head)
    assert head.steps("stormy", "long") == list(range(1, last() + 1))

    calm = head.start_plain("--cores", "2", target.replace("stormy", "calm"), "--configfile", configure(head, "calm"))
    assert calm.finish() == 0, calm.output()
    equal_weights(head, "stormy", "calm")


def resumed_from(head: HeadNode) -> None:
    """The sitting under way began with a checkpoint, not anew."""
    log = head.folder / "logs" / "train_stage" / "stormy" / "long.log"
    deadline = time.monotonic() + 120
    while not (log.exists() and "resuming from" in log.read_text()):
        assert time.monotonic() < deadline, "not resumed"
        assert not log.exists() or "weights start fresh" not in log.read_text(), log.read_text()
        time.sleep(0.5)


def equal_weights(head: HeadNode, one: str, other: str) -> None:
    weights = [
        load_weights(head.folder / "results" / "runs" / run / "stages" / "long" / "weights.safetensors")[0]
        for run in (one, other)
    ]
    assert weights[0].keys() == weights[1].keys()
    different = [name for name, tensor in weights[0].items() if not tensor.equal(weights[1][name])]
    assert not different
