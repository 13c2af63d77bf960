"""Frames shown whole, their controls label maps."""

from torch import Tensor

from vid2vid_core.dataset.geometry import Geometry, Size
from vid2vid_core.dataset.manifest import FrameRow, Manifest
from vid2vid_core.dataset.pictures import read_labels, read_photograph
from vid2vid_core.maps.face_crop import Box


class LabelView:
    """As `view.FrameView`."""

    def __init__(self, manifest: Manifest) -> None:
        """Raises ValueError if the dataset has no labels."""
        if manifest.label_nc < 1:
            raise ValueError(
                f"{manifest.root}: a {manifest.mode} dataset has no label maps; set controls.kind of the recipe to "
                f"{manifest.mode}"
            )
        self._manifest = manifest

    def size(self, row: FrameRow) -> Size:
        """That of the frame."""
        return row.width, row.height

    def box(self, row: FrameRow) -> Box | None:
        """None."""
        return None

    def geometry(self, drawn: Geometry) -> Geometry:
        """Unchanged."""
        return drawn

    def photograph(self, row: FrameRow, geometry: Geometry) -> Tensor:
        """The whole frame."""
        return read_photograph(self._manifest.resolve(row.image), geometry)

    def controls(self, row: FrameRow, geometry: Geometry) -> Tensor:
        """(1, h, w) int64 label ids, -1 where ignored."""
        manifest = self._manifest
        return read_labels(manifest.resolve(row.label), geometry, manifest.label_nc, manifest.ignore)

    def parts(self, row: FrameRow, geometry: Geometry) -> Tensor:
        """The labels."""
        return self.controls(row, geometry)
