"""The networks of an image stage and their optimisers, made in full from its config."""

import dataclasses
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from vid2vid_core.config import DiscriminatorConfig, ImageStageConfig
from vid2vid_core.models import (
    FeatureEncoder,
    ImageGenerator,
    MultiscaleDiscriminator,
    Vgg19Features,
    build_image_generator,
)
from vid2vid_core.models.weights_file import average_name
from vid2vid_core.train.average import WeightAverage
from vid2vid_core.train.optimizers import adam, set_rate
from vid2vid_core.train.prepare import prepare
from vid2vid_core.train.updates import Updates


@dataclass(slots=True)
class ImageNetworks:
    """What is trained, and the fixed network of the perceptual loss."""

    generator: ImageGenerator
    discriminator: MultiscaleDiscriminator
    encoder: FeatureEncoder | None
    """Trained together with the generator; None for generators without features."""
    vgg: Vgg19Features | None
    """None: no perceptual loss."""
    average: WeightAverage | None = None
    """Of the networks that make pictures; None without `optimizer.ema`."""

    def trained(self) -> dict[str, nn.Module]:
        """The trained networks by the name their weights are stored under."""
        encoder = {} if self.encoder is None else {"encoder": self.encoder}
        return {"generator": self.generator, "discriminator": self.discriminator, **encoder}

    def stored(self) -> dict[str, nn.Module]:
        """The networks of the weights file: those trained, and the averages of those that make pictures."""
        averages = {} if self.average is None else self.average.networks
        return self.trained() | {average_name(name): network for name, network in averages.items()}

    def rendering(self) -> "ImageNetworks":
        """The same with the averages, if there are any, in place of the networks that make pictures."""
        if self.average is None:
            return self
        averages: dict[str, Any] = self.average.networks
        return dataclasses.replace(self, **averages, average=None)

    @property
    def makers(self) -> "list[ImageGenerator | FeatureEncoder]":
        """The networks that make pictures, trained as one."""
        return [self.generator] if self.encoder is None else [self.generator, self.encoder]

    def pictures(self, controls: Tensor, real: Tensor, objects: Tensor) -> Tensor:
        """Pictures with the looks of the real ones, where the generator reads features.

        Args:
            controls: (B, C, H, W), encoded.
            real: (B, 3, H, W), [-1, 1].
            objects: (B, 1, H, W), an id for all pixels that share their looks.

        Returns:
            (B, 3, H, W), [-1, 1].
        """
        return self.generator(controls, None if self.encoder is None else self.encoder(real, objects))


class ImageOptimizers:
    """One optimiser for generator and encoder, one for the discriminator."""

    train_all_scales = True
    """An image generator is always trained in full."""

    def __init__(self, networks: ImageNetworks, stage: ImageStageConfig) -> None:
        """Fresh optimisers."""
        config = stage.optimizer
        parameters = chain.from_iterable(network.parameters() for network in networks.makers)
        fused = stage.speed.fused_adam
        self.generator = adam(parameters, config, config.TTUR, fused)
        self.discriminator = adam(networks.discriminator.parameters(), config, config.TTUR, fused)
        self.updates = Updates(stage.speed, next(networks.generator.parameters()).device)
        """Steps them together."""
        self._scales = (0.5, 2.0) if config.TTUR else (1.0, 1.0)

    def named(self) -> dict[str, torch.optim.Adam]:
        """All optimisers by the name of their network."""
        return {"generator": self.generator, "discriminator": self.discriminator}

    def enter(self, rate: float) -> None:
        """Set the rate of an epoch."""
        set_rate(self.generator, rate * self._scales[0])
        set_rate(self.discriminator, rate * self._scales[1])


def discriminator_sizes(stage: ImageStageConfig) -> DiscriminatorConfig:
    """Sizes of the discriminator, as the networks and losses of a video read them."""
    return DiscriminatorConfig(**dataclasses.asdict(stage.discriminator))


def build_image_networks(
    stage: ImageStageConfig, control_channels: int, seed: int, vgg_file: Path | None, device: torch.device
) -> ImageNetworks:
    """Networks with fresh weights drawn from `seed`, the same on every device; the caller's random state is left alone.

    Args:
        stage: kind and sizes.
        control_channels: control channels of one frame, without instance edges.
        seed: same seed, same weights.
        vgg_file: weights of the perceptual network; None: do without.
        device: where the networks end up.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        generator = build_image_generator(stage.generator, control_channels)
        discriminator = MultiscaleDiscriminator(control_channels + 3, discriminator_sizes(stage))
        encoder = FeatureEncoder(stage.generator) if stage.generator.features else None
    networks = ImageNetworks(
        generator=generator.to(device),
        discriminator=discriminator.to(device),
        encoder=None if encoder is None else encoder.to(device),
        vgg=None if vgg_file is None else Vgg19Features(vgg_file).to(device),
    )
    if stage.optimizer.ema:
        makers = {name: network for name, network in networks.trained().items() if name != "discriminator"}
        networks.average = WeightAverage(makers, stage.optimizer.ema)
    prepare([*networks.stored().values(), *([] if networks.vgg is None else [networks.vgg])], stage.speed)
    return networks
