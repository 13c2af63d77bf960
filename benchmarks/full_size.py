"""Training at the published sizes: memory, seconds a frame, share of the device's peak speed.

The stages of config/recipes/street-2048.yaml, all scales trained, chunks of one frame, long enough for all temporal
discriminators, on frames of noise, without perceptual network. Memory is first estimated as `vid2vid plan` does it, on
tensors without content, by precision and by what is computed again. Then, on a GPU, each stage trains for 20 steps.
Operations of a frame are those of the plain step: what is computed again does not count. Peaks are the makers' figures
for dense matrices.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch
from plan_memory import late_phase

from vid2vid_core.config import ParallelConfig, RecipeConfig, SpeedConfig, StageConfig, load
from vid2vid_core.train.plan.phases import Phase
from vid2vid_core.train.plan.probe import noise_clips, probe_steps
from vid2vid_core.train.plan.simulate import StepCost, simulate_step

LABELS = 35
STEPS = 20
RECIPE = Path(__file__).parents[1] / "config" / "recipes" / "street-2048.yaml"
KINDS = {
    "float32": (SpeedConfig(), ParallelConfig()),
    "bf16": (SpeedConfig(autocast="bf16"), ParallelConfig()),
    "bf16, recompute scale": (SpeedConfig(autocast="bf16"), ParallelConfig(recompute="scale")),
    "bf16, recompute frame": (SpeedConfig(autocast="bf16"), ParallelConfig(recompute="frame")),
    "bf16, compiled": (SpeedConfig(autocast="bf16", compile=True), ParallelConfig()),
}
PEAKS = {"H200": (494.5e12, 989e12), "H100": (494.5e12, 989e12), "A100": (156e12, 312e12)}
"""Operations a second: TF32, which convolutions of float32 use by default, and bf16."""


def stages() -> Iterator[tuple[StageConfig, tuple[int, int], Phase]]:
    """Each stage, its size and a phase late in its training."""
    for stage in load(RecipeConfig, RECIPE).stages:
        yield stage, (stage.data.loadSize, stage.data.loadSize // 2), late_phase(stage, 1)


def variants(stage: StageConfig) -> Iterator[tuple[str, StageConfig]]:
    """The stage in every kind of precision and memory."""
    for kind, (speed, parallel) in KINDS.items():
        yield kind, replace(stage, speed=speed, parallel=parallel)


def estimate(stage: StageConfig, size: tuple[int, int], phase: Phase) -> StepCost:
    return simulate_step(stage, LABELS, size, phase, perceptual=False)


def train(stage: StageConfig, size: tuple[int, int], phase: Phase, operations: int) -> str:
    """What `STEPS` steps on a GPU took."""
    device, half = torch.device("cuda"), stage.speed.autocast != "float32"
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    clips = noise_clips(stage, LABELS, phase, size)
    try:
        probe = probe_steps(stage, LABELS, phase, clips, steps=STEPS, vgg=None, device=device)
    except torch.cuda.OutOfMemoryError:
        return "out of memory"
    name = torch.cuda.get_device_name(device)
    peak = next((figures[half] for key, figures in PEAKS.items() if key in name), None)
    share = "" if peak is None else f", {100 * operations / probe.seconds / peak:.0f} % of peak"
    return f"{probe.peak / 1e9:.1f} GB, {probe.seconds:.3f} s a frame ({probe.steps} steps){share}"


def main() -> None:
    on_gpu = torch.cuda.is_available()
    print(f"PyTorch {torch.__version__}, {torch.cuda.get_device_name() if on_gpu else 'no GPU: estimates only'}")
    for stage, size, phase in stages():
        operations = None
        for kind, variant in variants(stage):
            cost = estimate(variant, size, phase)
            operations = operations or cost.operations
            measured = train(variant, size, phase, operations) if on_gpu else "not run"
            memory = f"estimated {cost.peak / 1e9:.1f} GB, of which {cost.lasting / 1e9:.1f} GB stay"
            place = f"{size[0]}x{size[1]}, {kind}"
            print(f"{place}: {memory}; {operations / 1e12:.1f} TFLOP a frame; measured: {measured}", flush=True)


if __name__ == "__main__":
    main()
