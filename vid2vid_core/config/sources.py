"""From a dataset config to its list of sources: globs expanded, every source with an identifier of its own."""

import glob
import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from vid2vid_core.config.dataset import DatasetConfig, Split, VideoEntry
from vid2vid_core.config.load import ConfigError
from vid2vid_core.shards.access import folder_name, is_shard
from vid2vid_core.shards.shard import ENDING

IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".ppm", ".pgm", ".bmp", ".tiff")


@dataclass(frozen=True, kw_only=True)
class Source:
    """One video of a dataset: a file, a folder of frames, or one sequence of an existing layout."""

    id: str
    """Identifier, `[A-Za-z0-9-]+`, unique within the dataset."""
    split: Split
    """Its split."""
    path: str
    """Video file or folder of photographs."""
    kind: Literal["video", "folder", "layout"]
    """What `path` is."""
    labels: str | None = None
    """Label video or folder of label images."""
    instances: str | None = None
    """Instance video or folder."""
    keypoints: str | None = None
    """Folder of landmark files."""
    openpose: str | None = None
    """Folder of key point files."""
    densepose: str | None = None
    """Folder of body-part pictures."""
    start: float | None = None
    """Skip what is shown before, seconds."""
    end: float | None = None
    """Stop before, seconds."""
    start_frame: int = 0
    """Skip this many source frames."""
    max_frames: int | None = None
    """Take at most this many frames."""

    def files(self) -> list[str]:
        """The files and folders this source is read from."""
        given = (self.labels, self.instances, self.keypoints, self.openpose, self.densepose)
        return [path for path in (self.path, *given) if path is not None]


def expand_sources(config: DatasetConfig, origin: str, results: str = "results") -> list[Source]:
    """List the sources of a dataset, sorted as configured; `origin` names the YAML in errors.

    Raises:
        ConfigError: if not exactly one kind of source is given; or listing every path that does not exist, glob that
            matches nothing, or name used twice.
    """
    given = [key for key in ("videos", "layout", "world") if getattr(config, key)]
    if len(given) != 1:
        raise ConfigError(f"{origin}: give exactly one of videos, layout, world; got {', '.join(given) or 'none'}")
    if config.world is not None:
        return _world_sources(config, results)
    if config.layout is not None:
        return _layout_sources(Path(config.layout), config.mode, origin)
    problems: list[str] = []
    found: list[tuple[VideoEntry, Path]] = []
    for index, entry in enumerate(config.videos):
        matches = _matches(entry.path)
        where = f"{origin}: videos[{index}]"
        if not matches:
            problems.append(f"{where}.path: no such file or folder, and no glob that matches one: '{entry.path}'")
        if entry.name is not None and len(matches) > 1:
            problems.append(f"{where}.name: '{entry.name}' cannot name the {len(matches)} matches of '{entry.path}'")
        for match in matches:
            found.append((entry, match))
            for key in ("labels", "instances", "keypoints", "openpose", "densepose"):
                annotation = _annotation(getattr(entry, key), match)
                if annotation is not None and not Path(annotation).exists():
                    problems.append(f"{where}.{key}: no such file or folder: '{annotation}'")
    names = [_slug(match) if entry.name is None else entry.name for entry, match in found]
    chosen = Counter(entry.name for entry, _ in found if entry.name is not None)
    twice = sorted(name for name, times in chosen.items() if times > 1)
    problems += [f"{origin}: videos: name '{name}' is given twice" for name in twice]
    if problems:
        raise ConfigError("\n".join(problems))
    sources = []
    occurrences = Counter(names)
    for (entry, match), name in zip(found, names, strict=True):
        identifier = name
        if entry.name is None and occurrences[name] > 1:
            key = f"{match}|{entry.split}|{entry.start}|{entry.start_frame}"
            identifier = f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:6]}"
        sources.append(_source(entry, match, identifier))
    identifiers = Counter(source.id for source in sources)
    repeated = sorted({source.path for source in sources if identifiers[source.id] > 1})
    if repeated:
        raise ConfigError(f"{origin}: videos: listed twice with the same range: {', '.join(repeated)}")
    return sources


def _source(entry: VideoEntry, match: Path, identifier: str) -> Source:
    return Source(
        id=identifier,
        split=entry.split,
        path=str(match),
        kind="folder" if match.is_dir() else "video",
        labels=_annotation(entry.labels, match),
        instances=_annotation(entry.instances, match),
        keypoints=_annotation(entry.keypoints, match),
        openpose=_annotation(entry.openpose, match),
        densepose=_annotation(entry.densepose, match),
        start=entry.start,
        end=entry.end,
        start_frame=entry.start_frame,
        max_frames=entry.max_frames,
    )


def _matches(pattern: str) -> list[Path]:
    """The path itself if it exists (even when it looks like a glob), else what the glob matches, in natural order."""
    path = Path(pattern).expanduser()
    if path.exists():
        return [path]
    return sorted((Path(match) for match in glob.glob(str(path), recursive=True)), key=natural_key)


def natural_key(path: Path) -> list[str | int]:
    """Sort key under which frame_10 comes after frame_9."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"([0-9]+)", str(path))]


def _annotation(pattern: str | None, video: Path) -> str | None:
    return None if pattern is None else str(Path(pattern.replace("{stem}", video.stem)).expanduser())


def _slug(path: Path) -> str:
    """An identifier from a file name: what is not a letter or digit becomes a hyphen; `video` if nothing is left."""
    return re.sub(r"[^A-Za-z0-9]+", "-", path.stem).strip("-") or "video"


def _world_sources(config: DatasetConfig, results: str) -> list[Source]:
    """One source for each clip of a built-in world, whose files are yet to be made; labels only where it knows them."""
    assert config.world is not None
    labelled = config.world.kind == "street_demo"
    train, test = (config.world.train, config.world.test)
    splits: list[Split] = ["train" if index < train else "test" for index in range(train + test)]
    sources = []
    for index, split in enumerate(splits):
        identifier = f"{'drive' if labelled else 'clip'}-{index:02d}"
        folder = f"{results}/datasets/{config.name}/world/{identifier}"
        sources.append(
            Source(
                id=identifier,
                split=split,
                path=f"{folder}/rgb.mp4",
                kind="video",
                labels=f"{folder}/labels.mkv" if labelled else None,
                instances=f"{folder}/instances.mkv" if labelled else None,
            )
        )
    return sources


def _stored(folder: Path) -> Path | None:
    """The folder, or the shard that stands for it; None if there is neither."""
    shard = folder.with_name(folder.name + ENDING)
    return folder if folder.is_dir() else shard if is_shard(shard) else None


_LAYOUTS = {
    "street": ("B", {"labels": "A", "instances": "inst"}),
    "face": ("img", {"keypoints": "keypoints"}),
    "pose": ("img", {"openpose": "openpose", "densepose": "densepose"}),
}
"""Mode to the ending of folders of photographs, and of those of each kind of annotation."""


def _layout_sources(root: Path, mode: str, origin: str) -> list[Source]:
    """One source for every folder (or shard) of photographs below train_B and test_B, ... of an existing layout."""
    if not root.is_dir():
        raise ConfigError(f"{origin}: layout: no such folder: '{root}'")
    photographs, annotations = _LAYOUTS[mode]
    sources = []
    splits: tuple[Split, ...] = ("train", "test")
    for split in splits:
        top = root / f"{split}_{photographs}"
        files = list(top.rglob("*"))
        folders = {file.parent for file in files if file.suffix.lower() in IMAGE_ENDINGS}
        folders |= {file for file in files if is_shard(file)}
        for folder in sorted(folders, key=natural_key):
            inside = folder.relative_to(top)
            if is_shard(folder):
                inside = inside.with_name(folder_name(folder))
            places = {key: _stored(root / f"{split}_{ending}" / inside) for key, ending in annotations.items()}
            given: dict[str, Any] = {key: str(place) for key, place in places.items() if place is not None}
            sources.append(
                Source(
                    id="-".join([split, *re.findall(r"[A-Za-z0-9]+", str(inside))]),
                    split=split,
                    path=str(folder),
                    kind="layout",
                    **given,
                )
            )
    if not sources:
        raise ConfigError(
            f"{origin}: layout: no images in '{root}/train_{photographs}' or '{root}/test_{photographs}', where "
            f"those of a {mode} dataset are"
        )
    return sources
