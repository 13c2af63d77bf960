"""How frames and pictures are read for training."""

import dataclasses
from typing import Literal

from vid2vid_core.config.base import config_class
from vid2vid_core.config.dataset import NonNegative, Positive

ResizeMode = Literal[
    "resize", "resize_and_crop", "scaleWidth", "scaleWidth_and_crop", "scaleHeight", "scaleHeight_and_crop",
    "scaleWidth_and_scaledCrop", "scaleHeight_and_scaledCrop", "randomScaleWidth", "randomScaleHeight",
    "randomScaleWidth_and_crop", "randomScaleHeight_and_crop", "randomScaleWidth_and_scaledCrop",
    "randomScaleHeight_and_scaledCrop", "crop", "scaledCrop", "none",
]  # fmt: skip


@config_class
class DataConfig:
    """How frames are read."""

    loadSize: Positive = 512
    """Size frames are scaled to, pixels; what it means depends on `resize_or_crop`."""
    fineSize: Positive = 512
    """Crop size, pixels."""
    resize_or_crop: ResizeMode = "scaleWidth"
    """Scaling and cropping; training sides end as multiples of 32, unscaled test frames keep their size."""
    no_flip: bool = False
    """Do not mirror training clips at random."""
    flow: Literal["stored", "online"] = "stored"
    """Reference flow: stored by the flow stage, or estimated for every clip by the `flow` settings of the dataset."""
    use_instance: bool = False
    """Add the edges of the instance map to the controls."""
    max_t_step: Positive = 1
    """Training clips may take every 1st .. every max_t_step-th frame."""
    batchSize: Positive = 1
    """Clips per step."""
    num_workers: NonNegative = 0
    """Processes that load clips beside the training."""


@config_class
class ImageDataConfig:
    """How the single pictures of an image stage are read."""

    loadSize: Positive = 512
    """Size pictures are scaled to, pixels; what it means depends on `resize_or_crop`."""
    fineSize: Positive = 512
    """Crop size, pixels."""
    resize_or_crop: ResizeMode = "scaleWidth"
    """Scaling and cropping; sides end as multiples of 32."""
    no_flip: bool = False
    """Do not mirror pictures at random."""
    batchSize: Positive = 1
    """Pictures per step."""
    num_workers: NonNegative = 0
    """Processes that load pictures beside the training."""

    def of_frames(self) -> DataConfig:
        """The same, as frames are read for a video."""
        return DataConfig(**dataclasses.asdict(self))
