"""The networks of one stage, made in full from its config."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from torch import nn

from vid2vid_core.config import DiscriminatorConfig, StageConfig
from vid2vid_core.models import MultiscaleDiscriminator, Vgg19Features, VideoGenerator
from vid2vid_core.models.weights_file import average_name
from vid2vid_core.train.average import WeightAverage
from vid2vid_core.train.prepare import prepare


@dataclass(slots=True)
class Networks:
    """What is trained, and the fixed network of the perceptual loss."""

    generator: VideoGenerator
    discriminator: MultiscaleDiscriminator
    temporal: list[MultiscaleDiscriminator]
    """Number k sees frames n_frames_D^k apart."""
    vgg: Vgg19Features | None
    """None: no perceptual loss."""
    face: MultiscaleDiscriminator | None = None
    """Looks at the face only; None without `add_face_disc`."""
    average: WeightAverage | None = None
    """Of the generator; None without `optimizer.ema`."""

    def trained(self) -> dict[str, nn.Module]:
        """The trained networks by the name their weights are stored under."""
        temporal = {f"temporal.{k}": network for k, network in enumerate(self.temporal)}
        face = {} if self.face is None else {"discriminator_face": self.face}
        return {"generator": self.generator, "discriminator": self.discriminator, **face, **temporal}

    def stored(self) -> dict[str, nn.Module]:
        """The networks of the weights file: those trained, and the generator's average."""
        averages = {} if self.average is None else self.average.networks
        return self.trained() | {average_name(name): network for name, network in averages.items()}

    def rendering(self) -> VideoGenerator:
        """The generator that renders: the average, if there is one."""
        if self.average is None:
            return self.generator
        return cast(VideoGenerator, self.average.networks["generator"])


def build_networks(
    stage: StageConfig, control_channels: int, seed: int, vgg_file: Path | None, device: torch.device
) -> Networks:
    """Networks with fresh weights drawn from `seed`, the same on every device; the caller's random state is left alone.

    Args:
        stage: sizes and switches.
        control_channels: control channels of one frame.
        seed: same seed, same weights.
        vgg_file: weights of the perceptual network; None: do without.
        device: where the networks end up.
    """
    sizes = stage.discriminator
    frames = sizes.n_frames_D
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        generator = VideoGenerator(stage.generator, control_channels)
        discriminator = MultiscaleDiscriminator(control_channels + 3, sizes)
        temporal = [
            MultiscaleDiscriminator(3 * frames + 2 * (frames - 1), sizes) for _ in range(sizes.n_scales_temporal)
        ]
        face = MultiscaleDiscriminator(control_channels + 3, sizes, face_scales(sizes)) if sizes.add_face_disc else None
    generator.to(device)
    generator.recompute = stage.parallel.recompute
    ema = stage.optimizer.ema
    networks = Networks(
        generator=generator,
        discriminator=discriminator.to(device),
        temporal=[network.to(device) for network in temporal],
        vgg=None if vgg_file is None else Vgg19Features(vgg_file).to(device),
        face=None if face is None else face.to(device),
        average=WeightAverage({"generator": generator}, ema) if ema else None,
    )
    prepare([*networks.stored().values(), *([] if networks.vgg is None else [networks.vgg])], stage.speed)
    return networks


def face_scales(sizes: DiscriminatorConfig) -> int:
    """Number of sizes of the face discriminator: two less than the image's, since a face fills a quarter of it."""
    return max(1, sizes.num_D - 2)
