"""Golden fixtures of rendered sequences."""

import re
from typing import Any

import torch
from torch import Tensor, nn

from parity.configs import control_channels, generator_config, load_generator
from parity.fixture import Comparison, Fixture
from parity.image_networks import load_image_generator
from vid2vid_core.ops import encode_controls
from vid2vid_core.render.rollout import Rollout


class Spy:
    """Remembers what the first and the last step of a sequence gave the generator."""

    def __init__(self) -> None:
        self.first: tuple[Any, ...] | None = None
        self.last: tuple[Any, ...] = ()

    def __call__(self, generator: nn.Module, inputs: tuple[Any, ...]) -> None:
        """A forward hook."""
        self.first = self.first or inputs
        self.last = inputs


def run_inference(fixture: Fixture, comparison: Comparison) -> None:
    """One sequence after another with the same generator; only the first has no name of its own."""
    config = fixture.config
    generator = load_generator(fixture, generator_config(config), control_channels(config)).requires_grad_(False)
    rollout = Rollout(generator)
    names = {key: re.fullmatch(r"in\.(.*)A", key) for key in fixture.arrays}
    for prefix in sorted({match[1] for match in names.values() if match}):
        controls, instances = fixture.inputs(f"{prefix}A"), fixture.arrays.get(f"in.{prefix}inst")
        encoded = encode_controls(
            controls.long() if config["label_nc"] else controls,
            instances.long() if instances is not None and config["use_instance"] else None,
            config["label_nc"],
        )
        _run_sequence(prefix, encoded, rollout, generator, fixture, comparison)


def _run_sequence(
    prefix: str, encoded: Tensor, rollout: Rollout, generator: nn.Module, fixture: Fixture, comparison: Comparison
) -> None:
    frames = fixture.config["n_frames_G"]
    rollout.reset(_first_pictures(prefix, encoded, fixture))
    spy = Spy()
    hook = generator.register_forward_pre_hook(spy)
    try:
        windows = [encoded[None, t : t + frames] for t in range(len(encoded) - frames + 1)]
        outputs = [rollout.step(window).images[::-1] for window in windows]
    finally:
        hook.remove()
    comparison.array(f"{prefix}frames", torch.cat([images[0] for images in outputs]))
    assert spy.first is not None  # there was a step
    for level, previous in enumerate(reversed(spy.first[1])):
        comparison.array(f"{prefix}first_pyramid.{level}", previous.unflatten(1, (-1, 3))[0])
        if level:
            comparison.array(f"{prefix}frames_pyramid.{level}", torch.cat([images[level] for images in outputs]))
    if f"{prefix}encoded_input_last" in fixture.outputs:
        comparison.array(f"{prefix}encoded_input_last", spy.last[0][-1][0, -encoded.shape[1] :])


def _first_pictures(prefix: str, encoded: Tensor, fixture: Fixture) -> Tensor | None:
    """What the sequence begins from: nothing, real pictures, or those of a single-image generator."""
    config = fixture.config
    past = config["n_frames_G"] - 1
    if config["no_first_img"]:
        return None
    if config["use_real_img"]:
        return fixture.inputs(f"{prefix}B")[None, :past]
    network = load_image_generator("global", config["netG_i"], fixture.states["netG_i"], "netG_i")
    seen = encoded[:past, : config["netG_i"]["input_nc"]]
    # One picture at a time: whatever the norm, it sees this frame alone.
    return torch.cat([network(frame[None]) for frame in seen])[None].detach()


KINDS = {"inference": run_inference}
