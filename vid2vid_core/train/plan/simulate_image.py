"""One optimisation step of an image stage on tensors without content."""

from dataclasses import replace

import torch

from vid2vid_core.config import ImageStageConfig, picture_channels
from vid2vid_core.dataset.frame_pairs import FramePair
from vid2vid_core.dataset.geometry import Size
from vid2vid_core.models import Vgg19Features
from vid2vid_core.train.image_loop import picture_step
from vid2vid_core.train.image_networks import ImageNetworks, ImageOptimizers, build_image_networks
from vid2vid_core.train.plan.furnish import META, fill_states, furnish
from vid2vid_core.train.plan.memory import without_content
from vid2vid_core.train.plan.simulate import StepCost
from vid2vid_core.train.prepare import prepare


def image_networks(stage: ImageStageConfig, label_nc: int, perceptual: bool) -> ImageNetworks:
    """The networks of an image stage, on the meta device and not compiled."""
    stage = replace(stage, speed=replace(stage.speed, compile=False))
    with META:
        networks = build_image_networks(stage, picture_channels(stage, label_nc), 0, None, META)
        if perceptual:
            networks.vgg = Vgg19Features(None)
            prepare([networks.vgg], stage.speed)
    return networks


def simulate_picture_step(stage: ImageStageConfig, label_nc: int, size: Size, perceptual: bool) -> StepCost:
    """A step of an image stage.

    Args:
        stage: networks, losses, batch size.
        label_nc: number of labels of the dataset; 0 for drawn controls.
        size: width and height of training pictures, pixels.
        perceptual: whether the perceptual loss is on.
    """
    networks, (width, height) = image_networks(stage, label_nc, perceptual), size
    with without_content() as meter:
        furnish(networks.stored().values())
        furnish([] if networks.vgg is None else [networks.vgg])
        optimizers = ImageOptimizers(networks, stage)
        fill_states(optimizers.named().values())
        lasting = meter.now
        batch = stage.data.batchSize
        controls = torch.empty(batch, picture_channels(stage, label_nc), height, width)
        ids = torch.empty(batch, 1, height, width, dtype=torch.int64)
        values = {"images": torch.empty(batch, 3, height, width), "controls": controls}
        pair = FramePair(**{field: values.get(field, ids) for field in FramePair._fields})
        meter.restart()
        picture_step(networks, optimizers, stage, controls, pair, "plan")
        return StepCost(lasting, meter.peak, meter.operations, batch)
