"""Seconds per trained frame, ours against a plain training step; what each trick is worth; loading; memory.

The baseline, in this file, is written from the published description the way the original works: float32, eager, layers
in PyTorch's own layout, plain Adam, every pair of a real and a generated picture three times through its discriminator,
FlowNet2 at every step (random weights, which take the same time) for neighbouring frames and again for the groups of
the coarser temporal discriminator, files decoded for every chunk. Ours is what `vid2vid train` runs, with stored flow.
Both begin with the same weights and must give the same losses in float64 before their times are compared.

The stage is `size-256` of config/recipes/street-g1-1024.yaml with ngf 32: 256x128, two down-samplings; a clip of 12
frames in chunks of 1, the default, and then in chunks of 6, as in that recipe. On a GPU, if there is one, the time is
wall time; then, on a CPU, it is processor time of one thread, ours and baseline in turns, so that other programs on the
machine count as little as can be. The last line is about the CPU and chunks of 6. No perceptual network on either side.

    .venv/bin/python benchmarks/train_speed.py --ratio  # without keys, loading and memory; 8 minutes on an idle CPU
    .venv/bin/python benchmarks/train_speed.py          # everything: half an hour; a key is given up after 15 minutes
"""

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from drawn_dataset import LABELS, make_dataset
from our_training import (
    FRAMES,
    NGF,
    PAST,
    REPEATS,
    OurTraining,
    clip_seconds,
    loaded_frames,
    peak_memory,
    timed_stage,
    tricks,
)
from own_process import in_new_process
from torch import Tensor, nn
from torch.nn.functional import l1_loss, leaky_relu

from vid2vid_core.config import StageConfig
from vid2vid_core.dataset.flow_source import StoredFlow
from vid2vid_core.dataset.geometry import whole_frame
from vid2vid_core.dataset.manifest import read_manifest
from vid2vid_core.dataset.pictures import read_instances, read_labels, read_photograph
from vid2vid_core.legacy.composite_keys import generator_layers
from vid2vid_core.legacy.discriminator_keys import discriminator_layers
from vid2vid_core.legacy.keys import load_released
from vid2vid_core.models.flownet2 import FlowNet2, reference_flow
from vid2vid_core.ops import encode_controls, foreground_mask, halve, warp

WIDTH, HEIGHT, CHANNELS = 256, 128, LABELS + 1
CHUNKS = (1, 6)
"""New frames of a chunk."""


def conv_block(conv: nn.Module, channels: int) -> list[nn.Module]:
    return [conv, nn.BatchNorm2d(channels), nn.ReLU(True)]


def stem(inputs: int, width: int, num_down: int) -> list[nn.Module]:
    layers = [nn.ReflectionPad2d(3), *conv_block(nn.Conv2d(inputs, width, 7), width)]
    for i in range(num_down):
        c = width * 2**i
        layers += conv_block(nn.Conv2d(c, 2 * c, 3, stride=2, padding=1), 2 * c)
    return layers


def ups(width: int, num_up: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for c in (width * 2**i for i in reversed(range(num_up))):
        layers += conv_block(nn.ConvTranspose2d(2 * c, c, 3, stride=2, padding=1, output_padding=1), c)
    return nn.Sequential(*layers)


def head(width: int, channels: int, *last: nn.Module) -> nn.Sequential:
    return nn.Sequential(nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7), *last)


class Residual(nn.Module):
    """Published residual block."""

    def __init__(self, c: int) -> None:
        super().__init__()
        half = [nn.ReflectionPad2d(1), nn.Conv2d(c, c, 3), nn.BatchNorm2d(c)]
        self.conv_block = nn.Sequential(
            *half, nn.ReLU(True), nn.ReflectionPad2d(1), nn.Conv2d(c, c, 3), nn.BatchNorm2d(c)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        return x + self.conv_block(x)


class PlainGenerator(nn.Module):
    """Published G0 with foreground branch; its parameters have the released names, by which ours are given the same."""

    def __init__(self, width: int, n: int, blocks: int) -> None:
        super().__init__()
        wide, after = width * 2**n, blocks // 2

        def residual(count: int) -> list[nn.Module]:
            return [Residual(wide) for _ in range(count)]

        controls, past = 3 * CHANNELS, 3 * PAST
        self.model_down_seg = nn.Sequential(*stem(controls, width, n), *residual(blocks - after))
        self.model_down_img = nn.Sequential(*stem(past, width, n), *residual(blocks - after))
        self.model_res_img, self.model_up_img = nn.Sequential(*residual(after)), ups(width, n)
        self.model_res_flow, self.model_up_flow = nn.Sequential(*residual(after)), ups(width, n)
        self.indv_down = nn.Sequential(*stem(controls, width, n))
        self.indv_res, self.indv_up = nn.Sequential(*residual(blocks)), ups(width, n)
        self.model_final_img, self.indv_final = head(width, 3, nn.Tanh()), head(width, 3, nn.Tanh())
        self.model_final_flow, self.model_final_w = head(width, 2), head(width, 1, nn.Sigmoid())

    def forward(self, x: Tensor, past: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Final and raw picture, flow, weight."""
        down = self.model_down_seg(x) + self.model_down_img(past)
        raw = self.model_final_img(self.model_up_img(self.model_res_img(down)))
        features = self.model_up_flow(self.model_res_flow(down))
        flow, weight = 20 * self.model_final_flow(features), self.model_final_w(features)
        final = weight * raw + (1 - weight) * warp(past[:, -3:], flow)
        foreground = self.indv_final(self.indv_up(self.indv_res(self.indv_down(x))))
        return mask * foreground + (1 - mask) * final, mask * foreground + (1 - mask) * raw, flow, weight


class PlainDiscriminator(nn.Module):
    """Published discriminator at `num_D` sizes, with the released names."""

    def __init__(self, inputs: int, ndf: int, layers: int, num_D: int) -> None:
        super().__init__()
        self.layers, self.num_D = layers, num_D
        for i in range(num_D):
            width, c = min(64, ndf * 2 ** (num_D - 1 - i)), inputs
            for j in range(layers + 2):
                out = 1 if j == layers + 1 else width
                group = [nn.Conv2d(c, out, 4, stride=2 if j < layers else 1, padding=2)]
                setattr(
                    self,
                    f"scale{i}_layer{j}",
                    nn.Sequential(*group, *([nn.BatchNorm2d(out)] if 0 < j <= layers else [])),
                )
                c, width = width, min(512, 2 * width)

    def forward(self, x: Tensor) -> list[list[Tensor]]:
        """Outputs of all layers by size, full size first."""
        results = []
        for i in reversed(range(self.num_D)):
            outputs, y = [], x
            for j in range(self.layers + 2):
                y = getattr(self, f"scale{i}_layer{j}")(y)
                y = leaky_relu(y, 0.2) if j <= self.layers else y
                outputs.append(y)
            results.append(outputs)
            x = halve(x)
        return results


def masked(a: Tensor, b: Tensor, confidence: Tensor) -> Tensor:
    return l1_loss(confidence * a, confidence * b)


def least_squares(judged: list[list[Tensor]], target: float) -> Tensor:
    return torch.stack([(layers[-1] - target).square().mean() for layers in judged]).sum()


@dataclass
class PlainTraining:
    """The baseline: networks, optimisers, and the frames that temporal discriminators still need."""

    stage: StageConfig
    root: Path
    estimator: FlowNet2
    device: torch.device

    def __post_init__(self) -> None:
        sizes, g = self.stage.discriminator, self.stage.generator
        self.generator = PlainGenerator(g.ngf, g.n_downsample_G, g.n_blocks).to(self.device)
        judge = partial(PlainDiscriminator, ndf=sizes.ndf, layers=sizes.n_layers_D, num_D=sizes.num_D)
        self.judge = judge(CHANNELS + 3).to(self.device)
        self.temporal = [judge(3 * 3 + 2 * 2).to(self.device) for _ in range(sizes.n_scales_temporal)]
        networks = [self.generator, self.judge, *self.temporal]
        self.optimizers = [
            torch.optim.Adam(n.parameters(), lr=self.stage.optimizer.lr, betas=(0.5, 0.999)) for n in networks
        ]
        for parameter in (parameter for network in networks for parameter in network.parameters()):
            if parameter.dim() == 4:
                nn.init.normal_(parameter, 0.0, 0.02)
        self.manifest = read_manifest(self.root / "manifest.parquet")
        self.rows = self.manifest.runs("train")[0].rows
        self.stored = StoredFlow([self.root / "a.parquet"])
        self.chunk = self.stage.schedule.max_frames_per_gpu
        self.begin()

    def begin(self) -> None:
        """Start the clip again."""
        self.past: Tensor | None = None
        self.frames: list[tuple[Tensor, Tensor, Tensor]] = []

    @property
    def kind(self) -> torch.dtype:
        """Of its numbers."""
        return next(self.generator.parameters()).dtype

    def read(self, begin: int) -> tuple[Tensor, Tensor]:
        """Decode the frames of a chunk: (1, T, C, H, W) encoded controls and (1, T, 3, H, W) pictures."""
        pictures, labels, instances = [], [], []
        geometry = whole_frame(self.stage.data, (WIDTH, HEIGHT))
        for row in self.rows[begin : begin + self.chunk + PAST]:
            pictures.append(read_photograph(self.root / row.image, geometry))
            labels.append(read_labels(self.root / row.label, geometry, LABELS, ()))
            instances.append(read_instances(self.root / row.instance, geometry))
        ids = [torch.stack(maps)[None].to(self.device) for maps in (labels, instances)]
        controls = encode_controls(ids[0], ids[1], LABELS)
        return controls.to(self.kind), torch.stack(pictures)[None].to(self.device, self.kind)

    def flow(self, begin: int, current: Tensor, previous: Tensor, online: bool) -> tuple[Tensor, Tensor]:
        """Reference flow of neighbours: FlowNet2, or read from files."""
        if online:
            return reference_flow(self.estimator, current, previous)
        found = list(self.stored.between(self.rows[begin + PAST - 1 : begin + PAST + self.chunk]))
        flow, confidence = (torch.stack([torch.from_numpy(motion[k]) for motion in found]) for k in (0, 1))
        return flow.permute(0, 3, 1, 2).to(self.device, self.kind), confidence[:, None].to(self.device, self.kind)

    def step(self, begin: int, online: bool) -> dict[str, float]:
        """One chunk; returns the totals."""
        controls, real = self.read(begin)
        past = real[:, :PAST] if self.past is None else self.past
        made = [past[:, i] for i in range(PAST)]
        outputs = []
        for t in range(self.chunk):
            window = controls[:, t : t + PAST + 1].flatten(1, 2)
            mask = foreground_mask(controls[:, t + PAST], self.stage.generator.fg_labels)
            outputs.append(self.generator(window, torch.cat(made[-PAST:], dim=1).detach(), mask))
            made.append(outputs[-1][0])
        final, raw, flow, _ = (torch.cat(parts) for parts in zip(*outputs, strict=True))  # one clip: time is the batch
        now, before, seen = real[0, PAST:], real[0, PAST - 1 : -1], controls[0, PAST:]
        reference, confidence = self.flow(begin, now, before, online)
        warped = warp(torch.cat((past[0, -1:], final[:-1])).detach(), reference).detach()
        lambda_F, lambda_T = self.stage.losses.lambda_F, self.stage.losses.lambda_T
        loss_G = lambda_T * (masked(final, warped, confidence) + masked(warp(before, flow), now, confidence))
        loss_G = loss_G + lambda_F * masked(flow, reference, confidence)
        pairs = [self.three_passes(self.judge, seen, now, picture) for picture in (final, raw)]
        losses = [torch.stack([own for _, own in pairs]).sum() / 2]
        loss_G = loss_G + sum(loss for loss, _ in pairs)
        for network, group in zip(self.temporal, self.groups(now, final, reference, online), strict=True):
            if group is not None:
                picture, judged = self.three_passes(network, group[2], group[0], group[1], last=True)
                loss_G, losses = loss_G + picture, [*losses, judged / 2]
        for optimizer, loss in zip(self.optimizers, [loss_G, *losses], strict=False):
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        self.past = torch.cat(made[-PAST:])[None].detach()
        names = ("loss_G", "loss_D", "loss_D_T0", "loss_D_T1")
        return {name: float(loss.detach()) for name, loss in zip(names, [loss_G, *losses], strict=False)}

    def three_passes(
        self, network: nn.Module, seen: Tensor, real: Tensor, fake: Tensor, last: bool = False
    ) -> tuple[Tensor, Tensor]:
        """Loss of the generator, and twice that of the discriminator; what is seen beside goes first or last."""

        def judge(picture: Tensor) -> list[list[Tensor]]:
            outputs: list[list[Tensor]] = network(torch.cat((picture, seen) if last else (seen, picture), dim=1))
            return outputs

        judged_real, judged_fake, judged = judge(real), judge(fake.detach()), judge(fake)
        sizes = self.stage.discriminator
        factor = self.stage.losses.lambda_feat * 4 / (sizes.n_layers_D + 1) / sizes.num_D
        pairs = zip(judged, judged_real, strict=True)
        match = sum(
            l1_loss(a, b.detach()) for ours, theirs in pairs for a, b in zip(ours[:-1], theirs[:-1], strict=True)
        )
        return least_squares(judged, 1) + factor * match, least_squares(judged_real, 1) + least_squares(judged_fake, 0)

    def groups(
        self, real: Tensor, fake: Tensor, flow: Tensor, online: bool
    ) -> list[tuple[Tensor, Tensor, Tensor] | None]:
        """Real and generated pictures and motion for every temporal discriminator; None while frames are too few."""
        self.frames = [(a, b.detach(), c) for a, b, c in self.frames] + list(zip(real, fake, flow, strict=True))
        found: list[tuple[Tensor, Tensor, Tensor] | None] = []
        for scale in range(len(self.temporal)):
            step, last = 3**scale, len(self.frames) - 1
            ends = [last - offset for offset in range(0, min(len(self.frames) - 2 * step, self.chunk), 3)]
            chosen = [[self.frames[end - 2 * step], self.frames[end - step], self.frames[end]] for end in ends]
            if not chosen:
                found.append(None)
                continue
            a, b = (torch.stack([torch.cat([frame[k] for frame in group]) for group in chosen]) for k in (0, 1))
            if scale == 0 or not online:  # with the flow given, that of the neighbours stands for the distant ones
                motion = torch.stack([torch.cat([frame[2] for frame in group[1:]]) for group in chosen])
            else:
                pairs = [(group[i + 1][0], group[i][0]) for group in chosen for i in (0, 1)]
                current, previous = (torch.stack(side) for side in zip(*pairs, strict=True))
                motion, _ = reference_flow(self.estimator, current, previous)
                motion = motion.reshape(len(chosen), 4, *motion.shape[-2:])
            found.append((a, b, motion / 20))
        self.frames = self.frames[-6:]
        return found


def give_same_weights(plain: PlainTraining, ours: OurTraining) -> None:
    """Load the baseline's weights into ours, by their released names."""
    g, d, networks = plain.stage.generator, plain.stage.discriminator, ours.networks
    load_released(networks.generator.scales[0], generator_layers(g, 0), plain.generator.state_dict(), "G0")
    table = discriminator_layers(d.num_D, d.n_layers_D, one_list=False)
    for own, theirs in zip((networks.discriminator, *networks.temporal), (plain.judge, *plain.temporal), strict=True):
        load_released(own, table, theirs.state_dict(), "D")


def require_same_losses(plain: PlainTraining, ours: OurTraining) -> None:
    """In float64: within six frames roundings of float32 grow to a hundredth of a temporal loss."""
    networks = ours.networks
    every = (plain.generator, plain.judge, *plain.temporal, networks.generator, networks.discriminator)
    for network in (*every, *networks.temporal):
        network.double()
    ours.begin()
    found, expected = ours.step(0), plain.step(0, online=False)
    torch.testing.assert_close({name: found[name] for name in expected}, expected, rtol=1e-8, atol=0)


def compare(root: Path, device: torch.device, chunk: int) -> tuple[float, float, float]:
    """Shortest seconds a frame of ours, of the baseline, and of the baseline with the flow given."""
    stage = timed_stage(NGF[device.type], chunk)
    torch.manual_seed(0)
    estimator = FlowNet2().requires_grad_(False).eval().to(device)

    def sides() -> tuple[PlainTraining, OurTraining]:
        plain, ours = PlainTraining(stage, root, estimator, device), OurTraining(stage, root, device)
        give_same_weights(plain, ours)
        return plain, ours

    require_same_losses(*sides())
    plain, ours = sides()
    runs: list[Callable[[], float]] = [
        lambda: clip_seconds(ours, ours.step),
        lambda: clip_seconds(plain, partial(plain.step, online=True)),
        lambda: clip_seconds(plain, partial(plain.step, online=False)),
    ]
    times = [[run() for run in runs] for _ in range(REPEATS[device.type])]
    mine, online, given = (min(column) for column in zip(*times, strict=True))
    return mine, online, given


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ratio", action="store_true", help="without keys, loading and memory")
    all_of_it = not parser.parse_args().ratio
    torch.set_num_threads(1)
    devices = [torch.device(name) for name in ("cpu", *(["cuda"] if torch.cuda.is_available() else []))]
    last = ""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make_dataset(root, FRAMES + PAST, WIDTH, HEIGHT)
        for device in reversed(devices):
            for chunk in CHUNKS:
                ours, online, given = (1e3 * seconds for seconds in compare(root, device, chunk))
                against = f"{online:.0f} ms ({online / ours:.2f}x), flow given {given:.0f} ms ({given / ours:.2f}x)"
                print(f"{device.type}, chunks of {chunk}: {ours:.0f} ms a frame; baseline {against}", flush=True)
            last = f"train_speed: {online / ours:.1f}x (ours {ours:.0f} ms, baseline {online:.0f} ms)"
            if all_of_it:
                tricks(root, device, CHUNKS[-1])
        for workers in (0, 2) if all_of_it else ():
            rate = loaded_frames(timed_stage(NGF["cpu"], CHUNKS[-1]), root, workers, clips=8)
            print(f"loading, {workers} workers: {rate:.0f} frames/s (wall time)", flush=True)
    for recompute in ("none", "scale", "frame") if all_of_it else ():
        gigabytes, seconds = in_new_process(peak_memory, NGF["cpu"], (WIDTH, HEIGHT), recompute)
        print(f"cpu, recompute {recompute}: {gigabytes:.2f} GB for a step of 6 frames, {seconds:.1f} s", flush=True)
    print(last)


if __name__ == "__main__":
    main()
