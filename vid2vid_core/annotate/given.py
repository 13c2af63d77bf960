"""Ids that somebody made already: a folder of id images paired by frame name, or an id video paired by frame number."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from vid2vid_core.annotate.id_maps import IdMap
from vid2vid_core.annotate.label_files import Ids, Placement, index_folder, read_ids
from vid2vid_core.annotate.segmenter import Frame, Segmentation
from vid2vid_core.config.sources import IMAGE_ENDINGS
from vid2vid_core.shards.access import is_folder
from vid2vid_core.video.read import read_video


@dataclass(frozen=True, kw_only=True)
class Given:
    """The ids found for one frame."""

    ids: Ids | None
    """(H, W) at the size of the frame; None if there are none."""
    origin: str
    """File and frame they come from, for messages; if `ids` is None, the reason."""


class IdSource(Protocol):
    """Where given ids lie."""

    def read(self, frames: Iterable[Frame]) -> Iterator[Given]:
        """Yield what is given for each frame, in order."""
        ...


@dataclass(frozen=True)
class IdFolder:
    """Id images named like the frames."""

    folder: Path
    placement: Placement

    def read(self, frames: Iterable[Frame]) -> Iterator[Given]:
        """Pair by name. Raises ValueError if not one image is named like a frame, or one cannot be used."""
        files = index_folder(self.folder)
        if not files:
            raise ValueError(f"{self.folder}: no label images in it (endings: {', '.join(IMAGE_ENDINGS)})")
        example, num_paired = "", 0
        for frame in frames:
            file = files.get(frame.name)
            if file is None:
                example = example or frame.name
                yield Given(ids=None, origin=f"no image named '{frame.name}' in {self.folder}")
                continue
            num_paired += 1
            yield Given(ids=self.placement.place(read_ids(file), str(file)), origin=str(file))
        if example and not num_paired:
            raise ValueError(
                f"{self.folder}: none of its {len(files)} images is named like a frame; frames are named like "
                f"'{example}', these like '{next(iter(files))}'. Name each label image like its frame"
            )


@dataclass(frozen=True)
class IdVideo:
    """An id video with one frame for every frame of the source video."""

    file: Path
    placement: Placement
    num_frames: int | None = field(kw_only=True)
    """Frames the source video has; None if only a part of it was decoded, so that this is not known."""
    video: str = field(kw_only=True)
    """The source video, for messages."""

    def read(self, frames: Iterable[Frame]) -> Iterator[Given]:
        """Pair by frame number, which must not decrease. Raises ValueError if the two videos differ in length."""
        stream = enumerate(read_video(self.file, ids=True))
        position, ids = -1, None
        for frame in frames:
            while position < frame.number:
                try:
                    position, ids = next(stream)
                except StopIteration:
                    needed = self.num_frames or frame.number + 1
                    raise self._other_length(position + 1, f"{needed} frames or more") from None
            if ids is None:
                raise ValueError(f"{self.video}: frame numbers must start at 0 and not decrease, got {frame.number}")
            origin = f"{self.file}, frame {position}"
            yield Given(ids=self.placement.place(ids, origin), origin=origin)
        found = position + 1 + sum(1 for _ in stream)
        if self.num_frames is not None and found != self.num_frames:
            raise self._other_length(found, f"{self.num_frames} frames")

    def _other_length(self, found: int, needed: str) -> ValueError:
        return ValueError(
            f"{self.file}: has {found} frames, but {self.video} has {needed}; "
            "a label or instance video needs exactly one frame for every frame of its video"
        )


class GivenSegmenter:
    """Segmenter 'given': ids from files, translated by an explicit map."""

    def __init__(self, source: IdSource, id_map: IdMap) -> None:
        self._source = source
        self._id_map = id_map

    def segment(self, frames: Iterable[Frame]) -> Iterator[Segmentation]:
        """See `Segmenter`."""
        for given in self._source.read(frames):
            if given.ids is None:
                yield Segmentation(labels=None, reason=given.origin)
            else:
                yield Segmentation(labels=self._id_map.apply(given.ids, given.origin))


def id_source(path: str, placement: Placement, video: str, num_frames: int | None) -> IdSource:
    """The id folder or id video at `path`, whichever it is."""
    if is_folder(Path(path)):
        return IdFolder(Path(path), placement)
    return IdVideo(Path(path), placement, num_frames=num_frames, video=video)


def used_ids(names: Collection[str], folder: Path) -> dict[str, str]:
    """Absolute path of the id image of each frame name in a folder of a layout that is used in place; "" if missing."""
    files = index_folder(folder)
    return {name: str(files[name].absolute()) if name in files else "" for name in names}
