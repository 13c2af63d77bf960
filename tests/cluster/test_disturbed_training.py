"""A training that meets all that happens on a cluster ends with the weights of an undisturbed one."""

import time

import pytest
from conftest import RECIPE
from head_node import HeadNode
from observed_training import STAGE, Training, configure, weights

from vid2vid_core.models.weights import load_weights

pytestmark = pytest.mark.cluster


@pytest.fixture
def head(finished: HeadNode) -> HeadNode:
    """The folder of the finished run; it takes down its jobs for itself."""
    return HeadNode(finished.folder, finished.cluster, calls=finished.calls)


def lose_a_node(training: Training) -> None:
    """A node fails: SLURM starts the job again, on the other node."""
    job, cluster = training.job(), training.head.cluster
    cluster.cut_power(job["NodeList"])
    training.wait_until_resumed(int(job["Restarts"]))
    assert training.job()["NodeList"] != job["NodeList"]
    cluster.repair(job["NodeList"])


def miss_the_controller(training: Training) -> None:
    """The controller is away for seconds: the job neither ends nor is forgotten.

    After about ten seconds without an answer the plugin (2.8.0) does forget it, and the call waits for ever.
    """
    training.head.cluster.stop_controller()
    training.go_on(steps=1)
    training.head.cluster.start_controller()


def get_no_answers(training: Training) -> None:
    """Nothing can be learnt about jobs for some seconds: it is asked again, and the job is not forgotten."""
    squeue = training.head.cluster.folder / "bin" / "squeue"
    works = squeue.read_text()
    squeue.write_text("#!/bin/sh\nexit 1\n")
    time.sleep(3)
    squeue.write_text(works)


def be_preempted(training: Training) -> None:
    """Something more urgent takes both nodes."""
    restarts = int(training.job()["Restarts"])
    training.head.cluster.run(
        "sbatch", "--partition=urgent", "--nodes=2", "--exclusive", "--output=/dev/null", "--wrap=sleep 2"
    )
    training.wait_until_resumed(restarts)


def run_out_of_time(training: Training) -> None:
    """Less is left than the two minutes of the warning: the job puts itself back into the queue."""
    job, cluster = training.job(), training.head.cluster
    cluster.run("scontrol", "update", f"JobId={job['JobId']}", "TimeLimit=2")
    training.call.wait_for("end of the sitting", lambda: training.job()["JobState"] == "PENDING")
    cluster.run("scontrol", "update", f"JobId={job['JobId']}", "TimeLimit=60")
    training.wait_until_resumed(int(job["Restarts"]))


def test_one_node(head: HeadNode) -> None:
    training = Training.begin(head, "stormy", RECIPE, "--retries", "0")
    for disturb in (lose_a_node, miss_the_controller, get_no_answers, be_preempted, run_out_of_time):
        training.go_on()
        disturb(training)

    # Somebody cancels it: the run ends with the reason, and the same call goes on.
    training.go_on()
    head.cluster.run("scancel", training.job()["JobId"])
    assert training.call.finish() != 0
    assert "SLURM status is: 'CANCELLED'" in training.call.output()
    training.call = head.start(weights("stormy"), "--configfile", "stormy.yaml")
    assert training.call.finish() == 0, training.call.output()
    training.require_resumed()
    assert head.steps("stormy", STAGE) == list(range(1, training.last_step() + 1))

    configure(head, "calm", RECIPE)
    calm = head.start_plain("--cores", "2", weights("calm"), "--configfile", "calm.yaml")
    assert calm.finish() == 0, calm.output()
    one, other = (load_weights(head.folder / weights(run))[0] for run in ("stormy", "calm"))
    assert one.keys() == other.keys()
    assert not [name for name, tensor in one.items() if not tensor.equal(other[name])]


def test_two_nodes(head: HeadNode) -> None:
    training = Training.begin(head, "pair", RECIPE, gpus=1, nodes=2)
    training.go_on()
    assert training.job()["NodeList"] == "one,two"
    run_out_of_time(training)
    assert training.call.finish() == 0, training.call.output()
    assert head.steps("pair", STAGE) == list(range(1, training.last_step() + 1))
