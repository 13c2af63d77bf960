"""Pure tensor functions: warp, pyramid, one-hot, instance edges."""

from vid2vid_core.ops.controls import encode_controls, foreground_mask, instance_edges, one_hot
from vid2vid_core.ops.instance_pooling import InstanceMeans, instance_means, label_of_object, object_ids, pool_instances
from vid2vid_core.ops.precision import full_precision
from vid2vid_core.ops.pyramid import halve, pyramid
from vid2vid_core.ops.warp import compose_flow, warp

__all__ = [
    "InstanceMeans",
    "compose_flow",
    "encode_controls",
    "foreground_mask",
    "full_precision",
    "halve",
    "instance_edges",
    "instance_means",
    "label_of_object",
    "object_ids",
    "one_hot",
    "pool_instances",
    "pyramid",
    "warp",
]
