"""Makes a Kubernetes job of the script of a Snakemake job and prints its name; config.yaml shows how it is called."""

import argparse
import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any


def main() -> int:
    """Read the command line, hand the job to kubectl."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--image", required=True, help="what jobs run in")
    parser.add_argument("--claim", required=True, help="volume claim that holds this folder")
    parser.add_argument("--mount", required=True, help="where it is mounted, here as in the jobs")
    parser.add_argument("script", help="what Snakemake has written for the job")
    options = parser.parse_args()
    manifest = make_job(options.image, options.claim, options.mount, options.script)
    command = ["kubectl", "create", "--output", "name", "--filename", "-"]
    done = subprocess.run(command, input=json.dumps(manifest), stdout=subprocess.PIPE, text=True)
    print(done.stdout.strip())
    return done.returncode


def make_job(image: str, claim: str, mount: str, script: str) -> dict[str, Any]:
    """The job as Kubernetes wants it, with the cores, memory, GPUs and minutes that the rule asks for."""
    told = read_properties(Path(script))
    asked = told["resources"]
    needs: dict[str, Any] = {"cpu": told["threads"], "memory": f"{asked.get('mem_mb', 2000)}Mi"}
    if asked.get("gpu"):
        needs["nvidia.com/gpu"] = asked["gpu"]
    container = {
        "name": "job",
        "image": image,
        "command": ["sh", script],
        "workingDir": os.getcwd(),
        "resources": {"requests": needs, "limits": {key: needs[key] for key in needs if key != "cpu"}},
        "volumeMounts": [{"name": "shared", "mountPath": mount}, {"name": "memory", "mountPath": "/dev/shm"}],
    }
    pod = {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 120,  # training writes a checkpoint when it is told to stop
        "securityContext": {"runAsUser": os.getuid(), "runAsGroup": os.getgid()},
        "containers": [container],
        "volumes": [
            {"name": "shared", "persistentVolumeClaim": {"claimName": claim}},
            {"name": "memory", "emptyDir": {"medium": "Memory"}},  # loaders share tensors in it; 64 MB are too few
        ],
    }
    name = f"vid2vid-{told['rule' if 'rule' in told else 'groupid']}-{uuid.uuid4().hex[:8]}".lower().replace("_", "-")
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "labels": {"app": "vid2vid"}},
        "spec": {
            "backoffLimit": 0,  # Snakemake tries again, with more memory
            "activeDeadlineSeconds": 60 * int(asked.get("runtime", 60)),
            "ttlSecondsAfterFinished": 86400,
            "template": {"spec": pod},
        },
    }


def read_properties(script: Path) -> dict[str, Any]:
    """What Snakemake says of the job in its script."""
    for line in script.read_text(encoding="utf-8").splitlines():
        if line.startswith("# properties = "):
            return dict(json.loads(line.removeprefix("# properties = ")))
    sys.exit(f"{script}: no line '# properties = ...'; this is no job of Snakemake")


if __name__ == "__main__":
    sys.exit(main())
