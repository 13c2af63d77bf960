"""The optimiser."""

from typing import Annotated

from pydantic import Field

from vid2vid_core.config.base import config_class


@config_class
class OptimizerConfig:
    """Adam."""

    lr: Annotated[float, Field(gt=0)] = 0.0002
    """Learning rate."""
    beta1: Annotated[float, Field(ge=0, lt=1)] = 0.5
    """First momentum."""
    ema: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Render with a running mean of the generator's weights, which keeps this share of itself at each step, such as
    0.999 for the mean of about 1000 steps; 0: with the weights of the last step."""
    TTUR: bool = False
    """Two time scales: betas 0 and 0.9, generator lr/2, image discriminator lr*2."""
