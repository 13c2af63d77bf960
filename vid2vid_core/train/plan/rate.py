"""How fast a device is at what the networks mostly do: 3x3 convolutions, forward and backward."""

import time

import torch
from torch.nn.functional import conv2d

_CHANNELS = 128
_HEIGHT, _WIDTH = 64, 128
_SECONDS = 0.5


def operations_per_second(device: torch.device) -> float:
    """Floating-point operations a second, measured in about half a second."""
    channels = _CHANNELS if device.type == "cpu" else 4 * _CHANNELS
    picture = torch.randn(1, channels, _HEIGHT, _WIDTH, device=device).requires_grad_()
    kernel = torch.randn(channels, channels, 3, 3, device=device).requires_grad_()
    once = 3 * 2 * 9 * channels**2 * _HEIGHT * _WIDTH
    _convolve(picture, kernel)  # warms up
    start, rounds = time.perf_counter(), 0
    while time.perf_counter() - start < _SECONDS:
        _convolve(picture, kernel)
        rounds += 1
    return once * rounds / (time.perf_counter() - start)


def _convolve(picture: torch.Tensor, kernel: torch.Tensor) -> None:
    loss = conv2d(picture, kernel, padding=1).sum()
    torch.autograd.grad(loss, (picture, kernel))
    if picture.device.type == "cuda":
        torch.cuda.synchronize(picture.device)
