"""FlowNet2 in plain PyTorch: no extension to compile, CPU and GPU."""

from vid2vid_core.models.flownet2.flownet2 import FlowNet2
from vid2vid_core.models.flownet2.reference import reference_flow

__all__ = ["FlowNet2", "reference_flow"]
