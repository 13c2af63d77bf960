"""Channels-last inputs on a CPU: one generator frame and one discriminator pass, forward and backward, 256x128."""

import time
from collections.abc import Callable
from unittest.mock import patch

import torch
from torch import Tensor

from vid2vid_core.config import DiscriminatorConfig, GeneratorConfig
from vid2vid_core.models import MultiscaleDiscriminator, VideoGenerator

CHANNELS = 36
HEIGHT, WIDTH = 128, 256


def best_ms(run: Callable[[], None], repeats: int = 7) -> float:
    times = []
    for _ in range(repeats + 1):
        start = time.process_time()  # CPU time of one thread: other programs on the machine do not count
        run()
        times.append(time.process_time() - start)
    return 1e3 * min(times[1:])


def plain(x: Tensor) -> Tensor:
    return x


def main() -> None:
    torch.set_num_threads(1)
    generator = VideoGenerator(GeneratorConfig(ngf=16, n_blocks=4, n_downsample_G=2, fg=True), CHANNELS)
    discriminator = MultiscaleDiscriminator(CHANNELS + 3, DiscriminatorConfig(ndf=16))
    controls, previous = torch.rand(1, 3 * CHANNELS, HEIGHT, WIDTH), torch.rand(1, 6, HEIGHT, WIDTH)
    mask = controls[:, :1]

    def step() -> None:
        output = generator([controls], [previous], [mask])
        judged = discriminator(torch.cat((controls[:, -CHANNELS:], output.image), dim=1))
        torch.stack([layers[-1].square().mean() for layers in judged]).sum().backward()

    ours = best_ms(step)
    with (
        patch("vid2vid_core.models.video_generator.fast_layout", plain),
        patch("vid2vid_core.models.discriminator.fast_layout", plain),
    ):
        baseline = best_ms(step)
    print(f"channels_last: {baseline / ours:.1f}x (ours {ours:.0f} ms, baseline {baseline:.0f} ms)")


if __name__ == "__main__":
    main()
