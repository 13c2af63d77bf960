"""Test frames one by one, whole and at the size of training; for rendering and scoring."""

from pathlib import Path
from typing import NamedTuple

from torch import Tensor

from vid2vid_core.config import ControlConfig, DataConfig
from vid2vid_core.dataset.geometry import Geometry, whole_frame
from vid2vid_core.dataset.manifest import FrameRow, FrameRun, read_manifest
from vid2vid_core.dataset.open_view import open_view
from vid2vid_core.dataset.pictures import read_instances
from vid2vid_core.dataset.subject_stature import sequence_placement
from vid2vid_core.dataset.view import FrameView, shown_motion
from vid2vid_core.maps.face_crop import Box
from vid2vid_core.maps.retarget import Placement
from vid2vid_core.maps.stature import Stature
from vid2vid_core.video.reference_flow import Motion


class FrameSample(NamedTuple):
    """One frame, without batch axis."""

    image: Tensor | None
    """(3, h, w) in [-1, 1]; None where the dataset has no photograph of it."""
    controls: Tensor
    """As `types.Clip.controls`: (1, h, w) int64 label ids, -1 where ignored; or (C, h, w) drawn controls."""
    instances: Tensor | None
    """(1, h, w) int64, or None where the recipe does not use them."""
    drawn_parts: Tensor | None = None
    """`FrameView.parts` where controls are drawn."""

    @property
    def parts(self) -> Tensor:
        """(1, h, w) int64: the label, or the part of face or body, that each pixel belongs to; -1 where unknown."""
        return self.controls if self.drawn_parts is None else self.drawn_parts


class FrameReader:
    """Reads frames of a manifest whole, scaled as in training, neither cropped nor flipped."""

    def __init__(
        self,
        manifest_path: Path,
        data: DataConfig,
        controls: ControlConfig | None = None,
        stand_in: Stature | None = None,
    ) -> None:
        """Read the manifest; frames are read when asked for.

        Args:
            manifest_path: of the dataset.
            data: how frames are scaled.
            controls: what is shown, by default label maps.
            stand_in: poses: whom the people of the frames stand in for: they are shown as large as that person, at
                the same place of frames of the same size.
        """
        self.manifest = read_manifest(manifest_path)
        self.data = data
        self.controls = controls or ControlConfig()
        self._stand_in = stand_in
        self._placements: dict[tuple[str, str], Placement] = {}
        self._open: tuple[FrameRun | None, FrameView] | None = None
        self._video: tuple[str, str] | None = None
        self._runs: dict[tuple[str, str], FrameRun] = {}

    def runs(self, split: str = "test", video: str | None = None) -> list[FrameRun]:
        """Runs of valid frames of a split, and of one video if given."""
        return self.manifest.runs(split, video)

    def read(self, row: FrameRow) -> FrameSample:
        """Read one frame.

        Raises:
            ValueError: naming a file that is unreadable or holds an id it may not hold, or a missing instance map.
        """
        if self.data.use_instance and not row.instance:
            raise ValueError(
                f"{row.sequence}/{row.frame}: no instance map, which models with data.use_instance read; render with "
                f"--instances FOLDER, choose an annotate.instances that makes them, or train without"
            )
        view = self._view(row)
        geometry = self._geometry(view, row)
        return FrameSample(
            image=view.photograph(row, geometry) if row.image else None,
            controls=view.controls(row, geometry),
            instances=read_instances(self.manifest.resolve(row.instance), geometry) if self.data.use_instance else None,
            drawn_parts=None if self.controls.kind == "labels" else view.parts(row, geometry),
        )

    def box(self, row: FrameRow) -> Box | None:
        """What `read` cuts out of a frame; None: it shows all of it."""
        return self._view(row).box(row)

    def motion(self, motion: Motion, before: FrameRow, row: FrameRow) -> tuple[Tensor, Tensor]:
        """Flow (1, 2, h, w) and confidence (1, 1, h, w) between two frames as `read` shows them."""
        view = self._view(row)
        geometry = self._geometry(view, row)
        flow, confidence = shown_motion(view, motion, before, row, geometry)
        return geometry.cut_flow(flow), geometry.cut(confidence)

    def _geometry(self, view: FrameView, row: FrameRow) -> Geometry:
        return view.geometry(whole_frame(self.data, view.size(row)))

    def _view(self, row: FrameRow) -> FrameView:
        """The view of the run that the frame is in; the last one is kept, since frames are read in order."""
        run = None if self.controls.kind == "labels" else self._run_of(row)
        if self._open is None or self._open[0] is not run:
            placement = None if run is None else self._placement(run)
            self._open = run, open_view(self.manifest, self.controls, run.rows if run else (), placement=placement)
        return self._open[1]

    def _placement(self, run: FrameRun) -> Placement | None:
        if self._stand_in is None:
            return None
        key = run.split, run.sequence
        if key not in self._placements:
            self._placements[key] = sequence_placement(self.manifest, self.controls, run, self._stand_in)
        return self._placements[key]

    def _run_of(self, row: FrameRow) -> FrameRun:
        """The run a frame is in; those of one video are kept."""
        video = row.split, row.video
        if self._video != video:
            self._video = video
            self._runs = {(run.sequence, row.frame): run for run in self.manifest.runs(*video) for row in run.rows}
        return self._runs[row.sequence, row.frame]
