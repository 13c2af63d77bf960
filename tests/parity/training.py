"""Golden fixtures of whole optimisation steps."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from parity.configs import (
    ParameterKeys,
    control_channels,
    discriminator_table,
    generator_keys,
    load_generator,
    named_by_key,
    stage_config,
)
from parity.fixture import Comparison, Fixture
from parity.perceptual import load_vgg
from parity.rollout import epoch_state, read_clip
from parity.temporal import frame_numbers, numbered_chunk
from vid2vid_core.config import GeneratorConfig, StageConfig
from vid2vid_core.config.schedule import EpochState
from vid2vid_core.legacy.keys import load_released
from vid2vid_core.losses import total
from vid2vid_core.train.networks import Networks, build_networks
from vid2vid_core.train.optimizers import Optimizers
from vid2vid_core.train.rollout import Carry, generate_chunk, start_clip
from vid2vid_core.train.step import StepLosses, chunk_losses, update
from vid2vid_core.train.temporal import DenseHistory, Groups, SparseHistory, make_history
from vid2vid_core.types import Clip

History = DenseHistory | SparseHistory
Members = list[list[list[int]] | None]
"""Per temporal scale the frames of every group; None where there are none."""

PARAMETER_ATOL = 1e-6
"""Tolerance of parameters after the steps in float64, of the fixtures' README."""


def load_networks(fixture: Fixture, stage: StageConfig) -> tuple[Networks, ParameterKeys]:
    """The networks of a stage with the fixture's weights, and every parameter by network and released key."""
    networks, keys = load_judges(fixture, stage)
    networks.generator = load_generator(fixture, stage.generator, control_channels(fixture.config))
    return networks, generator_keys(networks.generator) | keys


def load_judges(fixture: Fixture, stage: StageConfig) -> tuple[Networks, ParameterKeys]:
    """As `load_networks`, but with the smallest generator, for the caller to replace."""
    small = replace(stage, generator=GeneratorConfig(ngf=1, n_blocks=1, n_downsample_G=1))
    networks = build_networks(small, control_channels(fixture.config), 0, None, torch.device("cpu"))
    networks.vgg = load_vgg(fixture)
    judges = {"netD": networks.discriminator, "netD_f": networks.face}
    judges |= {f"netD_T{k}": network for k, network in enumerate(networks.temporal)}
    keys: ParameterKeys = {}
    for name, network in judges.items():
        if network is not None:
            table = discriminator_table(fixture, name, network, stage.discriminator)
            load_released(network, table, fixture.states[name], name)
            keys |= named_by_key(name, network, table)
    return networks, keys


@dataclass(frozen=True)
class Trial:
    """What stays the same from step to step."""

    fixture: Fixture
    stage: StageConfig
    networks: Networks
    clip: Clip
    state: EpochState

    def losses(self, number: int, carry: Carry, history: History, members: Members) -> tuple[StepLosses, Tensor, Carry]:
        """Generate chunk `number` and judge it; adds it to the history. Gives losses, pictures and the new carry."""
        frames = self.state.chunk_frames
        label_nc = self.fixture.config["label_nc"]
        chunk, after = generate_chunk(
            self.networks.generator, self.clip, number * frames, frames, carry, self.state, label_nc
        )
        groups = history.add(chunk)
        self._give_flows(number, groups, members)
        return chunk_losses(self.networks, chunk, groups, self.stage), chunk.image, after

    def _give_flows(self, number: int, groups: list[Groups | None], members: Members) -> None:
        """Replace our chained flows between distant frames by the ones the fixture was made with.

        They are given for dense groups; sparse groups were made with the flows to the neighbours (a defect of the
        original; the number of a frame says which).
        """
        past = self.stage.generator.n_frames_G - 1  # new frame 0 is frame `past` of the clip
        for scale, (group, frames) in enumerate(zip(groups, members, strict=True)):
            if group is None or frames is None or scale == 0:
                continue
            if self.stage.discriminator.sparse_D:
                rows = [torch.stack([self.clip.flow[:, t + past - 1] for t in row[1:]], dim=1) for row in frames]
                group.flows = torch.cat(rows)
            else:
                given = self.fixture.inputs(f"chunk{number}.flow_skipped{scale}")
                group.flows = given.reshape(group.flows.shape)


def run_train_steps(fixture: Fixture, comparison: Comparison) -> None:
    """Consecutive chunks, each one step; after each step its chunk once more, with what was known before it."""
    config = fixture.config
    stage = stage_config(config)
    networks, keys = load_networks(fixture, stage)
    begin = {key: parameter.detach().clone() for key, parameter in keys.items()}
    state = epoch_state(config, config.get("n_frames_backpropagate", 1), config["finetune_all"], config["lr"])
    optimizers = Optimizers(networks, stage.optimizer, state.train_all_scales)
    optimizers.enter(state)
    _compare_adam(optimizers.generator, config, comparison)
    trial = Trial(fixture, stage, networks, read_clip(fixture), state)
    carry, history = start_clip(trial.clip.images, stage.generator), make_history(stage.discriminator)
    numbers = make_history(stage.discriminator)
    for number, step in enumerate(fixture.side["steps"]):
        numbered = numbers.add(numbered_chunk(number * state.chunk_frames, state.chunk_frames))
        members = [None if group is None else frame_numbers(group.real) for group in numbered]
        known = carry, copy.deepcopy(history)
        before, pictures, carry = trial.losses(number, carry, history, members)
        comparison.array(f"chunk{number}.fake_B", pictures)
        comparison.equal(f"step {number}: temporal scales", len(before.temporal), step["active_temporal_scales"])
        report = update(networks, optimizers, before, f"step {number}")
        _compare_losses(f"step {number} before", report, step["before"], comparison)
        with torch.no_grad():
            after, _, _ = trial.losses(number, *known, members)
        _compare_losses(f"step {number} after", _report(after), step["after"], comparison)
    _compare_parameters(fixture, keys, begin, comparison)


def _report(losses: StepLosses) -> dict[str, Tensor]:
    """Terms and totals of losses that are not stepped."""
    totals = {"loss_G": total(losses.generator), "loss_D": total(losses.discriminator) / 2}
    totals |= {f"loss_D_T{k}": total(terms) / 2 for k, terms in losses.temporal.items()}
    return losses.all() | totals


def _compare_losses(
    place: str, got: Mapping[str, Tensor], expected: Mapping[str, float], comparison: Comparison
) -> None:
    """A term that is switched off has no entry with us, and is zero in the fixture."""
    ours = {name for name in got if not name.startswith("gradient_")}
    comparison.equal(f"{place}: terms unknown to the fixture", ours - set(expected), set())
    for name, value in expected.items():
        comparison.value(f"{place}: {name}", float(got.get(name, torch.zeros(()))), value)


def _compare_adam(optimizer: torch.optim.Optimizer, config: Mapping[str, Any], comparison: Comparison) -> None:
    """The generator's; with two time scales its rate is another than the nominal one."""
    for name, value in config.get("adam", {}).items():
        if name == "lr" and config.get("TTUR"):
            continue
        for group in optimizer.param_groups:
            comparison.equal(f"Adam: {name}", list(group[name]) if name == "betas" else group[name], value)


def _compare_parameters(
    fixture: Fixture, keys: ParameterKeys, begin: Mapping[tuple[str, str], Tensor], comparison: Comparison
) -> None:
    for full, expected in fixture.side["parameters_after"].items():
        network, released = full.split(".", 1)
        values = keys[network, released].detach()
        comparison.value(f"{full}: mean", float(values.mean()), expected["mean"], rtol=0, atol=PARAMETER_ATOL)
        comparison.value(f"{full}: std", float(values.std()), expected["std"], rtol=0, atol=PARAMETER_ATOL)
        for got, value in zip(values.flatten().tolist(), expected.get("first5", ()), strict=False):
            comparison.value(f"{full}: first values", got, value, rtol=0, atol=PARAMETER_ATOL)
        if f"param.{full}.first" in fixture.outputs:
            count = len(fixture.arrays[f"out.param.{full}.first"])
            comparison.array(f"param.{full}.first", values.flatten()[:count])
    # Biases in front of a norm are moved by rounding noise alone, so that only weights tell.
    for network, tops in fixture.side["weights_changed"].items():
        for top, changed in tops.items():
            moved = [
                not torch.equal(parameter, begin[owner, key])
                for (owner, key), parameter in keys.items()
                if owner == network and key.startswith(f"{top}.") and key.endswith(".weight")
            ]
            comparison.equal(f"{network}.{top} changed", any(moved), changed)


KINDS = {"train_steps": run_train_steps}
