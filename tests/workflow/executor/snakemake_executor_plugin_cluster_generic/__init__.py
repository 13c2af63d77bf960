"""Stands in for the plugin of that name where it is not installed: the same calls of a profile's commands (1.0.9)."""

import shlex
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor
from snakemake_interface_executor_plugins.settings import CommonSettings, ExecutorSettingsBase


@dataclass
class ExecutorSettings(ExecutorSettingsBase):
    submit_cmd: str = field(default="", metadata={"help": "gets a job's script, prints the job's id"})
    status_cmd: str = field(default="", metadata={"help": "gets an id, prints running, success or failed"})
    cancel_cmd: str = field(default="", metadata={"help": "gets ids"})


common_settings = CommonSettings(
    non_local_exec=True,
    implies_no_shared_fs=False,
    job_deploy_sources=False,
    pass_default_storage_provider_args=True,
    pass_default_resources_args=True,
    pass_envvar_declarations_to_cmd=True,
    auto_deploy_default_storage_provider=False,
)


class Executor(RemoteExecutor):
    def __post_init__(self) -> None:
        self.commands = self.workflow.executor_settings

    def run_job(self, job: Any) -> None:
        script = self.get_jobscript(job)
        self.write_jobscript(job, script)
        name = subprocess.check_output(f'{self.commands.submit_cmd} "{script}"', shell=True, text=True)
        self.report_job_submission(SubmittedJobInfo(job, external_jobid=name.split("\n")[0].strip()))

    async def check_active_jobs(self, active_jobs: list[SubmittedJobInfo]) -> AsyncIterator[SubmittedJobInfo]:
        for job in active_jobs:
            command = f"{self.commands.status_cmd} '{job.external_jobid}'"
            state = subprocess.check_output(command, shell=True, text=True).strip()
            if state == "success":
                self.report_job_success(job)
            elif state == "failed":
                self.report_job_error(job)
            else:
                assert state == "running", state
                yield job

    def cancel_jobs(self, active_jobs: list[SubmittedJobInfo]) -> None:
        subprocess.check_call([self.commands.cancel_cmd, *(job.external_jobid for job in active_jobs)], timeout=2)

    def get_job_exec_prefix(self, job: Any) -> str:
        return f"cd {shlex.quote(self.workflow.workdir_init)}"

    def get_job_exec_suffix(self, job: Any) -> str:
        return "exit 0 || exit 1"
