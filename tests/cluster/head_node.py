"""The folder on the head node from which `snakemake --profile slurm` is called, and what SLURM says of its jobs."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from two_nodes import TwoNodes

ROOT = Path(__file__).parents[2]

CLONED = ("Snakefile", "workflow", "profiles", "slurm", "config", "vid2vid_core", "resources", "environment.yml")

# Out of courtesy to SLURM's controller the plugin waits ten seconds longer after each look at its jobs: small ones are
# over long before it looks again. This controller serves nobody else and is asked every second.
IMPATIENT = """
import asyncio, runpy
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor
RemoteExecutor.sleep = lambda executor: asyncio.sleep(1)
runpy.run_module("snakemake", run_name="__main__", alter_sys=True)
"""
OFTEN = ("--max-status-checks-per-second", "10")


@dataclass
class HeadNode:
    """A fresh clone, as far as Snakemake can tell, with runs of its own."""

    folder: Path
    cluster: TwoNodes
    jobs: dict[str, dict[str, str]] = field(default_factory=dict)
    """What `scontrol` last said of every job it has shown, by id; `watch` keeps it."""
    steps_seen: dict[str, dict[str, str]] = field(default_factory=dict)
    """The same of every step of a job."""

    calls: list["Call"] = field(default_factory=list)
    """All calls of Snakemake."""
    others: frozenset[str] = field(init=False)
    """Ids of the jobs that SLURM still showed when this began; they are none of its own."""

    def __post_init__(self) -> None:
        self.others = frozenset(facts["JobId"] for facts in self._shown("job"))
        for name in CLONED:
            if not (self.folder / name).exists():
                (self.folder / name).symlink_to(ROOT / name)

    def write(self, name: str, data: dict[str, Any]) -> None:
        """Write a config file; JSON is YAML."""
        (self.folder / name).write_text(json.dumps(data))

    def start(self, *arguments: str) -> "Call":
        """Call `snakemake --profile slurm`."""
        return self.start_plain("--profile", "slurm", *arguments, *OFTEN)

    def start_plain(self, *arguments: str) -> "Call":
        """Call Snakemake."""
        said = self.folder / f"snakemake-{time.monotonic_ns()}.txt"
        with said.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "-c", IMPATIENT, *arguments],
                cwd=self.folder,
                env=self.cluster.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.calls.append(Call(process, said, self))
        return self.calls[-1]

    def end_calls(self) -> None:
        """Kill those that a failed test has left; SLURM's jobs are ended with the cluster."""
        for call in self.calls:
            if call.process.poll() is None:
                call.process.kill()
                call.process.wait()

    def watch(self) -> None:
        """Take down what SLURM shows of its jobs; it forgets them some time after they have ended."""
        for kind, name, kept in (("job", "JobId", self.jobs), ("step", "StepId", self.steps_seen)):
            for facts in self._shown(kind):
                if facts[name].partition(".")[0] not in self.others:
                    kept[facts[name]] = facts

    def _shown(self, kind: str) -> list[dict[str, str]]:
        """What SLURM shows of its jobs or steps."""
        lines = self.cluster.run("scontrol", "show", kind, "--oneliner").splitlines()
        told = (dict(re.findall(r"(\w+)=(\S*)", line)) for line in lines)
        return [facts for facts in told if "JobId" in facts or "StepId" in facts]

    def of_rule(self, rule: str) -> list[dict[str, str]]:
        """What SLURM said of the jobs of a rule, or of a group of jobs."""
        return [facts for facts in self.jobs.values() if facts.get("Comment", "").startswith(f"rule_{rule}")]

    def steps(self, run: str, stage: str) -> list[int]:
        """Steps of a training so far, as its log tells."""
        log = self.folder / "results" / "runs" / run / "stages" / stage / "log.jsonl"
        if not log.exists():
            return []
        lines = [line for line in log.read_text().splitlines() if line.endswith("}")]
        return [json.loads(line)["step"] for line in lines]


@dataclass
class Call:
    """One call of Snakemake, which goes on while the test does other things."""

    process: subprocess.Popen[bytes]
    said: Path
    head: HeadNode

    def wait_for(self, what: str, condition: Callable[[], bool], seconds: float = 300) -> None:
        """Wait until something has happened, watching the jobs."""
        deadline = time.monotonic() + seconds
        while not condition():
            told = f"{what}: not within {seconds} s" if time.monotonic() > deadline else f"{what}: not before the end"
            assert self.process.poll() is None and time.monotonic() < deadline, f"{told}\n{self.output()}"
            time.sleep(0.3)
            self._watch()

    def finish(self, seconds: float = 900) -> int:
        """Wait for its end. Returns the exit code."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"no end within {seconds} s\n{self.output()}"
            time.sleep(0.5)
            self._watch()
        return int(self.process.returncode)

    def output(self) -> str:
        """What it has printed so far."""
        return self.said.read_text(errors="replace")

    def _watch(self) -> None:
        if "slurmctld" in self.head.cluster.daemons:
            self.head.watch()
