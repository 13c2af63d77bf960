"""Golden fixtures of generated training chunks: pictures, state, and where gradients go."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from parity.configs import control_channels, generator_config, generator_keys, load_generator
from parity.fixture import Comparison, Fixture, FixtureError
from vid2vid_core.config.schedule import EpochState
from vid2vid_core.train.rollout import Carry, generate_chunk, start_clip
from vid2vid_core.types import Chunk, Clip

NORM_RTOL = 1e-4
"""Tolerance of gradient norms in float64, of the fixtures' README."""


def read_clip(fixture: Fixture) -> Clip:
    """The whole sequence; reference flows, where there are any, are given per chunk of new frames."""
    config = fixture.config
    images, controls, instances = fixture.inputs("B"), fixture.inputs("A"), fixture.arrays.get("in.inst")
    batch, frames, _, height, width = images.shape
    flow = torch.zeros(batch, frames - 1, 2, height, width)
    confidence = torch.zeros(batch, frames - 1, 1, height, width)
    chunk, number = config["frames_per_chunk"], 0
    while f"in.chunk{number}.flow_ref" in fixture.arrays:
        first = config["n_frames_G"] - 2 + number * chunk  # entry t of a clip's flow belongs to frame t + 1
        flow[:, first : first + chunk] = fixture.inputs(f"chunk{number}.flow_ref")
        confidence[:, first : first + chunk] = fixture.inputs(f"chunk{number}.conf_ref")
        number += 1
    return Clip(
        images=images,
        controls=controls.long() if config["label_nc"] else controls,
        instances=instances.long() if instances is not None and config["use_instance"] else None,
        flow=flow,
        confidence=confidence,
    )


def epoch_state(config: Mapping[str, Any], backpropagate: int, train_all_scales: bool, lr: float) -> EpochState:
    """The state of the only epoch."""
    return EpochState(
        epoch=1,
        lr=lr,
        n_frames_total=config["n_frames_total"],
        chunk_frames=config["frames_per_chunk"],
        n_frames_bp=backpropagate,
        train_all_scales=train_all_scales,
    )


def run_train_chunk(fixture: Fixture, comparison: Comparison) -> None:
    """Consecutive chunks, for every combination of backpropagation length and frozen scales.

    Parameters of frozen scales are left able to learn: the cut in the generator alone must keep gradients away.
    """
    config = fixture.config
    generator = load_generator(fixture, generator_config(config), control_channels(config))
    keys = generator_keys(generator)
    clip, frames = read_clip(fixture), config["frames_per_chunk"]
    for entry in fixture.side["gradient_norms"]:
        state = epoch_state(config, entry["n_frames_backpropagate"], entry["finetune_all"], lr=1e-4)
        carry = start_clip(clip.images, generator.config)
        for number in range(config["n_chunks"]):
            chunk, carry = generate_chunk(generator, clip, number * frames, frames, carry, state, config["label_nc"])
            _compare_chunk(f"chunk{number}", chunk, carry, fixture, comparison)
            for key, expected in entry.items():
                if key.startswith(f"chunk{number}."):
                    place = f"bp {state.n_frames_bp}, all {state.train_all_scales}, {key}"
                    loss = _loss(key.split(".", 1)[1], chunk)
                    compare_norms(place, _gradients(loss, keys), expected, comparison)


def compare_norms(
    place: str,
    gradients: Mapping[tuple[str, str], Tensor | None],
    expected: Mapping[str, Mapping[str, float | None]],
    comparison: Comparison,
) -> None:
    """Norms of gradients below the first part of the released keys; None where no gradient arrives."""
    for network, tops in expected.items():
        for top, norm in tops.items():
            name = f"{place}: gradient of {network}.{top}"
            own = [
                gradient
                for (owner, key), gradient in gradients.items()
                if owner == network and key.startswith(f"{top}.") and gradient is not None
            ]
            comparison.equal(f"{name} exists", bool(own), norm is not None)
            if own and norm is not None:
                total = float(torch.stack([gradient.square().sum() for gradient in own]).sum().sqrt())
                comparison.value(name, total, norm, rtol=NORM_RTOL)


def _compare_chunk(name: str, chunk: Chunk, carry: Carry, fixture: Fixture, comparison: Comparison) -> None:
    got: dict[str, Tensor | None] = {
        "fake_B": chunk.image,
        "fake_B_raw": chunk.raw,
        "flow": chunk.flow,
        "weight": chunk.weight,
        "fake_B_prev_for_warp": chunk.previous,
    }
    # What the losses compare with is stored of the first chunk only.
    if f"{name}.real_A" in fixture.outputs:
        got["real_A"] = chunk.controls
    if f"{name}.real_B_prev_and_current" in fixture.outputs:
        got["real_B_prev_and_current"] = torch.cat((chunk.real_previous[:, :1], chunk.real), dim=1)
    for key, value in got.items():
        if value is None and f"{name}.{key}" not in fixture.outputs:
            continue  # without flow
        comparison.array(f"{name}.{key}", value)
    for level, pictures in enumerate(reversed(carry.pictures)):
        comparison.array(f"{name}.last_pyramid.{level}", pictures)
        comparison.require(f"{name}: the state handed on is cut", not pictures.requires_grad)
    comparison.require(f"{name}: previous pictures of the warp loss are cut", not chunk.previous.requires_grad)


def _loss(name: str, chunk: Chunk) -> Tensor | None:
    """A loss whose gradients the fixture holds; None if it concerns what this configuration does not make."""
    if name == "image_loss":
        return chunk.image.square().sum() + chunk.raw.square().sum()
    if name == "image_loss_last_frame_only":
        return chunk.image[:, -1].square().sum() + chunk.raw[:, -1].square().sum()
    if name == "flow_loss":
        if chunk.flow is None or chunk.weight is None:
            return None
        return chunk.flow.square().sum() + chunk.weight.square().sum()
    raise FixtureError(f"do not know what the loss {name} is")


def _gradients(
    loss: Tensor | None, keys: Mapping[tuple[str, str], nn.Parameter]
) -> dict[tuple[str, str], Tensor | None]:
    if loss is None:
        return dict.fromkeys(keys)
    gradients = torch.autograd.grad(loss, list(keys.values()), retain_graph=True, allow_unused=True)
    return dict(zip(keys, gradients, strict=True))


KINDS = {"train_chunk": run_train_chunk}
