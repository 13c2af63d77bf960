"""Looks of single objects and of single labels, painted over a feature map."""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from vid2vid_core.maps.instance_ids import FIRST_OBJECT
from vid2vid_core.models.label_codes import LabelCodes
from vid2vid_core.ops import object_ids, pool_instances


def vary_objects(features: Tensor, labels: Tensor, instances: Tensor, codes: LabelCodes) -> Tensor:
    """Give every object one of the looks of its label, by its number: the same in every frame that shows it.

    Args:
        features: (B, C, H, W).
        labels: (B, 1, H, W) integer ids, -1 where there is none.
        instances: (B, 1, H, W) integer ids; objects are those from `FIRST_OBJECT` on.
        codes: of all labels; what has none keeps its features.

    Returns:
        (B, C, H, W).
    """
    painted = features.movedim(1, -1).clone()
    for label, number, mask in _objects(labels, instances):
        count = codes.count(label)
        if count:
            painted[mask] = codes.look(label, number % count + 1).to(painted)
    return painted.movedim(-1, 1)


def known_objects(features: Tensor, seen: Tensor, labels: Tensor, instances: Tensor, codes: LabelCodes) -> Tensor:
    """Give every object the look of its label that is most like its own.

    Args:
        features: (B, C, H, W), kept where there is no object.
        seen: (B, C, H, W), the encoder's output for the real picture.
        labels: as for `vary_objects`.
        instances: likewise.
        codes: likewise.
    """
    painted = features.movedim(1, -1).clone()
    own = pool_instances(seen, object_ids(labels, instances)).movedim(1, -1)
    for label, _, mask in _objects(labels, instances):
        for sample in mask.flatten(1).any(dim=1).nonzero()[:, 0].tolist():
            here = mask[sample]
            painted[sample, here] = codes.nearest(label, own[sample, here][0]).to(painted)
    return painted.movedim(-1, 1)


def choose_looks(features: Tensor, labels: Tensor, codes: LabelCodes, chosen: Mapping[int, int]) -> Tensor:
    """Give whole labels one of their looks.

    Args:
        features: (B, C, H, W).
        labels: (B, 1, H, W) integer ids.
        codes: of all labels.
        chosen: number of the look by label, 1 being the most common.

    Raises:
        ValueError: a label has not so many looks.
    """
    painted = features.movedim(1, -1).clone()
    for label, number in chosen.items():
        painted[labels[:, 0] == label] = codes.look(label, number).to(painted)
    return painted.movedim(-1, 1)


def _objects(labels: Tensor, instances: Tensor) -> Iterator[tuple[int, int, Tensor]]:
    """Label, number and pixels (B, H, W) of every object."""
    for label, number in torch.stack((labels, instances), dim=-1).flatten(0, -2).unique(dim=0).tolist():
        if label >= 0 and number >= FIRST_OBJECT:
            yield label, number, ((labels == label) & (instances == number))[:, 0]
