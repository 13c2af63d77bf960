"""The Kubernetes profile: what kubectl is told of a job, what Snakemake is told of its state, that the keys exist."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from tiny_configs import TINY_WORLD
from workspace import ROOT, Workspace

PROFILE = ROOT / "workflow" / "profiles" / "kubernetes"
KUBECTL = """#!{python}
import json, os, pathlib, subprocess, sys
store = pathlib.Path("{store}")
if sys.argv[1] == "create":
    job = json.load(sys.stdin)
    name = job["metadata"]["name"]
    (store / (name + ".json")).write_text(json.dumps(job))
    container = job["spec"]["template"]["spec"]["containers"][0]
    done = subprocess.run(container["command"], cwd=container["workingDir"], capture_output=True, text=True)
    (store / (name + ".state")).write_text("Failed" if done.returncode else "Complete")
    print("job.batch/" + name)
else:
    state = (store / (sys.argv[2].split("/")[1] + ".state")).read_text()
    print(json.dumps({{"status": {{"conditions": [{{"type": state, "status": "True"}}]}}}}))
"""


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, PROFILE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def job(tmp_path: Path, **properties: Any) -> dict[str, Any]:
    written = tmp_path / "job.sh"
    written.write_text(f"#!/bin/sh\n# properties = {json.dumps(properties)}\ntrue\n")
    made: dict[str, Any] = script("submit").make_job("image:1", "claim", "/work", str(written))
    return made


def test_a_job_asks_for_what_the_rule_asks_for(tmp_path: Path) -> None:
    made = job(tmp_path, rule="render_video", threads=4, resources={"mem_mb": 8000, "gpu": 1, "runtime": 240})
    pod = made["spec"]["template"]["spec"]
    needs = pod["containers"][0]["resources"]
    assert needs["requests"] == {"cpu": 4, "memory": "8000Mi", "nvidia.com/gpu": 1}
    assert needs["limits"] == {"memory": "8000Mi", "nvidia.com/gpu": 1}
    assert made["spec"]["activeDeadlineSeconds"] == 240 * 60
    assert pod["volumes"][0]["persistentVolumeClaim"] == {"claimName": "claim"}
    assert pod["containers"][0]["volumeMounts"][0]["mountPath"] == "/work"
    assert made["metadata"]["name"].startswith("vid2vid-render-video-")


def test_a_job_without_gpu_asks_for_none(tmp_path: Path) -> None:
    made = job(tmp_path, rule="decode_frames", threads=2, resources={"mem_mb": 2000, "gpu": 0, "runtime": 60})
    assert "nvidia.com/gpu" not in json.dumps(made)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"status": {"active": 1}}, "running"),
        ({"status": {"conditions": [{"type": "Complete", "status": "True"}]}}, "success"),
        ({"status": {"conditions": [{"type": "Failed", "status": "True"}]}}, "failed"),
        ({"status": {"conditions": [{"type": "Failed", "status": "False"}], "active": 1}}, "running"),
        (None, "failed"),
    ],
)
def test_states(answer: dict[str, Any] | None, expected: str) -> None:
    assert script("status").judge(json.dumps(answer) if answer else "") == expected


def test_every_key_is_an_option_of_snakemake() -> None:
    from snakemake.cli import get_argument_parser  # type: ignore[import-untyped]

    options = {name for action in get_argument_parser()._actions for name in action.option_strings}
    keys = yaml.safe_load((PROFILE / "config.yaml").read_text())
    own = {key for key in keys if key.startswith("cluster-generic-")}
    assert own == {"cluster-generic-submit-cmd", "cluster-generic-status-cmd", "cluster-generic-cancel-cmd"}
    assert {f"--{key}" for key in keys if key not in own} <= options


def stub(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kubectl that is first on PATH."""
    folder.mkdir()
    (folder / "kubectl").write_text(text)
    (folder / "kubectl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def test_jobs_are_cancelled_as_the_plugin_does_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stub(tmp_path / "bin", f'#!/bin/sh\necho "$@" > {tmp_path}/asked\n', monkeypatch)
    command = yaml.safe_load((PROFILE / "config.yaml").read_text())["cluster-generic-cancel-cmd"]
    subprocess.run([command, "job.batch/one", "job.batch/two"], cwd=ROOT, check=True, timeout=20)
    asked = (tmp_path / "asked").read_text().split()
    assert asked[0] == "delete" and asked[-2:] == ["job.batch/one", "job.batch/two"]


@pytest.mark.slow
def test_jobs_run_through_kubectl(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    if importlib.util.find_spec("snakemake_executor_plugin_cluster_generic") is None:
        stand_in = Path(__file__).with_name("executor")
        monkeypatch.setenv("PYTHONPATH", f"{stand_in}:{os.environ.get('PYTHONPATH', '')}")
    workspace.configure(TINY_WORLD)
    store = workspace.folder / "bin"
    stub(store, KUBECTL.format(python=sys.executable, store=store), monkeypatch)
    submit = f"{sys.executable} {PROFILE}/submit.py --image i --claim c --mount {workspace.folder}"
    status = f"{sys.executable} {PROFILE}/status.py"
    commands = ["--cluster-generic-submit-cmd", submit, "--cluster-generic-status-cmd", status, "--latency-wait", "5"]
    workspace.build("frames", "--profile", str(PROFILE), *commands, "--seconds-between-status-checks", "1")
    assert len(list(store.glob("vid2vid-decode-frames-*.json"))) == 2
