"""Folders of checkpoint files as the published program wrote them, of small networks with random weights."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from vid2vid_core.config import DiscriminatorConfig, GeneratorConfig
from vid2vid_core.legacy.composite_keys import generator_layers
from vid2vid_core.legacy.discriminator_keys import discriminator_layers
from vid2vid_core.legacy.keys import to_released
from vid2vid_core.models import MultiscaleDiscriminator, VideoGenerator

SMALL = GeneratorConfig(
    ngf=8, n_blocks=3, n_downsample_G=2, n_blocks_local=2, n_scales_spatial=2, n_frames_G=4, fg=True, fg_labels=(2,)
)
JUDGE = DiscriminatorConfig(ndf=4, n_layers_D=2, num_D=3, n_frames_D=2, n_scales_temporal=2)


def save(folder: Path, label: str, tensors: Mapping[str, Tensor], *, old: bool = False, epoch: str = "latest") -> Path:
    """`old`: as PyTorch 0.4.0 wrote it, no counters in norms and the file format before zip."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = {key: value for key, value in tensors.items() if not (old and key.endswith("num_batches_tracked"))}
    path = folder / f"{epoch}_net_{label}.pth"
    torch.save(kept, path, _use_new_zipfile_serialization=not old)
    return path


def write_generators(folder: Path, config: GeneratorConfig, channels: int, **options: object) -> VideoGenerator:
    torch.manual_seed(1)
    network = VideoGenerator(config, channels)
    for scale, part in enumerate(network.scales):
        save(folder, f"G{scale}", to_released(part, generator_layers(config, scale)), **options)
    return network


def write_discriminators(
    folder: Path, config: DiscriminatorConfig, channels: int, *, one_list: bool = False, face: bool = False
) -> dict[str, nn.Module]:
    """Returns them under the names of our weights files."""
    torch.manual_seed(2)
    frames = config.n_frames_D
    found: dict[str, nn.Module] = {}
    jobs = [("D", "discriminator", channels + 3, config.num_D)]
    jobs += [("D_f", "discriminator_face", channels + 3, max(1, config.num_D - 2))] if face else []
    jobs += [(f"D_T{k}", f"temporal.{k}", 5 * frames - 2, config.num_D) for k in range(config.n_scales_temporal)]
    for label, name, inputs, num_D in jobs:
        found[name] = network = MultiscaleDiscriminator(inputs, config, num_D)
        table = discriminator_layers(num_D, config.n_layers_D, one_list=one_list)
        save(folder, label, to_released(network, table))
    return found
