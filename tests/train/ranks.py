"""Runs a function on several gloo ranks: processes forked from a server that has imported torch once."""

import multiprocessing
import os
import socket
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["vid2vid_core.train.stage"])


def run_on_ranks(size: int, work: Callable[..., Any], *arguments: Any, seconds: float = 120) -> list[Any]:
    """What `work`, a function of a test module, returns on each rank; it finds the others by `Ranks.join("cpu")`."""
    processes, answers = [], []
    port = free_port()
    for rank in range(size):
        here, there = CONTEXT.Pipe(duplex=False)
        process = CONTEXT.Process(target=_rank, args=(rank, size, port, there, work, arguments), daemon=True)
        process.start()
        there.close()
        processes.append(process)
        answers.append(here)
    try:
        results = [_receive(rank, answer, seconds) for rank, answer in enumerate(answers)]
    finally:
        for process in processes:
            process.join(5)
            process.kill()
    return results


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _receive(rank: int, answer: Connection, seconds: float) -> Any:
    assert answer.poll(seconds), f"rank {rank} says nothing"
    try:
        failed, value = answer.recv()
    except EOFError:
        raise AssertionError(f"rank {rank} ended without a word") from None
    assert not failed, f"rank {rank}: {value}"
    return value


def _rank(rank: int, size: int, port: int, answer: Connection, work: Callable[..., Any], arguments: tuple) -> None:
    import torch

    torch.set_num_threads(1)
    names = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": size, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    os.environ.update({name: str(value) for name, value in names.items()})
    try:
        answer.send((False, work(*arguments)))
    except BaseException:
        answer.send((True, traceback.format_exc()))
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
