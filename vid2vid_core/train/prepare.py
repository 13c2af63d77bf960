"""Readying networks for fast training: layout in memory, activation checkpointing, compilation."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import cast

import torch
from torch import nn

from vid2vid_core.config import SpeedConfig
from vid2vid_core.models.layout import lay_out

_COMPILED_SHAPES = 64
"""Shapes a part may be compiled for before it is left as it is: two or three for each of a handful of parts."""


def prepare(networks: Iterable[nn.Module], speed: SpeedConfig) -> None:
    """Lay out weights and compile, as the config says; names and values of weights stay.

    Args:
        networks: generators and discriminators, whose `scales`, if they have any, are compiled one by one: a graph of
            one scale serves every frame, whatever is done around it.
        speed: what is wanted.
    """
    for network in networks:
        lay_out(network, channels_last=speed.channels_last)
        if speed.compile:
            torch._dynamo.config.recompile_limit = max(torch._dynamo.config.recompile_limit, _COMPILED_SHAPES)
            for part in cast(Iterable[nn.Module], getattr(network, "scales", [network])):
                part.compile(dynamic=False)


@contextmanager
def uncompiled() -> Iterator[None]:
    """Run compiled networks as they are: for a few pictures of another size, which compiling would take minutes for."""
    if "torch._dynamo" not in sys.modules:  # nothing has been compiled, and importing it takes seconds
        yield
        return
    with torch.compiler.set_stance("force_eager"):
        yield
