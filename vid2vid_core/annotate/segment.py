"""The annotate stage of a street video: label and instance images, and one row a frame."""

import logging
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from vid2vid_core.annotate.annotation import Annotation, followed_instances, given_instances, without_instances
from vid2vid_core.annotate.frame_table import placement_of, read_frames, source_length
from vid2vid_core.annotate.given import GivenSegmenter, IdSource, id_source, used_ids
from vid2vid_core.annotate.id_maps import IdMap
from vid2vid_core.annotate.label_files import Ids, write_ids
from vid2vid_core.annotate.segmenter import Frame, Segmenter
from vid2vid_core.config import DatasetConfig
from vid2vid_core.config.sources import Source
from vid2vid_core.storage import atomic_directory, read_table, write_table
from vid2vid_core.video.dis import opencv_on_one_thread

logger = logging.getLogger("vid2vid_core.annotate")

_COLUMNS = {"label": "str", "instance": "str", "valid": "bool", "reason": "str"}


def annotate_labels(
    frames_table: Path, out_dir: Path, table: Path, config: DatasetConfig, source: Source, fitted: Path | None
) -> None:
    """Annotate every valid frame of one video and write its annotation table; an empty frame table gives an empty one.

    A source of kind `layout` is used in place: the table points at its files and `out_dir` stays empty.

    Args:
        frames_table: frames/{video}.parquet.
        out_dir: Folder for {label,instance}/<sequence>/<frame>.png.
        table: annotations/{video}.parquet.
        config: The dataset; `label_nc`, `ignore`, `frames` and `annotate` are used.
        source: Where the video and what is given for it lie.
        fitted: For the unsupervised segmenter: what `fit_segmenter` wrote.

    Raises:
        ValueError: an annotation that cannot be used, by its file, what was found and what is allowed.
    """
    rows = read_table(frames_table)[0]
    frames = [frame for frame in read_frames(frames_table)[0] if frame]
    place = Path(os.path.relpath(out_dir, table.parent))
    with atomic_directory(out_dir) as folder, opencv_on_one_thread():
        if source.kind == "layout":
            found = _in_place(frames, source)
        elif frames:
            length = source_length(rows["number"].tolist(), source, config.frames)
            annotations = _annotations(frames, config, source, fitted, length)
            progress = tqdm(annotations, total=len(frames), desc=f"annotate {source.id}", unit="frame", disable=None)
            found = [_store(a, f, folder, place) for f, a in zip(frames, progress, strict=True)]
        else:
            found = []
    result = rows[["video", "sequence", "frame"]].assign(label="", instance="", valid=False, reason=rows["reason"])
    names = ["label", "instance", "reason"]
    result.loc[rows["valid"].astype(bool), names] = pd.DataFrame(found, columns=names).to_numpy()
    result["valid"] = result["label"] != ""
    write_table(table, result.astype(_COLUMNS), _metadata(config, source, fitted))
    logger.info("%s: %d of %d frames annotated", source.id, int(result["valid"].sum()), len(rows))


def _metadata(config: DatasetConfig, source: Source, fitted: Path | None) -> dict[str, Any]:
    annotate = config.annotate
    if source.kind == "layout":
        kept = "given" if source.instances else "none"
        return {"segmenter": "layout", "instances": kept, "label_nc": config.label_nc, "source": source.labels}
    origin = {"given": source.labels, "unsupervised": str(fitted), "panoptic": annotate.model}[annotate.segmenter]
    return {
        "segmenter": annotate.segmenter,
        "instances": annotate.instances,
        "label_nc": config.label_nc,
        "source": origin,
    }


def _in_place(frames: list[Frame], source: Source) -> list[tuple[str, str, str]]:
    """Label, instance and reason of each frame of a layout; nothing is opened, the dataset check does that."""
    if source.labels is None:
        return [("", "", f"the layout has no folder of labels for {source.path}")] * len(frames)
    names = [frame.name for frame in frames]
    labels = used_ids(names, Path(source.labels))
    instances = used_ids(names, Path(source.instances)) if source.instances else dict.fromkeys(names, "")
    return [
        (labels[name], instances[name] if labels[name] else "",
         "" if labels[name] else f"no image named '{name}' in {source.labels}")
        for name in names
    ]  # fmt: skip


def _annotations(
    frames: list[Frame], config: DatasetConfig, source: Source, fitted: Path | None, length: int | None
) -> Iterator[Annotation]:
    """The annotation of every frame, one by one."""
    ids = partial(_ids, frames=frames, config=config, source=source, length=length)
    annotate = config.annotate
    segmenter: Segmenter
    if annotate.segmenter == "given":
        segmenter = GivenSegmenter(ids("labels"), IdMap(annotate.id_map, config.ignore))
    elif annotate.segmenter == "unsupervised":
        from vid2vid_core.annotate.unsupervised import UnsupervisedSegmenter

        if fitted is None:
            raise ValueError("annotate.segmenter 'unsupervised' needs the file that fit_segmenter writes")
        segmenter = UnsupervisedSegmenter(fitted)
    else:
        from vid2vid_core.annotate.panoptic import PanopticSegmenter

        segmenter = PanopticSegmenter(annotate, config.label_nc, config.ignore)
    segmentations = segmenter.segment(frames)
    if annotate.instances == "none":
        return without_instances(segmentations)
    if annotate.instances == "given":
        return given_instances(frames, segmentations, ids("instances"))
    return followed_instances(frames, segmentations, annotate)


def _ids(key: str, frames: list[Frame], config: DatasetConfig, source: Source, length: int | None) -> IdSource:
    """The given labels or instances of a source."""
    path = getattr(source, key)
    if path is None:
        raise ValueError(
            f"video '{source.id}' ({source.path}) has no '{key}' in the dataset YAML, but annotate asks for it"
        )
    return id_source(path, placement_of(frames, source, config.frames), source.path, length)


def _store(annotation: Annotation, frame: Frame, folder: Path, place: Path) -> tuple[str, str, str]:
    """Write the images of one frame; returns its label path, instance path and reason."""

    def write(kind: str, ids: Ids | None) -> str:
        if ids is None:
            return ""
        inside = Path(kind) / frame.sequence / f"{frame.name}.png"
        (folder / inside).parent.mkdir(parents=True, exist_ok=True)
        write_ids(folder / inside, ids)
        return str(place / inside)

    return write("label", annotation.labels), write("instance", annotation.instances), annotation.reason
