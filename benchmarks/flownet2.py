"""FlowNet2: pairs per second, peak memory, what it costs a training step, and its correlation against a plain loop.

The weights are random, since times do not depend on them. On a CPU the time is processor time of one thread, so that
other programs on the machine do not count; on a GPU it is wall time. The last line is about the correlation alone on
the CPU, on the map of a 512x256 image (256 channels); the baseline is the plain way, one shifted product for each of
the 441 displacements.
"""

import resource
from collections.abc import Callable

import torch
from flow_step import clock_of, step_seconds
from torch import Tensor
from torch.nn.functional import pad

from vid2vid_core.models.flownet2 import FlowNet2
from vid2vid_core.models.flownet2.correlation import correlation

SIZES = ((512, 256), (1024, 512))
"""Width, height."""
NGF = {"cpu": 32, "cuda": 128}
"""Filters of the generator whose training step is timed; 128 is the published width."""


def one_by_one(first: Tensor, second: Tensor) -> Tensor:
    """The correlation as a loop over displacements."""
    height, width = first.shape[-2:]
    padded = pad(second, [20] * 4)
    steps = range(0, 41, 2)
    costs = [(first * padded[..., j : j + height, i : i + width]).mean(1) for j in steps for i in steps]
    return torch.stack(costs, dim=1)


def best(run: Callable[[], object], device: torch.device, repeats: int) -> float:
    """Shortest time in seconds, after one run to warm up."""
    clock, times = clock_of(device), []
    for _ in range(repeats + 1):
        start = clock()
        run()
        times.append(clock() - start)
    return min(times[1:])


def peak_memory(device: torch.device) -> float:
    """Largest so far, GB: of the whole process on a CPU, of tensors on a GPU since the counter was reset."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated() / 1e9
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9  # Linux counts in KiB


def time_pairs(network: FlowNet2, device: torch.device) -> None:
    """Print a line for every size, batch and precision."""
    # A GPU has room for batches and for 16 bit; on a CPU neither gains anything.
    on_cpu = device.type == "cpu"
    kinds = [(1, False)] if on_cpu else [(1, False), (8, False), (1, True), (8, True)]
    for width, height in SIZES:
        for batch, half in kinds:
            images = torch.rand(2, batch, 3, height, width, device=device) * 2 - 1
            if device.type == "cuda":
                torch.cuda.reset_peak_memory_stats()
            with torch.inference_mode(), torch.autocast(device.type, torch.float16, enabled=half):
                seconds = best(lambda images=images: network(images[0], images[1]), device, 2 if on_cpu else 10)
            kind = f"batch {batch}  {'float16' if half else 'float32'}"
            print(f"{device.type:6}{f'{width}x{height}':>10}  {kind}{batch / seconds:>9.2f} pairs/s   "
                  f"peak memory {peak_memory(device):.2f} GB", flush=True)  # fmt: skip


def time_steps(network: FlowNet2, device: torch.device) -> None:
    """Print what online flow does to a training step."""
    ngf = NGF[device.type]
    stored, online = step_seconds(network, device, ngf, repeats=1 if device.type == "cpu" else 10)
    print(f"{device.type:6}   512x256  training step, ngf {ngf}: {stored:.2f} s with stored flow, {online:.2f} s with "
          f"online FlowNet2, {online / stored:.2f} times as long", flush=True)  # fmt: skip


def time_correlation(device: torch.device) -> tuple[float, float]:
    """Milliseconds of ours and of the loop, on 32x64 maps of 256 channels; both must agree first."""
    first, second = torch.randn(2, 1, 256, 32, 64, device=device).unbind()
    torch.testing.assert_close(correlation(first, second), one_by_one(first, second), rtol=1e-3, atol=1e-4)
    with torch.inference_mode():
        ours = best(lambda: correlation(first, second), device, 10)
        baseline = best(lambda: one_by_one(first, second), device, 3)
    return 1e3 * ours, 1e3 * baseline


def main() -> None:
    torch.set_num_threads(1)
    devices = [torch.device(name) for name in ("cpu", *(["cuda"] if torch.cuda.is_available() else []))]
    print(f"PyTorch {torch.__version__}, {torch.cuda.get_device_name() if len(devices) > 1 else 'no GPU'}")
    for device in devices:
        network = FlowNet2().requires_grad_(False).eval().to(device)
        if device.type == "cpu":
            network.to(memory_format=torch.channels_last)  # as `load_flownet2` leaves it
        time_pairs(network, device)
        time_steps(network, device)
    for device in reversed(devices):
        ours, baseline = time_correlation(device)
        name = "correlation" if device.type == "cpu" else "correlation on the GPU"
        print(f"{name}: {baseline / ours:.1f}x (ours {ours:.3g} ms, baseline {baseline:.3g} ms)")


if __name__ == "__main__":
    main()
