"""Golden fixtures of rendered sequences: the real rendering, with frames out of memory."""

import re
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import torch
from torch import Tensor, nn

from parity.configs import control_channels, generator_config, load_generator
from parity.fixture import Comparison, Fixture
from parity.image_networks import load_image_generator
from vid2vid_core.dataset.frames import FrameReader, FrameSample
from vid2vid_core.dataset.manifest import FrameRow, FrameRun
from vid2vid_core.models import VideoGenerator
from vid2vid_core.models.image_model import ImageModel
from vid2vid_core.render.first_frame import FirstPicture, SinglePicture, real_picture
from vid2vid_core.render.stream import render_run
from vid2vid_core.types import FrameOutput


@dataclass(frozen=True)
class Frames:
    """Stands in for the reader: the frames of one sequence of a fixture."""

    samples: list[FrameSample]

    def read(self, row: FrameRow) -> FrameSample:
        """The frame of that number."""
        return self.samples[row.number]

    def run(self) -> FrameRun:
        """All frames, in order."""
        height, width = self.samples[0].controls.shape[-2:]
        rows = [
            FrameRow("test", "v", "s", f"{t:04d}", t, t / 10, "", "", "", width, height, True, "")
            for t in range(len(self.samples))
        ]
        return FrameRun("test", "v", "s", 0, tuple(rows))


@dataclass
class Recorder:
    """What the generator was given and what it made, step by step; a forward hook."""

    given: list[tuple[Any, ...]] = field(default_factory=list)
    made: list[list[Tensor]] = field(default_factory=list)

    def __call__(self, generator: nn.Module, inputs: tuple[Any, ...], output: FrameOutput) -> None:
        """After one step."""
        self.given.append(inputs)
        self.made.append(output.images[::-1])


def run_inference(fixture: Fixture, comparison: Comparison) -> None:
    """One sequence after another with the same generator; only the first has no name of its own."""
    config = fixture.config
    generator = load_generator(fixture, generator_config(config), control_channels(config)).requires_grad_(False)
    names = [re.fullmatch(r"in\.(.*)A", key) for key in fixture.arrays]
    for prefix in sorted(match[1] for match in names if match):
        recorder = Recorder()
        hook = generator.register_forward_hook(recorder)
        try:
            _render(_frames(prefix, fixture), generator, _first_picture(fixture), config["label_nc"])
        finally:
            hook.remove()
        _compare(prefix, recorder, control_channels(config), comparison)


def _render(frames: Frames, generator: VideoGenerator, first: FirstPicture | None, label_nc: int) -> None:
    for _ in render_run(cast(FrameReader, frames), frames.run(), generator, label_nc, first_picture=first):
        pass


def _frames(prefix: str, fixture: Fixture) -> Frames:
    controls, config = fixture.inputs(f"{prefix}A"), fixture.config
    images = fixture.arrays.get(f"in.{prefix}B", [None] * len(controls))
    instances: Any = [None] * len(controls)
    if config["use_instance"]:
        instances = fixture.inputs(f"{prefix}inst").long()
    shown = controls.long() if config["label_nc"] else controls
    return Frames([FrameSample(*frame) for frame in zip(images, shown, instances, strict=True)])


def _first_picture(fixture: Fixture) -> FirstPicture | None:
    """What sequences begin from, in the order of precedence: nothing, real pictures, a single-image generator."""
    config = fixture.config
    if config["no_first_img"]:
        return None
    if config["use_real_img"]:
        return real_picture
    sizes = config["netG_i"]
    kind: Literal["global", "local"] = "local" if "n_local_enhancers" in sizes else "global"
    network = load_image_generator(kind, sizes, fixture.states["netG_i"], "netG_i")
    return SinglePicture(ImageModel(network, None, None), config["label_nc"])


def _compare(prefix: str, recorder: Recorder, channels: int, comparison: Comparison) -> None:
    """Level 0 is full size; the first step was given the pictures the sequence begins from."""
    levels = len(recorder.made[0])
    for level in range(levels):
        pictures = torch.cat([images[level] for images in recorder.made])
        comparison.array(f"{prefix}frames" if level == 0 else f"{prefix}frames_pyramid.{level}", pictures)
        begin = recorder.given[0][1][levels - 1 - level]  # coarse to fine; (1, 3*(tG-1), h, w)
        comparison.array(f"{prefix}first_pyramid.{level}", begin.unflatten(1, (-1, 3))[0])
    if f"{prefix}encoded_input_last" in comparison.fixture.outputs:
        comparison.array(f"{prefix}encoded_input_last", recorder.given[-1][0][-1][0, -channels:])


KINDS = {"inference": run_inference}
