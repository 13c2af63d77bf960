"""Controls of any size: the generator sees them padded, the pictures have the size of the controls."""

from pathlib import Path
from types import SimpleNamespace

import cv2
import pytest
import torch
from drawn_sequences import LABEL_NC, labels, photograph, small_stage, write_png, write_weights

from vid2vid_core.config import RenderConfig
from vid2vid_core.dataset.frames import FrameSample
from vid2vid_core.models import VideoGenerator
from vid2vid_core.ops import encode_controls
from vid2vid_core.render.first_frame import real_picture
from vid2vid_core.render.folder import render_folder
from vid2vid_core.render.padding import Padding
from vid2vid_core.render.rollout import Rollout
from vid2vid_core.render.stream import render_run, to_picture
from vid2vid_core.storage import read_table
from vid2vid_core.types import FrameOutput

SIDES = range(64, 131)


class Reader:
    """In place of a FrameReader: random frames of one size, with instances."""

    def __init__(self, width: int, height: int, frames: int = 3) -> None:
        generator = torch.Generator().manual_seed(0)
        self.samples = [
            FrameSample(
                image=torch.rand(3, height, width, generator=generator) * 2 - 1,
                controls=torch.randint(-1, LABEL_NC, (1, height, width), generator=generator),
                instances=torch.randint(0, 3, (1, height, width), generator=generator),
            )
            for _ in range(frames)
        ]
        self.run = SimpleNamespace(rows=[SimpleNamespace(sequence="s", frame=f"{n}") for n in range(frames)])

    def read(self, row: SimpleNamespace) -> FrameSample:
        return self.samples[int(row.frame)]

    def render(self, network: torch.nn.Module) -> list:
        return [f.picture for f in render_run(self, self.run, network, LABEL_NC, first_picture=real_picture)]


class Recorder(torch.nn.Module):
    """In place of the generator: notes its input; its k-th picture is k / 10 everywhere."""

    size_multiple = 16

    def __init__(self) -> None:
        super().__init__()
        self.config = small_stage().generator
        self.unused = torch.nn.Parameter(torch.zeros(1))
        self.controls: list[torch.Tensor] = []
        self.previous: list[torch.Tensor] = []

    def forward(self, controls, previous, foreground=None, *, raw_only=False):
        self.controls.append(controls[-1])
        self.previous.append(previous[-1])
        image = torch.full((1, 3, *controls[-1].shape[-2:]), len(self.controls) / 10)
        return FrameOutput(image, image, None, None, [image])


@pytest.mark.parametrize("multiple", [2, 16, 32, 64])
def test_padding_of_every_size_fits_the_generator_and_is_undone_by_the_crop(multiple: int) -> None:
    for height in SIDES:
        for width in SIDES:
            padding = Padding.around(height, width, multiple)
            ruler = torch.arange(height)[:, None] * 1000 + torch.arange(width)
            padded = padding.pad(ruler)
            assert all(side % multiple == 0 and side >= 2 * multiple for side in padded.shape)
            assert all(
                new - old < multiple or new == 2 * multiple
                for new, old in zip(padded.shape, (height, width), strict=True)
            )
            assert torch.equal(padding.crop(padded), ruler)


@pytest.mark.parametrize("config", [{"n_scales_spatial": 3, "n_downsample_G": 3}, {"n_downsample_G": 5}])
def test_every_side_from_64_to_130_renders_at_its_own_size(config: dict) -> None:
    network = VideoGenerator(small_stage(ngf=4, n_blocks=1, **config).generator, LABEL_NC + 1)
    assert network.size_multiple == 32
    for index, width in enumerate(SIDES):
        height = SIDES[index * 29 % len(SIDES)]  # every side once on both axes, in another order
        (picture,) = Reader(width, height).render(network)
        assert picture.shape == (height, width, 3)


def test_inside_the_frame_the_generator_sees_the_frame_and_no_edge_at_the_seam() -> None:
    reader, network = Reader(45, 39, frames=4), Recorder()
    reader.render(network)
    padding = Padding.around(39, 45, 16)
    alone = [encode_controls(s.controls, s.instances, LABEL_NC) for s in reader.samples]
    assert torch.equal(padding.crop(network.controls[0])[0], torch.cat(alone[:3]))
    instances = torch.ones(1, 39, 45, dtype=torch.int64)
    instances[..., 0] = 2  # an edge between the outermost column and the next
    reader.samples = [reader.samples[0]._replace(instances=instances)] * 4
    reader.render(network)
    edges = network.controls[-1][0, LABEL_NC].any(dim=0)
    assert edges.nonzero().flatten().tolist() == [padding.left, padding.left + 1]


def test_first_pictures_are_padded_and_pictures_fed_again_keep_their_padding() -> None:
    reader, network = Reader(45, 39, frames=5), Recorder()
    pictures = reader.render(network)
    padding = Padding.around(39, 45, 16)
    first = torch.stack([s.image for s in reader.samples[:2]])
    assert torch.equal(network.previous[0], padding.pad(first).flatten(0, 1)[None])
    assert network.previous[1].shape[-2:] == (48, 48)
    assert bool((network.previous[2][:, 3:] == 0.2).all()) and bool((network.previous[2][:, :3] == 0.1).all())
    assert [picture.shape for picture in pictures] == [(39, 45, 3)] * 3


def test_a_size_that_fits_is_not_touched() -> None:
    network = VideoGenerator(small_stage(n_scales_spatial=2).generator, LABEL_NC + 1)
    reader = Reader(64, 48, frames=4)
    rollout = Rollout(network)
    rollout.reset(torch.stack([s.image for s in reader.samples[:2]])[None])
    encoded = torch.stack([encode_controls(s.controls, s.instances, LABEL_NC) for s in reader.samples])[None]
    with torch.inference_mode():
        expected = [to_picture(rollout.step(encoded[:, t : t + 3]).image[0]) for t in range(2)]
    for picture, wanted in zip(reader.render(network), expected, strict=True):
        assert (picture == wanted).all()
    maps = torch.rand(2, 48, 64)
    assert Padding.around(48, 64, 4).pad(maps) is maps


@pytest.mark.parametrize("size", [(67, 65), (910, 512)])
def test_files_of_an_odd_size_become_pictures_and_videos_of_that_size(tmp_path: Path, size: tuple[int, int]) -> None:
    weights = write_weights(tmp_path / "weights.safetensors", "none", n_scales_spatial=2, n_downsample_G=4, ngf=2)
    for number in range(3):
        write_png(tmp_path / "in" / f"{number}.png", labels(number, *size))
        write_png(tmp_path / "real" / f"{number}.png", photograph(number, *size))
    render_folder(weights, tmp_path / "in", tmp_path / "out", RenderConfig(), images=tmp_path / "real")
    table, _ = read_table(tmp_path / "out" / "render.parquet")
    assert (table["width"][0], table["height"][0]) == size
    assert cv2.imread(str(tmp_path / "out" / table["output"][0])).shape == (size[1], size[0], 3)
    assert (tmp_path / "out" / "in.side_by_side.mp4").is_file()
