"""Seconds per trained and per rendered frame, and what sharing the discriminators' passes saves.

A trained frame is a chunk of one frame with one group for each of two temporal discriminators. The baseline is the
plain step of the published program: every pair of a real and a generated picture goes through its discriminator three
times (real, generated for the discriminator, generated for the generator), so a real picture twice, once for the final
and once for the raw picture. Both steps give the same losses, which is verified. On a CPU the time is processor time of
one thread, so that other programs on the machine do not count; on a GPU it is wall time. The last line is about the
largest size.
"""

import time
from collections.abc import Callable
from dataclasses import replace

import torch
from costs import as_chunk, groups, print_recipes
from torch import Tensor, nn

from vid2vid_core.config import DataConfig, DiscriminatorConfig, GeneratorConfig, LossConfig, StageConfig
from vid2vid_core.losses import feature_matching, flow_terms, gan_loss, total
from vid2vid_core.losses.assembly import FLOW_UNIT
from vid2vid_core.models import VideoGenerator
from vid2vid_core.ops import foreground_mask, pyramid
from vid2vid_core.render.rollout import Rollout
from vid2vid_core.train.networks import Networks, build_networks
from vid2vid_core.train.optimizers import Optimizers
from vid2vid_core.train.step import chunk_losses, update
from vid2vid_core.train.temporal import Groups
from vid2vid_core.types import Chunk, FrameOutput

CHANNELS = 36
SIZES = ((128, 64, 1), (256, 128, 1), (512, 256, 2))
"""Width, height and spatial scales."""
WIDTHS = {"cpu": (32,), "cuda": (32, 128)}
"""ngf by device; 128 is the published width."""

Step = Callable[[], dict[str, Tensor]]


class Case:
    """Networks of one size and one frame to train on."""

    def __init__(self, size: tuple[int, int, int], ngf: int, device: torch.device) -> None:
        width, height, scales = size
        self.stage = StageConfig(
            name="timed",
            generator=GeneratorConfig(ngf=ngf, n_scales_spatial=scales, fg=True),
            discriminator=DiscriminatorConfig(ndf=min(64, ngf)),
            losses=LossConfig(no_vgg=True),
            data=DataConfig(use_instance=True),
        )
        self.networks: Networks = build_networks(self.stage, CHANNELS, 0, None, device)
        self.optimizers = Optimizers(self.networks, replace(self.stage.optimizer, lr=1e-9), train_all_scales=True)
        torch.manual_seed(1)
        self.window = torch.rand(1, 3, CHANNELS, height, width, device=device)
        self.past = torch.rand(1, 2, 3, height, width, device=device) * 2 - 1
        self.real = torch.rand(1, 1, 3, height, width, device=device) * 2 - 1

    def generate(self) -> FrameOutput:
        """The frame, with graph."""
        config = self.stage.generator
        levels, pictures = (pyramid(x, config.n_scales_spatial) for x in (self.window, self.past))
        output: FrameOutput = self.networks.generator(
            [level.flatten(1, 2) for level in levels],
            [level.flatten(1, 2) for level in pictures],
            [foreground_mask(level[:, -1], config.fg_labels) for level in levels],
        )
        return output

    def inputs(self) -> tuple[Chunk, list[Groups | None]]:
        """The generated frame with graph, beside what the losses compare it with."""
        output = self.generate()
        chunk = replace(
            as_chunk(output, self.window[:, -1:]), real=self.real, real_previous=self.past[:, -1:],
            previous=self.past[:, -1:], flow_ref=self.past[:, -1:, :2], confidence=(self.real[:, :, :1] + 1) / 2,
        )  # fmt: skip
        return chunk, groups(output.image, self.stage)

    def shared(self) -> dict[str, Tensor]:
        """Our step."""
        chunk, found = self.inputs()
        report = update(self.networks, self.optimizers, chunk_losses(self.networks, chunk, found, self.stage), "step")
        return {name: value for name, value in report.items() if name.startswith("loss_")}

    def plain(self) -> dict[str, Tensor]:
        """The published program's step."""
        chunk, found = self.inputs()
        judge, controls, real = self.networks.discriminator, chunk.controls[:, 0], chunk.real[:, 0]
        pictures, own = zip(
            *(three_passes(judge, controls, real, x[:, 0], self.stage) for x in (chunk.image, chunk.raw)), strict=True
        )
        loss_G = sum(pictures) + total(flow_terms(chunk, self.stage.losses, len(self.networks.generator.scales), False))
        losses = {"loss_D": sum(own) / 2}
        for k, (network, group) in enumerate(zip(self.networks.temporal, found, strict=True)):
            assert group is not None
            motion = group.flows.flatten(1, 2) / FLOW_UNIT
            before, after = (torch.cat((x.flatten(1, 2), motion), dim=1) for x in (group.real, group.fake))
            for_generator, judged = three_passes(network, None, before, after, self.stage)
            loss_G, losses[f"loss_D_T{k}"] = loss_G + for_generator, judged / 2
        step_one_after_the_other(self.optimizers, losses, loss_G)
        return {name: value.detach() for name, value in (losses | {"loss_G": loss_G}).items()}


def three_passes(
    network: nn.Module, controls: Tensor | None, real: Tensor, fake: Tensor, stage: StageConfig
) -> tuple[Tensor, Tensor]:
    """Loss of the generator and twice that of the discriminator, for one pair of pictures."""

    def judge(picture: Tensor) -> list[list[Tensor]]:
        outputs: list[list[Tensor]] = network(picture if controls is None else torch.cat((controls, picture), dim=1))
        return outputs

    def gan(outputs: list[list[Tensor]], real: bool) -> Tensor:
        return gan_loss([layers[-1] for layers in outputs], real, "ls", for_discriminator=True)

    judged_real, judged_fake, judged = judge(real), judge(fake.detach()), judge(fake)
    sizes = stage.discriminator
    matched = feature_matching(judged, judged_real, stage.losses, sizes.n_layers_D, sizes.num_D)
    return gan(judged, True) + matched, gan(judged_real, True) + gan(judged_fake, False)


def step_one_after_the_other(optimizers: Optimizers, losses: dict[str, Tensor], loss_G: Tensor) -> None:
    """Generator, image discriminator, temporal discriminators: each zero, backward, step."""
    jobs = [(optimizers.generator, loss_G), (optimizers.discriminator, losses["loss_D"])]
    jobs += [(optimizer, losses[f"loss_D_T{k}"]) for k, optimizer in enumerate(optimizers.temporal)]
    for optimizer, loss in jobs:
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()


def seconds(runs: list[Callable[[], object]], device: torch.device, repeats: int) -> list[float]:
    """Shortest time of each, measured in turns after one turn of warming up."""
    times: list[list[float]] = [[] for _ in runs]
    for _ in range(repeats + 1):
        for run, found in zip(runs, times, strict=True):
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            clock = time.process_time if device.type == "cpu" else time.perf_counter
            start = clock()
            run()
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            found.append(clock() - start)
    return [min(found[1:]) for found in times]


def render(generator: VideoGenerator, case: Case) -> Callable[[], object]:
    """Renders one more frame of a sequence at every call."""
    rollout = Rollout(generator)
    rollout.reset(case.past)

    def step() -> None:
        with torch.inference_mode():
            rollout.step(case.window)

    return step


def verify(ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> None:
    """Both steps must mean the same before their times are compared."""
    for name, value in theirs.items():
        torch.testing.assert_close(ours[name], value, rtol=1e-3, atol=1e-4)


def main() -> None:
    torch.set_num_threads(1)
    print_recipes()
    print(f"\n{'device':8}{'size':>10}{'scales':>8}{'ngf':>6}"
          f"{'s/trained frame':>17}{'plain':>9}{'s/rendered frame':>18}")  # fmt: skip
    total_ours = total_plain = 0.0
    for name in ("cpu", *(["cuda"] if torch.cuda.is_available() else [])):
        device = torch.device(name)
        for ngf in WIDTHS[name]:
            for size in SIZES:
                case = Case(size, ngf, device)
                verify(case.shared(), case.plain())
                runs = [case.shared, case.plain, render(case.networks.generator, case)]
                ours, plain, frame = seconds(runs, device, repeats=2 if name == "cpu" else 20)
                print(f"{name:8}{f'{size[0]}x{size[1]}':>10}{size[2]:>8}{ngf:>6}{ours:>17.3f}{plain:>9.3f}{frame:>18.3f}",
                      flush=True)  # fmt: skip
        total_ours, total_plain = ours, plain
    print(f"step_time: {total_plain / total_ours:.1f}x (ours {1e3 * total_ours:.0f} ms, "
          f"baseline {1e3 * total_plain:.0f} ms)")  # fmt: skip


if __name__ == "__main__":
    main()
