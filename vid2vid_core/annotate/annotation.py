"""Label map and instance image of each frame, from a segmenter and the configured origin of instances."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vid2vid_core.annotate.given import IdSource
from vid2vid_core.annotate.instances import InstanceMap, draw_instances, drop_small, find_components
from vid2vid_core.annotate.segmenter import Frame, LabelMap, Segmentation
from vid2vid_core.annotate.tracking import InstanceTracker
from vid2vid_core.config import AnnotateConfig


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """What is stored for one frame."""

    labels: LabelMap | None
    """(H, W); None if there is no annotation."""
    instances: InstanceMap | None
    """(H, W); None without instances."""
    reason: str
    """Why `labels` is None."""


def without_instances(segmentations: Iterable[Segmentation]) -> Iterator[Annotation]:
    """Labels alone."""
    for found in segmentations:
        yield Annotation(labels=found.labels, instances=None, reason=found.reason)


def given_instances(
    frames: Iterable[Frame], segmentations: Iterable[Segmentation], source: IdSource
) -> Iterator[Annotation]:
    """Instances from files, kept as they are. A frame without an instance image has no annotation."""
    for found, given in zip(segmentations, source.read(frames), strict=True):
        if found.labels is None or given.ids is None:
            yield Annotation(labels=None, instances=None, reason=found.reason or given.origin)
        else:
            yield Annotation(labels=found.labels, instances=given.ids.astype("uint16"), reason="")


def followed_instances(
    frames: Iterable[Frame], segmentations: Iterable[Segmentation], config: AnnotateConfig
) -> Iterator[Annotation]:
    """Objects followed over time within a sequence: the segmenter's segments, or connected components of its labels."""
    sequence, tracker = "", InstanceTracker()
    for frame, found in zip(frames, segmentations, strict=True):
        if frame.sequence != sequence:
            sequence, tracker = frame.sequence, InstanceTracker()
        if found.labels is None:
            yield Annotation(labels=None, instances=None, reason=found.reason)
            continue
        if config.instances == "components":
            objects = find_components(found.labels, config.instance_labels, config.min_instance_pixels)
        elif found.segments is None:
            raise ValueError(f"annotate.instances 'segments': segmenter '{config.segmenter}' finds no segments")
        else:
            objects = drop_small(found.segments, config.min_instance_pixels)
        numbers = tracker.update(found.labels, objects)
        yield Annotation(labels=found.labels, instances=draw_instances(found.labels, objects, numbers), reason="")
