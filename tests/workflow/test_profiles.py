"""The profiles find out what they can about the machine, and the workstation's keeps GPU jobs apart."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yte
from workspace import ROOT


def read(name: str) -> dict[str, Any]:
    with (ROOT / "workflow" / "profiles" / name / "config.yaml").open() as stream:
        return dict(yte.process_yaml(stream, require_use_yte=True))


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder first on PATH."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return tmp_path


def answer(tool: Path, name: str, text: str) -> None:
    (tool / name).write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\n")
    (tool / name).chmod(0o755)


@pytest.mark.parametrize(
    ("storage", "command"), [("accounting_storage/none", "squeue"), ("accounting_storage/slurmdbd", "sacct")]
)
def test_slurm_is_asked_where_it_answers(tool: Path, storage: str, command: str) -> None:
    answer(tool, "scontrol", f"AccountingStorageHost   = localhost\nAccountingStorageType   = {storage}")
    assert read("slurm")["slurm-status-command"] == command


def test_the_slurm_profile_is_found_from_a_clone() -> None:
    assert (ROOT / "slurm" / "config.yaml").samefile(ROOT / "workflow" / "profiles" / "slurm" / "config.yaml")


@pytest.mark.parametrize(("chosen", "count"), [(None, 3), ("1,2", 2)])
def test_a_workstation_has_the_gpus_of_its_driver(
    tool: Path, monkeypatch: pytest.MonkeyPatch, chosen: str | None, count: int
) -> None:
    answer(tool, "nvidia-smi", "\n".join(f"GPU {number}: of some kind (UUID: GPU-{number})" for number in range(3)))
    if chosen is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", chosen)
    resources = read("workstation")["resources"]
    assert resources["gpu"] == count
    assert resources["mem_mb"] > 500


def test_a_workstation_without_gpus_is_limited_by_memory_alone(tool: Path) -> None:
    answer(tool, "nvidia-smi", "No devices were found")
    assert set(read("workstation")["resources"]) == {"mem_mb"}


JOBS = """
rule all:
    input:
        expand("{job}.txt", job=range(4)),


rule use:
    output:
        "{job}.txt",
    threads: 1
    resources:
        gpu=1,
        mem_mb=1,
    shell:
        "date +%s.%N > {output}; sleep 0.5; date +%s.%N >> {output}"
"""


def test_a_workstation_runs_as_many_gpu_jobs_as_it_has_gpus(tool: Path, tmp_path: Path) -> None:
    answer(tool, "nvidia-smi", "GPU 0: of some kind\nGPU 1: of some kind")
    (tmp_path / "Snakefile").write_text(JOBS)
    profile = ROOT / "workflow" / "profiles" / "workstation"
    subprocess.run(
        [sys.executable, "-m", "snakemake", "--profile", str(profile), "--cores", "4", "--quiet", "all", "--", "all"],
        cwd=tmp_path,
        check=True,
        timeout=120,
    )
    times = [tuple(map(float, (tmp_path / f"{job}.txt").read_text().split())) for job in range(4)]
    together = [sum(start <= begin < end for start, end in times) for begin, _ in times]
    assert max(together) == 2


@pytest.mark.parametrize(("profile", "cores"), [("", "all"), ("slurm", None)])
def test_the_head_node_does_not_limit_the_threads_of_jobs(profile: str, cores: str | None) -> None:
    code = (
        "import sys, yte; sys.argv = sys.argv[:1] + sys.argv[2:];"
        "print(yte.process_yaml(open('profiles/default/config.yaml'), require_use_yte=True).get('cores'))"
    )
    arguments = ["--profile", profile] if profile else []
    told = subprocess.run(
        [sys.executable, "-c", code, "-", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert told.strip() == str(cores)
