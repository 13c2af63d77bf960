"""Keys of precision and speed against a plain float32 step: same losses, same weights, within what they may change."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from toy import LABELS, toy_stage

from vid2vid_core.config import ParallelConfig, SpeedConfig, StageConfig
from vid2vid_core.config.schedule import schedule
from vid2vid_core.train.networks import Networks, build_networks
from vid2vid_core.train.optimizers import Optimizers
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.stepping import ClipStepper, Step
from vid2vid_core.train.toy_clip import toy_clip

CPU = torch.device("cpu")
PLAIN = SpeedConfig(channels_last=False, fused_adam=False)
FRAMES = 2


def base(**generator: Any) -> StageConfig:
    stage = replace(toy_stage("any", scales=2), discriminator=replace(toy_stage().discriminator, n_scales_temporal=1))
    stage = replace(stage, generator=replace(stage.generator, **generator))
    chunks = {"n_frames_total": 2 * FRAMES, "max_frames_per_gpu": FRAMES, "max_frames_backpropagate": FRAMES}
    return replace(stage, schedule=replace(stage.schedule, niter_fix_global=0, **chunks))


def train(stage: StageConfig, steps: int = 2) -> tuple[list[Step], Networks]:
    """Chunks of one clip of noise."""
    clip = toy_clip(stage, steps * FRAMES + 2, 32, 64, seed=0)
    clip = replace(clip, controls=clip.controls % LABELS)
    state = schedule(stage, clip.images.shape[1])[0]
    networks = build_networks(stage, LABELS + stage.data.use_instance, 0, None, CPU)
    optimizers = Optimizers(networks, stage.optimizer, True, stage.speed)
    optimizers.enter(state)
    if stage.speed.autocast == "fp16":
        optimizers.updates.resume({"scale": 64.0, "good": 0.0})  # it begins so high that it has to find down first
    stepper = ClipStepper(stage, LABELS, networks, optimizers, Ranks.alone(CPU))
    stepper.begin([clip])
    return [stepper.step(state, number * FRAMES, FRAMES, "here") for number in range(steps)], networks


def require_close(found: list[Step], expected: list[Step], rtol: float, atol: float) -> None:
    """The first step within that; the next ten times as much: Adam makes whole steps of gradients that are rounding."""
    for ours, plain in zip(found, expected, strict=True):
        assert ours.terms.keys() == plain.terms.keys()
        for name, value in plain.terms.items():
            assert float(ours.terms[name]) == pytest.approx(float(value), rel=rtol, abs=atol), name
        torch.testing.assert_close(ours.made, plain.made, rtol=0, atol=10 * atol)
        rtol, atol = 10 * rtol, 10 * atol


@pytest.mark.parametrize(
    "speed", [SpeedConfig(), SpeedConfig(channels_last=False), SpeedConfig(fused_adam=False)], ids=str
)
def test_layout_and_adam_change_nothing_but_rounding(speed: SpeedConfig) -> None:
    found, networks = train(replace(base(), speed=speed))
    expected, plain = train(replace(base(), speed=PLAIN))
    require_close(found, expected, rtol=1e-3, atol=1e-4)
    for ours, theirs in zip(networks.generator.parameters(), plain.generator.parameters(), strict=True):
        # A gradient that is nothing but rounding moves Adam by the learning rate, whatever its sign.
        assert float((ours - theirs).detach().abs().max()) <= 5 * base().optimizer.lr


@pytest.mark.slow
def test_compiled_networks_change_nothing_but_rounding() -> None:
    small = replace(toy_stage(), discriminator=replace(toy_stage().discriminator, n_scales_temporal=0))
    small = replace(small, schedule=base().schedule)
    found, _ = train(replace(small, speed=SpeedConfig(compile=True)))
    expected, _ = train(replace(small, speed=PLAIN))
    require_close(found, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("speed", [SpeedConfig(), SpeedConfig(autocast="bf16")], ids=str)
@pytest.mark.parametrize("recompute", ["none", "scale", "frame"])
def test_graphs_of_compiled_networks_compute_what_the_networks_do(
    recompute: Any, speed: SpeedConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a C compiler: graphs and their gradients are traced, then run as they are."""
    compile_part = nn.Module.compile
    monkeypatch.setattr(nn.Module, "compile", lambda part, **keys: compile_part(part, backend="aot_eager", **keys))
    stage = replace(base(norm_mode="eval"), parallel=ParallelConfig(recompute=recompute), speed=speed)
    found, networks = train(replace(stage, speed=replace(speed, compile=True)))
    expected, plain = train(stage)
    require_close(found, expected, rtol=1e-2, atol=1e-3)
    for ours, theirs in zip(networks.generator.buffers(), plain.generator.buffers(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("kind", ["bf16", "fp16"])
def test_half_precision_is_close_and_only_convolutions_are_half(kind: Any) -> None:
    seen: dict[str, set[torch.dtype]] = {"conv": set(), "scale": set()}

    def note(module: nn.Module, inputs: Any, output: Any) -> None:
        if isinstance(module, nn.Conv2d) and isinstance(output, Tensor):
            seen["conv"].add(output.dtype)
        elif hasattr(output, "flow"):
            seen["scale"] |= {output.image.dtype, output.raw.dtype, output.flow.dtype, output.weight.dtype}

    handle = torch.nn.modules.module.register_module_forward_hook(note)
    try:
        found, networks = train(replace(base(), speed=SpeedConfig(autocast=kind)))
    finally:
        handle.remove()
    expected, _ = train(base())
    assert seen == {"conv": {torch.bfloat16 if kind == "bf16" else torch.float16}, "scale": {torch.float32}}
    require_close(found, expected, rtol=0.1, atol=0.03)
    different = [
        not torch.equal(ours.terms["loss_G"], plain.terms["loss_G"])
        for ours, plain in zip(found, expected, strict=True)
    ]
    assert all(different)
    assert all(value.dtype == torch.float32 for step in found for value in step.terms.values())
    assert all(weight.dtype == torch.float32 for weight in networks.generator.state_dict().values())


@pytest.mark.parametrize("norm_mode", ["train", "eval"])
@pytest.mark.parametrize("recompute", ["scale", "frame"])
def test_recomputing_changes_no_bit(recompute: Any, norm_mode: str) -> None:
    found, networks = train(replace(base(norm_mode=norm_mode), parallel=ParallelConfig(recompute=recompute)))
    expected, plain = train(base(norm_mode=norm_mode))
    for ours, theirs in zip(found, expected, strict=True):
        assert all(torch.equal(ours.terms[name], value) for name, value in theirs.terms.items())
    for name, value in plain.generator.state_dict().items():
        assert torch.equal(networks.generator.state_dict()[name], value), name


def test_recomputing_works_in_half_precision_too() -> None:
    stage = replace(base(), speed=SpeedConfig(autocast="bf16"))
    found, _ = train(replace(stage, parallel=ParallelConfig(recompute="scale")))
    expected, _ = train(stage)
    for ours, theirs in zip(found, expected, strict=True):
        assert all(torch.equal(ours.terms[name], value) for name, value in theirs.terms.items())
