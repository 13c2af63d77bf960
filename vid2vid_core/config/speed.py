"""How fast a stage computes, at which precision."""

from typing import Literal

from vid2vid_core.config.base import config_class


@config_class
class SpeedConfig:
    """Precision and speed. Only `autocast` changes results by more than the rounding of another machine does."""

    autocast: Literal["float32", "bf16", "fp16"] = "float32"
    """Numbers that convolutions compute with. Weights, losses, flows and warps are float32 always. bf16 needs about
    half the time and memory on GPUs from Ampere on; fp16, for older ones, scales the losses."""
    channels_last: bool = True
    """Channels lie side by side in memory, as fast convolutions want them."""
    compile: bool = False
    """Compile generators and discriminators: minutes at the start and wherever clips get another size, then less time a
    step on a GPU. Needs a C compiler."""
    fused_adam: bool = True
    """All weights of a network are updated by one kernel, and nothing waits for the device to see whether losses are
    finite."""
