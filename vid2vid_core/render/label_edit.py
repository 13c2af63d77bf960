"""Other labels in place of those of a frame, before the networks see it."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from vid2vid_core.dataset.frames import FrameSample
from vid2vid_core.maps.instance_ids import FIRST_OBJECT


@dataclass(frozen=True)
class LabelEdit:
    """Labels that are shown as others, all at once."""

    labels: Mapping[int, int]
    """Label by the label it takes the place of."""

    def apply(self, sample: FrameSample) -> FrameSample:
        """The frame with other controls; its picture stays."""
        if not self.labels:
            return sample
        shown = sample.controls.clone()
        for old, new in self.labels.items():
            shown[sample.controls == old] = new
        instances = sample.instances
        return sample._replace(controls=shown, instances=None if instances is None else self._joined(sample, instances))

    def _joined(self, sample: FrameSample, instances: Tensor) -> Tensor:
        """Instances without the edges between what has been changed and what it has become a part of.

        Where the new label is ground in this frame (no objects, such as trees or road), what becomes it becomes a part
        of that; otherwise objects stay objects.
        """
        joined = instances.clone()
        for old, new in self.labels.items():
            changed = sample.controls == old
            ground = instances[(sample.controls == new) & (instances < FIRST_OBJECT)]
            if ground.numel():
                joined[changed] = int(torch.mode(ground).values)
            else:
                joined[changed & (instances < FIRST_OBJECT)] = new
        return joined
