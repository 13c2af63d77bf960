"""Prints `running`, `success` or `failed` for a Kubernetes job: `status.py job.batch/NAME`."""

import json
import subprocess
import sys
import time


def main() -> None:
    """Ask kubectl; a server that does not answer says nothing about the job."""
    command = ["kubectl", "get", sys.argv[1], "--output", "json", "--ignore-not-found"]
    for _ in range(5):
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        if done.returncode == 0:
            print(judge(done.stdout))
            return
        time.sleep(5)
    print("running")


def judge(answer: str) -> str:
    """Status of a job as kubectl describes it; one that is gone has been deleted by somebody."""
    if not answer.strip():
        return "failed"
    told = json.loads(answer).get("status", {})
    ended = {found["type"] for found in told.get("conditions", ()) if found["status"] == "True"}
    return "success" if "Complete" in ended else "failed" if "Failed" in ended else "running"


if __name__ == "__main__":
    main()
