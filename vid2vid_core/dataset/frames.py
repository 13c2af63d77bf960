"""Test frames one by one, whole and at the size of training; for rendering and scoring."""

from pathlib import Path
from typing import NamedTuple

from torch import Tensor

from vid2vid_core.config import DataConfig
from vid2vid_core.dataset.geometry import Geometry, whole_frame
from vid2vid_core.dataset.manifest import FrameRow, FrameRun, read_manifest
from vid2vid_core.dataset.pictures import picture_size, read_instances, read_labels, read_photograph


class FrameSample(NamedTuple):
    """One frame, without batch axis."""

    image: Tensor | None
    """(3, h, w) in [-1, 1]; None where the dataset has no photograph of it."""
    controls: Tensor
    """(1, h, w) int64 label ids, -1 where ignored."""
    instances: Tensor | None
    """(1, h, w) int64, or None where the recipe does not use them."""


class FrameReader:
    """Reads frames of a manifest whole, scaled as in training, neither cropped nor flipped."""

    def __init__(self, manifest_path: Path, data: DataConfig):
        """Read the manifest; frames are read when asked for."""
        self.manifest = read_manifest(manifest_path)
        self.data = data

    def runs(self, split: str = "test", video: str | None = None) -> list[FrameRun]:
        """Runs of valid frames of a split, and of one video if given."""
        return self.manifest.runs(split, video)

    def geometry(self, row: FrameRow) -> Geometry:
        """Size a frame is read at."""
        return whole_frame(self.data, (row.width, row.height))

    def read(self, row: FrameRow) -> FrameSample:
        """Read one frame.

        Raises:
            ValueError: naming a file that is unreadable or holds an id it may not hold, or a missing instance map.
        """
        geometry, resolve = self.geometry(row), self.manifest.resolve
        if self.data.use_instance and not row.instance:
            raise ValueError(
                f"{row.sequence}/{row.frame}: no instance map, needed by data.use_instance of the recipe; "
                f"choose an annotate.instances that makes them, or train without"
            )
        return FrameSample(
            image=read_photograph(resolve(row.image), geometry) if row.image else None,
            controls=read_labels(resolve(row.label), geometry, self.manifest.label_nc, self.manifest.ignore),
            instances=read_instances(resolve(row.instance), geometry) if self.data.use_instance else None,
        )


def read_controls(
    label: Path, instance: Path | None, data: DataConfig, label_nc: int, ignore: tuple[int, ...] = ()
) -> FrameSample:
    """A frame that has no manifest: only its label file and, if the recipe uses them, its instance file.

    Raises:
        ValueError: as `FrameReader.read`.
    """
    if data.use_instance and instance is None:
        raise ValueError(f"{label}: no instance map beside it, needed by data.use_instance")
    geometry = whole_frame(data, picture_size(label))
    return FrameSample(
        image=None,
        controls=read_labels(label, geometry, label_nc, ignore),
        instances=read_instances(instance, geometry) if data.use_instance and instance is not None else None,
    )
