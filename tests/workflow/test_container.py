"""Jobs in a container: the image of the config, and the files the image is made from."""

import os
import re
import sys

import pytest
import yaml
from tiny_configs import TINY_WORLD
from workspace import ROOT, Workspace

APPTAINER = """#!/bin/sh
# Stands in for apptainer: notes how it was called and runs the command without a container.
[ "$1" = --version ] && echo "apptainer version 1.3.4" && exit 0
echo "$@" >> {log}
while [ "$1" != {image} ]; do shift; done
shift
PATH={bin}:$PATH exec "$@"
"""


def test_jobs_run_in_the_configured_image(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.configure(TINY_WORLD)
    run = yaml.safe_load((workspace.folder / "run.yaml").read_text())
    workspace.write("run.yaml", run | {"container": "image.sif"})
    (workspace.folder / "image.sif").touch()
    stub, log = workspace.folder / "bin" / "apptainer", workspace.folder / "calls"
    stub.parent.mkdir()
    stub.write_text(APPTAINER.format(log=log, image="image.sif", bin=os.path.dirname(sys.executable)))
    stub.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stub.parent}:{os.environ['PATH']}")
    place = "results/datasets/tiny/world/drive-00.parquet"
    workspace.build(place, "--sdm", "apptainer", "--apptainer-args=--nv")
    assert (workspace.folder / place).exists()
    (call,) = log.read_text().splitlines()
    assert call.startswith("exec ") and " --nv " in call and " image.sif " in call


def test_image_and_definition_are_made_from_the_same_files() -> None:
    copied = re.findall(r"^COPY (.*) \S+$", (ROOT / "docker/Dockerfile").read_text(), re.MULTILINE)
    definition = (ROOT / "docker/vid2vid.def").read_text().partition("%post")[0]
    listed = re.findall(r"^    (\S+) /opt/vid2vid/\S+$", definition, re.MULTILINE)
    files = sorted(name for line in copied for name in line.split())
    assert files == sorted(listed)
    assert all((ROOT / name).exists() for name in files)
