"""The annotate stage of a pose video: key points, body parts and one row a frame, and how well they were found."""

import logging
import os
from itertools import chain, groupby
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from tqdm import tqdm

from vid2vid_core.annotate.frame_table import read_frames
from vid2vid_core.annotate.pose.in_place import in_place
from vid2vid_core.annotate.pose.look import body_parts, sightings
from vid2vid_core.annotate.pose.parts import Posed
from vid2vid_core.annotate.pose.quality import track_quality
from vid2vid_core.annotate.pose.table import Paths, pose_table
from vid2vid_core.annotate.pose.track import PoseTrack, Sighting, track_pose
from vid2vid_core.annotate.segmenter import Frame
from vid2vid_core.config import DatasetConfig, Source, to_dict
from vid2vid_core.maps.densepose import Picture
from vid2vid_core.maps.openpose_file import write_openpose
from vid2vid_core.storage import atomic_directory, read_table, write_table
from vid2vid_core.video.dis import opencv_on_one_thread

logger = logging.getLogger("vid2vid_core.annotate")


def annotate_poses(frames_table: Path, out_dir: Path, table: Path, config: DatasetConfig, source: Source) -> None:
    """Find one person in every sequence of one video; an empty frame table gives an empty one.

    A video without anybody is no error: all its frames become invalid, with the reason.

    Args:
        frames_table: frames/{video}.parquet.
        out_dir: Folder for openpose/<sequence>/<frame>.json, with the subject alone, and densepose/<sequence>/
            <frame>.png; stays empty for a layout, whose files are used in place.
        table: annotations/{video}.parquet: per frame the paths of its files, the box of all points, the mean
            confidence of the joints found, and whether the person is filled in. Its metadata says who found key points
            and body parts, and under `quality`, sequence by sequence, how well (see `track_quality`).
        config: The dataset; `frames` and `annotate.pose` are used.
        source: Where the video and given files lie.

    Raises:
        ValueError: a model is missing, given files cannot be paired with frames, or the person is missing and the
            policy is to fail.
    """
    rows, frames = read_table(frames_table)[0].reset_index(drop=True), read_frames(frames_table)[0]
    with atomic_directory(out_dir) as folder, opencv_on_one_thread():
        if source.kind == "layout":
            tracks, paths = in_place(rows, frames, config, source)
        else:
            tracks = _follow(rows, _look(rows["reason"].tolist(), frames, config, source), config, source.id)
            place = Path(os.path.relpath(out_dir, table.parent))
            paths = _write(frames, list(tracks.values()), config, source, folder, place)
    quality = [track_quality(sequence, track) for sequence, track in tracks.items()]
    write_table(table, pose_table(rows, list(tracks.values()), paths), _metadata(config, source) | {"quality": quality})
    for numbers in quality:
        logger.info("%s: %s", source.id, ", ".join(f"{key} {value}" for key, value in numbers.items()))
    if paths and all(reason for _, _, reason in paths):
        logger.warning("%s (%s): none of its frames can be used; %s", source.id, source.path, paths[0][2])


def _metadata(config: DatasetConfig, source: Source) -> dict[str, Any]:
    """`backend` and `densepose` say who found key points and body parts."""
    pose = config.annotate.pose
    if source.kind == "layout":
        origin = "given" if source.densepose else "none"
        return {"backend": "layout", "densepose": origin, "settings": None, "source": source.openpose}
    named = {"builtin": "built-in", "given": "given", "model": f"model {pose.densepose_model}", "none": "none"}
    return {
        "backend": pose.backend,
        "densepose": named[pose.densepose],
        "settings": to_dict(pose),
        "source": source.openpose,
    }


def _look(reasons: list[str], frames: list[Frame | None], config: DatasetConfig, source: Source) -> list[Sighting]:
    """Who is seen in each frame; one without a picture keeps its reason."""
    pictures = [frame for frame in frames if frame]
    seen = sightings(pictures, config, source) if pictures else iter(())
    found = iter(list(tqdm(seen, total=len(pictures), desc=f"poses {source.id}", unit="frame", disable=None)))
    return [
        Sighting(reason=reason, usable=False) if frame is None else next(found)
        for frame, reason in zip(frames, reasons, strict=True)
    ]


def _follow(rows: pd.DataFrame, seen: list[Sighting], config: DatasetConfig, video: str) -> dict[str, PoseTrack]:
    """The track of every sequence, in the order of the rows."""
    tracks = {}
    for sequence, indices in groupby(rows.index, key=rows["sequence"].__getitem__):
        part = list(indices)
        times, names = rows["time"].to_numpy(np.float64)[part], rows["frame"].loc[part].tolist()
        track = track_pose([seen[i] for i in part], times, names, config.annotate.pose, (video, sequence))
        tracks[sequence] = track
    return tracks


def _write(
    frames: list[Frame | None],
    tracks: list[PoseTrack],
    config: DatasetConfig,
    source: Source,
    folder: Path,
    place: Path,
) -> list[Paths]:
    """Write the files of every valid frame; a frame without body parts, where these are wanted, cannot be used."""
    people = list(chain.from_iterable(track.people for track in tracks))
    figures = list(chain.from_iterable(track.figures for track in tracks))
    paths: list[Paths] = [("", "", reason) for track in tracks for reason in track.reasons]
    posed = {
        index: Posed(frame, person, None if figure is None else figure.silhouette)
        for index, (frame, person, figure) in enumerate(zip(frames, people, figures, strict=True))
        if frame is not None and person is not None
    }
    pictures = [frame for frame in frames if frame]
    parts = body_parts(pictures, config, source) if posed else None
    maps = iter([""] * len(posed)) if parts is None else parts.of(posed.values())
    progress = tqdm(posed, desc=f"parts {source.id}", unit="frame", disable=None)
    for index, found in zip(progress, maps, strict=True):
        frame, person, _ = posed[index]
        if isinstance(found, str) and found:
            paths[index] = "", "", found
            continue
        inside = Path(frame.sequence, frame.name)
        openpose = _place(folder, Path("openpose", f"{inside}.json"))
        write_openpose(openpose, [person])
        densepose = "" if isinstance(found, str) else _store(found, _place(folder, Path("densepose", f"{inside}.png")))
        names = [str(place / Path(file).relative_to(folder)) if file else "" for file in (openpose, densepose)]
        paths[index] = names[0], names[1], ""
    return paths


def _place(folder: Path, inside: Path) -> Path:
    (folder / inside).parent.mkdir(parents=True, exist_ok=True)
    return folder / inside


def _store(picture: Picture, file: Path) -> Path:
    """Write (H, W, 3) V, U, part."""
    file.write_bytes(cv2.imencode(".png", picture[..., ::-1])[1].tobytes())
    return file
