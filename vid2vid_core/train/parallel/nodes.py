"""Starting the ranks of a training on all nodes of a SLURM allocation, by srun. Torch-free.

srun runs this module once on every node, which starts the ranks of its node. They meet on the first node, at the
address by which SLURM itself reaches it.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from types import FrameType

from vid2vid_core.runlog import REQUEUE_CODE, StoppedBySignal
from vid2vid_core.train.parallel.launch import Places, RankError, end_with_parent, launch

_WAIT = 30
"""Seconds that the other nodes have to end once the ranks of one have."""


def launch_on_nodes(command: Sequence[str], ranks: int, nodes: int, *, threads: int | None = None) -> None:
    """Run a command in several ranks on each of several nodes and wait for their end.

    Args:
        command: of one rank.
        ranks: on each node.
        nodes: of the allocation this process runs in.
        threads: of all ranks of a node together; None: all cores.

    Raises:
        StoppedBySignal: the ranks have stopped at a checkpoint.
        ValueError: there is no such allocation.
        RankError: a rank failed, and its node has said why on stderr; or SLURM does not answer.
    """
    found = _allocated_nodes(os.environ)
    if found < nodes or shutil.which("srun") is None:
        raise ValueError(
            f"training on {nodes} nodes needs a SLURM allocation of so many, this one has {found}; run it by sbatch or "
            f"salloc with --nodes={nodes}, or train on one node"
        )
    done = _run([*_srun(nodes, threads, os.environ), *_on_each_node(ranks, threads), *command])
    if done == REQUEUE_CODE:
        raise StoppedBySignal("stopped by a signal after a checkpoint was written; the same call goes on from there")
    if done:
        raise RankError(f"the training on {nodes} nodes ended with code {done}; its nodes have said why")


def places_on_this_node(ranks: int, environment: Mapping[str, str]) -> Places:
    """Where the ranks of this node stand among those of the step that `environment` belongs to."""
    node, nodes = int(environment["SLURM_NODEID"]), int(environment["SLURM_STEP_NUM_NODES"])
    step = int(environment["SLURM_JOB_ID"]) * 16 + int(environment["SLURM_STEP_ID"])
    port = 10000 + step % 20000  # the same on every node, and another one for another step
    return Places(ranks, node * ranks, nodes * ranks, _address(environment["SLURM_STEP_NODELIST"]), port)


def _allocated_nodes(environment: Mapping[str, str]) -> int:
    """Nodes of the allocation this process runs in, 0 outside of one."""
    told = environment.get("SLURM_JOB_NUM_NODES", "0")
    if told == "0" and "SLURM_JOB_ID" in environment:
        # Snakemake's SLURM plugin leaves its jobs the number of the allocation and hardly more of its description.
        told = _answer("squeue", "--noheader", "--format=%D", f"--jobs={environment['SLURM_JOB_ID']}")
    return int(told)


def _srun(nodes: int, threads: int | None, environment: Mapping[str, str]) -> list[str]:
    # srun takes one core otherwise
    cores = environment.get("SLURM_CPUS_PER_TASK") or environment.get("SLURM_CPUS_ON_NODE") or threads
    return [
        "srun",
        f"--nodes={nodes}",
        f"--ntasks={nodes}",
        "--ntasks-per-node=1",
        "--kill-on-bad-exit=0",  # the others may still have to say why, or to write a checkpoint
        f"--wait={_WAIT}",
        *([f"--cpus-per-task={cores}"] if cores else []),
    ]


def _on_each_node(ranks: int, threads: int | None) -> list[str]:
    return [sys.executable, "-m", "vid2vid_core.train.parallel.nodes", str(ranks), str(threads or 0)]


def _address(nodes: str) -> str:
    """Address of the first of SLURM's list of nodes."""
    first = _answer("scontrol", "show", "hostnames", nodes).split()[0]
    told = _answer("scontrol", "show", "node", first, "--oneliner")
    return dict(fact.split("=", 1) for fact in told.split() if "=" in fact).get("NodeAddr", first)


def _answer(*question: str) -> str:
    """What SLURM says. Raises RankError if it gives no answer."""
    done = subprocess.run(question, capture_output=True, text=True)
    if done.returncode:
        raise RankError(f"SLURM gave no answer to `{' '.join(question)}`: {done.stderr.strip() or done.returncode}")
    return done.stdout


def _run(command: Sequence[str]) -> int:
    """Run srun, and have it pass signals on to the nodes: all as SIGUSR1, since SIGTERM makes it kill the ranks.

    That one it gets where waiting is interrupted (by Ctrl-C, of which srun wants two) or this process is killed.
    """
    process = subprocess.Popen(command, preexec_fn=partial(end_with_parent, signal.SIGTERM))

    def pass_on(number: int, frame: FrameType | None) -> None:
        process.send_signal(signal.SIGUSR1)

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGTERM, signal.SIGUSR1)}
    try:
        return process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
        for number, handler in before.items():
            signal.signal(number, handler)


def main(ranks: int, threads: int, command: Sequence[str]) -> int:
    """Run the ranks of this node; returns the exit code."""
    try:
        launch(command, places_on_this_node(ranks, os.environ), threads=threads or None)
    except StoppedBySignal:
        return REQUEUE_CODE
    except (ValueError, OSError) as error:
        print(f"node {os.environ['SLURM_NODEID']} ({os.environ.get('SLURMD_NODENAME')}): {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
