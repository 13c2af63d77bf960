"""Activation checkpointing: memory for time.

Source: Chen et al., Training Deep Nets with Sublinear Memory Cost, 2016.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any, ParamSpec, TypeVar

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

P = ParamSpec("P")
R = TypeVar("R")


def recomputed(network: nn.Module, run: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call `run`, which keeps nothing between but what it is given; the backward pass calls it again for the rest.

    Results and gradients are those of a plain call to the bit, and so are running statistics: they are updated by the
    first call alone. Without gradients it is a plain call.

    Args:
        network: whose layers `run` calls; they draw no random numbers.
        run: what is to be called.
        args: of `run`.
        kwargs: likewise.
    """
    if not torch.is_grad_enabled():
        return run(*args, **kwargs)
    result: R = checkpoint(
        partial(run, *args, **kwargs),
        use_reentrant=False,
        preserve_rng_state=False,
        context_fn=lambda: (nullcontext(), _scratch_buffers(network)),
    )
    return result


@contextmanager
def _scratch_buffers(network: nn.Module) -> Iterator[None]:
    """Let the layers of a network write into copies of their buffers, which are then thrown away."""
    owned: list[tuple[dict[str, Any], dict[str, Any]]] = []
    for part in network.modules():
        if part._buffers:
            owned.append((part._buffers, dict(part._buffers)))
            part._buffers.update({name: None if own is None else own.clone() for name, own in part._buffers.items()})
    try:
        yield
    finally:
        for buffers, originals in owned:
            buffers.update(originals)
