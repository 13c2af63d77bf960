"""Who is seen in each frame of a video, and where body-part maps come from."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from vid2vid_core.annotate.frame_table import placement_of
from vid2vid_core.annotate.label_files import Placement
from vid2vid_core.annotate.pose.estimator import PoseEstimator
from vid2vid_core.annotate.pose.given_poses import ENDINGS, read_people
from vid2vid_core.annotate.pose.pairing import pair_files, refuse_unpaired
from vid2vid_core.annotate.pose.parts import BodyParts, BuiltinParts, GivenParts
from vid2vid_core.annotate.pose.track import Sighting
from vid2vid_core.annotate.segmenter import Frame
from vid2vid_core.config import DatasetConfig, PoseAnnotateConfig, Source
from vid2vid_core.config.sources import IMAGE_ENDINGS


def sightings(frames: Sequence[Frame], config: DatasetConfig, source: Source) -> Iterator[Sighting]:
    """The people of each frame, in time order.

    Raises:
        ValueError: files that cannot be paired with frames, or a model that is not installed.
    """
    if source.kind == "layout" or config.annotate.pose.backend == "given":
        return _given(frames, config, source)
    return _estimated(frames, config.annotate.pose)


def body_parts(frames: Sequence[Frame], config: DatasetConfig, source: Source) -> BodyParts | None:
    """The configured origin of body-part maps; None without any.

    Raises:
        ValueError: as in `sightings`.
    """
    pose = config.annotate.pose
    if pose.densepose == "builtin":
        return BuiltinParts(_estimator(pose, silhouettes=True) if pose.backend == "given" else None)
    if pose.densepose == "model":
        from vid2vid_core.annotate.pose.densepose_model import ModelParts

        return ModelParts(Path(str(pose.densepose_model)))
    if pose.densepose == "given":
        folder = _folder("densepose", source)
        return GivenParts(folder, files_of(folder, IMAGE_ENDINGS, frames, source), _placement(frames, config, source))
    return None


def files_of(folder: Path, endings: tuple[str, ...], frames: Sequence[Frame], source: Source) -> dict[str, Path]:
    """Files by frame name. Raises ValueError if they cannot be paired; those of a layout may be missing."""
    found = pair_files(folder, endings, frames, numbered=source.kind == "video")
    if source.kind != "layout":
        refuse_unpaired(found, folder, endings, frames)
    return found


def _given(frames: Sequence[Frame], config: DatasetConfig, source: Source) -> Iterator[Sighting]:
    folder = _folder("openpose", source)
    files, placement = files_of(folder, ENDINGS, frames, source), _placement(frames, config, source)
    for frame in frames:
        yield read_people(files.get(frame.name), frame, folder, placement)


def _estimated(frames: Sequence[Frame], config: PoseAnnotateConfig) -> Iterator[Sighting]:
    estimator, sequence = _estimator(config, config.densepose == "builtin"), ""
    for frame in frames:
        if frame.sequence != sequence:
            estimator.start()
            sequence = frame.sequence
        yield Sighting(figures=estimator.find(frame.read()))


def _estimator(config: PoseAnnotateConfig, silhouettes: bool) -> PoseEstimator:
    from vid2vid_core.annotate.pose.holistic import HolisticEstimator

    return HolisticEstimator(config, silhouettes)


def _folder(key: str, source: Source) -> Path:
    path = getattr(source, key)
    if path is None:
        raise ValueError(
            f"video '{source.id}' ({source.path}) has no '{key}' in the dataset YAML, but annotate.pose asks for it"
        )
    return Path(path)


def _placement(frames: Sequence[Frame], config: DatasetConfig, source: Source) -> Placement | None:
    """Where the frames lie in the pictures of the source; None if they are those pictures."""
    moved = source.kind != "layout" and (config.frames.crop is not None or config.frames.scale is not None)
    return placement_of(list(frames), source, config.frames) if moved else None
