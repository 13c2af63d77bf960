"""The sequential networks of a folder of released checkpoint files.

    <epoch>_net_G0.pth, G1, G2, ...   generators, coarse to fine
    <epoch>_net_D.pth, D_f, D_T0, ... discriminators, where they are there: training can go on from them

Every tensor must be where the inferred networks have one, so a foreign, mixed or incomplete folder is an error. The
networks normalise by the statistics of the frame at hand, as they were trained (norm_mode train).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import nn
from tqdm import tqdm

from vid2vid_core.config import DiscriminatorConfig, GeneratorConfig, LossConfig, StageConfig
from vid2vid_core.legacy.composite_keys import generator_layers
from vid2vid_core.legacy.discriminator_keys import discriminator_layers
from vid2vid_core.legacy.hints import Hints, resolve_controls, resolve_data, resolve_fg_labels, resolve_no_first_img
from vid2vid_core.legacy.infer import Generators, State, infer_discriminators, infer_generators
from vid2vid_core.legacy.keys import Layer, to_ours
from vid2vid_core.legacy.released_files import read_file
from vid2vid_core.legacy.stage import identifier
from vid2vid_core.models import MultiscaleDiscriminator, VideoGenerator
from vid2vid_core.models.weights import WeightsInfo


@dataclass(frozen=True)
class VideoNetworks:
    """What a folder holds, under our names."""

    networks: dict[str, nn.Module]
    """By the name their weights are stored under: generator, discriminator, discriminator_face, temporal.0, ..."""
    info: WeightsInfo
    assumptions: list[str]
    """What neither the files nor the user said, in plain English."""
    files: list[Path]
    """Those that were read."""


def read_video_networks(files: Mapping[str, Path], hints: Hints, name: str) -> VideoNetworks:
    """The sequential generators and discriminators of a folder.

    Args:
        files: Checkpoint files by label (`released_files.find_files`).
        hints: What the shapes cannot tell.
        name: Name of the folder; becomes the stage's.

    Raises:
        ValueError: If a file is missing, damaged, or does not hold what the others say; names file and key.
    """
    coarse_to_fine = _numbered(files, "G")
    judges = [label for label in ("D", "D_f") if label in files] + _numbered(files, "D_T")
    labels = [*coarse_to_fine, *judges]
    states = {label: read_file(files[label]) for label in tqdm(labels, desc="read", unit="file", disable=None)}
    places = {label: str(files[label]) for label in labels}
    found = infer_generators([states[label] for label in coarse_to_fine], [places[label] for label in coarse_to_fine])
    stage, label_nc, assumptions = _stage(found, states, places, hints, name)
    networks: dict[str, nn.Module] = {"generator": _generator(stage.generator, found, states, places)}
    networks |= _discriminators(stage, found.control_channels, states, places)
    info = WeightsInfo(
        stage=stage,
        label_nc=label_nc,
        ignore=(),
        control_channels=found.control_channels,
        dataset=f"of the released checkpoint {name}",
    )
    return VideoNetworks(networks, info, assumptions, [files[label] for label in labels])


def _numbered(files: Mapping[str, Path], kind: str) -> list[str]:
    """Labels G0, G1, ... as far as they go. Raises ValueError if a number is left out."""
    numbers = sorted(int(match[1]) for label in files if (match := re.fullmatch(rf"{kind}(\d+)", label)))
    missing = sorted(set(range(max(numbers, default=-1) + 1)) - set(numbers))
    if missing:
        path = files[f"{kind}{numbers[-1]}"]
        lacking = path.with_name(path.name.replace(f"{kind}{numbers[-1]}.pth", f"{kind}{missing[0]}.pth"))
        raise ValueError(f"{lacking} is missing, though {path.name} is there; all numbers from 0 up belong together")
    return [f"{kind}{number}" for number in numbers]


def _stage(
    found: Generators, states: Mapping[str, State], places: Mapping[str, str], hints: Hints, name: str
) -> tuple[StageConfig, int, list[str]]:
    """The stage's config, label_nc, and what was taken for granted."""
    place = places["G0"]
    controls = resolve_controls(found.control_channels, hints, place, fg=found.config.fg)
    assumptions = [controls.assumption]
    no_first_img, beginning = resolve_no_first_img(controls, hints)
    generator = replace(found.config, no_first_img=no_first_img)
    if generator.fg:
        labels, foreground = resolve_fg_labels(controls, hints, place)
        generator = replace(generator, fg_labels=labels)
        assumptions.append(foreground)
    data, scaling = resolve_data(controls, hints)
    judges, one_list = _judges(states, places)
    try:
        stage = StageConfig(
            name=identifier(name),
            generator=generator,
            discriminator=judges,
            losses=LossConfig(no_ganFeat=one_list),
            controls=controls.config,
            data=data,
        )
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from error
    return stage, controls.label_nc, [text for text in (*assumptions, beginning, scaling) if text]


def _judges(states: Mapping[str, State], places: Mapping[str, str]) -> tuple[DiscriminatorConfig, bool]:
    """Sizes of the discriminators, and whether they are in the naming without feature matching."""
    temporal = [label for label in states if label.startswith("D_T")]
    if "D" not in states and not temporal:
        return DiscriminatorConfig(n_scales_temporal=0), False
    found = infer_discriminators(states.get("D"), states.get("D_T0"), places)
    sizes = replace(found.config, n_scales_temporal=len(temporal), add_face_disc="D_f" in states)
    return sizes, found.one_list


def _generator(
    config: GeneratorConfig, found: Generators, states: Mapping[str, State], places: Mapping[str, str]
) -> VideoGenerator:
    with torch.device("meta"):
        generator = VideoGenerator(config, found.control_channels)
    for scale, network in enumerate(generator.scales):
        fill(network, generator_layers(config, scale), states[f"G{scale}"], places[f"G{scale}"])
    return generator


def _discriminators(
    stage: StageConfig, control_channels: int, states: Mapping[str, State], places: Mapping[str, str]
) -> dict[str, nn.Module]:
    """The discriminators there are, by the name their weights are stored under."""
    sizes, frames = stage.discriminator, stage.discriminator.n_frames_D
    networks: dict[str, nn.Module] = {}
    for label in states:
        if label.startswith("G"):
            continue
        temporal = label.startswith("D_T")
        channels = 3 * frames + 2 * (frames - 1) if temporal else control_channels + 3
        num_D = max(1, sizes.num_D - 2) if label == "D_f" else sizes.num_D
        with torch.device("meta"):
            network = MultiscaleDiscriminator(channels, sizes, num_D)
        table = discriminator_layers(num_D, sizes.n_layers_D, one_list=stage.losses.no_ganFeat)
        fill(network, table, states[label], places[label])
        name = {"D": "discriminator", "D_f": "discriminator_face"}.get(label, f"temporal.{label[3:]}")
        networks[name] = network
    return networks


def fill(network: nn.Module, table: Sequence[Layer], released: State, place: str) -> None:
    """Give a network without memory of its own the tensors of a file. Raises KeysError as `to_ours`."""
    network.load_state_dict(to_ours(network, table, released, place), assign=True)
