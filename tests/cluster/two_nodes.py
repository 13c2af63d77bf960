"""A real SLURM of two nodes on this machine: its own key, ports, folders and daemons, all ended by process id."""

import contextlib
import ctypes
import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

DAEMONS = ("munged", "slurmctld", "slurmd")
COMMANDS = ("sbatch", "srun", "squeue", "scontrol", "scancel", "sinfo", "sacct", "sacctmgr", "sshare")
INSTALL = "apt-get install --no-install-recommends slurm-wlm munge"

# Any device files do as GPUs: SLURM counts them and sets CUDA_VISIBLE_DEVICES, and nobody opens them.
NODES = {"one": ("/dev/null", "/dev/full"), "two": ("/dev/zero", "/dev/random")}

# Nodes claim more CPUs and memory than this machine may have, so that jobs of a usual size fit. A credential that
# expires soon lets a requeued job start again after seconds; SLURM waits that long before it does.
CONF = """\
ClusterName=vid2vid-test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=sched_interval=2,batch_sched_delay=0,bf_interval=2
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/none
SlurmdParameters=config_overrides
GresTypes=gpu
KillWait=10
MinJobAge=300
OverTimeLimit=0
{nodes}
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=2
"""


class MissingSlurm(Exception):
    """SLURM is not installed; the text says how to get it."""


def require_programs() -> None:
    """Raises MissingSlurm if a program is not on PATH or in the folders of system daemons."""
    missing = [program for program in (*DAEMONS, *COMMANDS) if _find(program) is None]
    if missing:
        raise MissingSlurm(f"tests of the cluster need SLURM; missing: {', '.join(missing)}. On Debian:  {INSTALL}")


def _find(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/local/sbin")


@dataclass
class TwoNodes:
    """The cluster. Use it in a `with` block, which starts it and, however it ends, stops it."""

    folder: Path
    """A short path: a Unix socket's name has at most 107 characters."""
    daemons: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __enter__(self) -> "TwoNodes":
        require_programs()
        try:
            self._write_files()
            self._start_munge()
            self.start_controller()
            for node in NODES:
                self.start_node(node)
            self._wait_until_idle()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which SLURM's commands speak to this cluster.

        The plugin takes SLURM_CONF away from what it starts in a job, so that variable is set by wrappers on PATH.
        """
        outer = {name: value for name, value in os.environ.items() if not name.startswith(("SLURM", "SBATCH", "SRUN"))}
        return outer | {"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"}

    def run(self, *command: str) -> str:
        """Run one of SLURM's commands. Returns what it printed; raises if it fails."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
        return done.stdout

    def start_controller(self) -> None:
        """Start slurmctld, which goes on from its saved state."""
        self._start("slurmctld", "-D", "-i")

    def stop_controller(self) -> None:
        """End slurmctld. Jobs go on, as they do on a cluster."""
        _end(self.daemons.pop("slurmctld"))

    def start_node(self, node: str) -> None:
        """Start the slurmd of one node."""
        self._start("slurmd", "-D", "-N", node, name=f"slurmd-{node}")

    def cut_power(self, node: str) -> None:
        """Kill a node with all that runs on it, and tell the controller, which would find out in some minutes."""
        daemon = self.daemons.pop(f"slurmd-{node}")
        daemon.kill()
        daemon.wait()
        tasks = [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if self._is_task(pid, node)]
        for pid in (*{_step_daemon(task) for task in tasks}, *tasks):  # what would report their deaths goes first
            if pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self.run("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=power")

    def repair(self, node: str) -> None:
        """Start a node again."""
        self.start_node(node)
        self.run("scontrol", "update", f"NodeName={node}", "State=RESUME")

    def _is_task(self, pid: int, node: str) -> bool:
        """Whether a process belongs to a job of this cluster on a node."""
        try:
            variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return False
        ours = any(value.startswith(f"PATH={self.folder}/bin:".encode()) for value in variables)
        return ours and f"SLURMD_NODENAME={node}".encode() in variables

    def stop(self) -> None:
        """Cancel what runs and end all daemons, those of the nodes before the controller, munge last."""
        if "slurmctld" in self.daemons:
            subprocess.run(
                ["scancel", "--user", getpass.getuser()], env=self.environment, capture_output=True, timeout=60
            )
            self._wait_until_empty()
        for name in sorted(self.daemons, key=lambda name: (name == "munged", name == "slurmctld")):
            _end(self.daemons.pop(name))

    def _write_files(self) -> None:
        for name in ("state", *(f"spool-{node}" for node in NODES)):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)  # munged refuses a socket in a folder that others may write to
        key = self.folder / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(128))
        host = socket.gethostname().split(".")[0]
        controller, *ports = _free_ports(1 + len(NODES))
        nodes = [
            f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} "
            f"CPUs=16 RealMemory=200000 Gres=gpu:toy:{len(gpus)} State=UNKNOWN"
            for (node, gpus), port in zip(NODES.items(), ports, strict=True)
        ]
        conf = CONF.format(
            host=host, folder=self.folder, user=getpass.getuser(), controller_port=controller, nodes="\n".join(nodes)
        )
        (self.folder / "slurm.conf").write_text(conf)
        gres = [f"NodeName={node} Name=gpu Type=toy File={gpu}" for node, gpus in NODES.items() for gpu in gpus]
        (self.folder / "gres.conf").write_text("\n".join(["AutoDetect=off", *gres, ""]))
        (self.folder / "bin").mkdir()
        for command in COMMANDS:
            wrapper = self.folder / "bin" / command
            wrapper.write_text(f'#!/bin/sh\nSLURM_CONF={self.folder}/slurm.conf exec {_find(command)} "$@"\n')
            wrapper.chmod(0o755)

    def _start_munge(self) -> None:
        place = {option: self.folder / f"munge.{option}" for option in ("socket", "pid", "log", "seed", "key")}
        self._start(
            "munged",
            "--foreground",
            f"--socket={place['socket']}",
            f"--pid-file={place['pid']}",
            f"--log-file={place['log']}",
            f"--seed-file={place['seed']}",
            f"--key-file={place['key']}",
        )
        self._wait_for(place["socket"].exists, "munged does not open its socket", "munged")

    def _start(self, program: str, *arguments: str, name: str | None = None) -> None:
        found = _find(program)
        if found is None:
            raise MissingSlurm(f"{program} is not installed. On Debian:  {INSTALL}")
        name = name or program
        environment = self.environment | {"SLURM_CONF": str(self.folder / "slurm.conf")}
        with (self.folder / f"{name}.out").open("ab") as output:
            # A session of its own: Ctrl-C at the tests must not end it before they have cleaned up.
            self.daemons[name] = subprocess.Popen(
                [found, *arguments],
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )

    def _wait_until_idle(self) -> None:
        def idle() -> bool:
            done = subprocess.run(
                ["sinfo", "-h", "-N", "-p", "main", "-o", "%T"],
                env=self.environment,
                capture_output=True,
                text=True,
                timeout=60,
            )
            return done.returncode == 0 and done.stdout.split() == ["idle"] * len(NODES)

        self._wait_for(idle, "the nodes do not come up", "slurmctld")

    def _wait_until_empty(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            left = subprocess.run(["squeue", "-h"], env=self.environment, capture_output=True, text=True, timeout=60)
            if left.returncode != 0 or not left.stdout.strip():
                return
            time.sleep(0.5)

    def _wait_for(self, condition: Callable[[], bool], complaint: str, daemon: str) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            if time.monotonic() > deadline or self.daemons[daemon].poll() is not None:
                logs = "\n".join(path.read_text(errors="replace")[-2000:] for path in self.folder.glob(f"{daemon}*.*"))
                raise RuntimeError(f"{complaint}:\n{logs}")
            time.sleep(0.2)


def _end_with_parent() -> None:
    """Have the kernel end this process should the tests be killed."""
    set_death_signal = 1
    ctypes.CDLL(None).prctl(set_death_signal, int(signal.SIGTERM))


def _step_daemon(pid: int) -> int | None:
    """The slurmstepd that has started a process, if any."""
    while pid > 1:
        try:
            facts = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return None
        if facts[facts.index("(") + 1 : facts.rindex(")")].startswith("slurmstepd"):
            return pid
        pid = int(facts[facts.rindex(")") + 1 :].split()[1])
    return None


def _end(daemon: subprocess.Popen[bytes]) -> None:
    daemon.terminate()
    try:
        daemon.wait(timeout=15)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
