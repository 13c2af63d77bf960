"""The annotate stage of a face video: a landmark file and one row a frame, and how well the face was found."""

import logging
import os
from collections.abc import Hashable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from vid2vid_core.annotate.face_quality import track_quality
from vid2vid_core.annotate.face_track import FaceTrack, Sighting, track_face
from vid2vid_core.annotate.frame_table import placement_of, read_frames
from vid2vid_core.annotate.given_points import index_points, read_face, refuse_unpaired
from vid2vid_core.annotate.landmarks import open_landmarker
from vid2vid_core.annotate.segmenter import Frame
from vid2vid_core.annotate.subject import surrounding_box
from vid2vid_core.config import DatasetConfig, FaceAnnotateConfig, Source, to_dict
from vid2vid_core.maps.face_points import LANDMARKS
from vid2vid_core.maps.landmark_file import write_landmarks
from vid2vid_core.shards.access import read_bytes
from vid2vid_core.storage import atomic_directory, read_table, write_table
from vid2vid_core.video.dis import opencv_on_one_thread

logger = logging.getLogger("vid2vid_core.annotate")

_COLUMNS = {"keypoints": "str", "valid": "bool", "reason": "str", "confidence": "float64", "filled": "bool"}
_IN_PLACE = FaceAnnotateConfig(backend="given", gaps="cut")
"""Files of a layout are used where they lie: nothing can be filled in or smoothed."""


def annotate_faces(frames_table: Path, out_dir: Path, table: Path, config: DatasetConfig, source: Source) -> None:
    """Find one face in every sequence of one video; an empty frame table gives an empty one.

    A video without a face is no error: all its frames become invalid, with the reason.

    Args:
        frames_table: frames/{video}.parquet.
        out_dir: Folder for keypoints/<sequence>/<frame>.txt; stays empty for a layout, whose files are used in place.
        table: annotations/{video}.parquet: per frame the path of its file, the landmarks unrounded (136: x, y, x, ...),
            their box, the confidence of the detection, and whether they are filled in. Its metadata says who found
            them, and under `quality`, sequence by sequence, how well (see `track_quality`).
        config: The dataset; `frames` and `annotate.face` are used.
        source: Where the video and given landmarks lie.

    Raises:
        ValueError: the backend's model is missing, given landmarks cannot be paired, or a face is missing and the
            policy is to fail.
    """
    rows, frames = read_table(frames_table)[0].reset_index(drop=True), read_frames(frames_table)[0]
    face = _IN_PLACE if source.kind == "layout" else config.annotate.face
    with atomic_directory(out_dir) as folder, opencv_on_one_thread():
        sightings = _look(rows["reason"].tolist(), frames, config, source)
        tracks = _follow(rows, sightings, face, source.id)
        result = _table(rows, list(tracks.values()))
        place = Path(os.path.relpath(out_dir, table.parent))
        exact = [s.file if face.smoothing is None and s.faces else None for s in sightings]
        result["keypoints"] = [
            str(file.absolute()) if file and face is _IN_PLACE else _store(row, file, folder, place)
            for row, file in zip(result.to_dict("records"), exact, strict=True)
        ]
    quality = [track_quality(sequence, track) for sequence, track in tracks.items()]
    write_table(table, result.astype(_COLUMNS), _metadata(face, source) | {"quality": quality})
    _report(source, quality)


def _metadata(face: FaceAnnotateConfig, source: Source) -> dict[str, Any]:
    backend = "layout" if face is _IN_PLACE else face.backend
    return {"backend": backend, "settings": to_dict(face), "source": source.keypoints}


def _report(source: Source, quality: list[dict[str, Any]]) -> None:
    """Log each sequence, and a warning if the video has no face at all."""
    for numbers in quality:
        logger.info("%s: %s", source.id, ", ".join(f"{key} {value}" for key, value in numbers.items()))
    if quality and not any(numbers["detected"] for numbers in quality):
        logger.warning("%s (%s): no face in any frame; none of them can be used", source.id, source.path)


def _look(reasons: list[str], frames: list[Frame | None], config: DatasetConfig, source: Source) -> list[Sighting]:
    """What is seen in each frame; one without a picture keeps its reason."""
    pictures = [frame for frame in frames if frame]
    seen: Iterator[Sighting] = iter(())
    if pictures and (source.kind == "layout" or config.annotate.face.backend == "given"):
        seen = _given(pictures, config, source)
    elif pictures:
        seen = _detected(pictures, config.annotate.face)
    found = iter(list(tqdm(seen, total=len(pictures), desc=f"annotate {source.id}", unit="frame", disable=None)))
    return [
        Sighting(reason=reason, usable=False) if frame is None else next(found)
        for frame, reason in zip(frames, reasons, strict=True)
    ]


def _detected(frames: list[Frame], config: FaceAnnotateConfig) -> Iterator[Sighting]:
    landmarker, sequence = open_landmarker(config), ""
    for frame in frames:
        if frame.sequence != sequence:
            landmarker.start()
            sequence = frame.sequence
        yield Sighting(faces=landmarker.find(frame.read()))


def _given(frames: list[Frame], config: DatasetConfig, source: Source) -> Iterator[Sighting]:
    in_place = source.kind == "layout"
    if source.keypoints is None:
        if not in_place:
            raise ValueError(f"video '{source.id}' ({source.path}) has no 'keypoints' in the dataset YAML")
        reason = f"the layout has no folder of landmarks for {source.path}"
        yield from [Sighting(reason=reason, usable=False)] * len(frames)
        return
    folder = Path(source.keypoints)
    files = index_points(folder)
    if not in_place:
        refuse_unpaired(files, frames, folder)
    moved = not in_place and (config.frames.crop is not None or config.frames.scale is not None)
    placement = placement_of(frames, source, config.frames) if moved else None
    for frame in frames:
        yield read_face(files.get(frame.name), frame, folder, placement)


def _follow(
    rows: pd.DataFrame, sightings: list[Sighting], config: FaceAnnotateConfig, video: str
) -> dict[str, FaceTrack]:
    """The track of every sequence, in the order of the rows."""
    tracks = {}
    for sequence, indices in groupby(rows.index, key=rows["sequence"].__getitem__):
        part = list(indices)
        times, names = rows["time"].to_numpy(np.float64)[part], rows["frame"].loc[part].tolist()
        tracks[sequence] = track_face([sightings[i] for i in part], times, names, config, (video, sequence))
    return tracks


def _table(rows: pd.DataFrame, tracks: list[FaceTrack]) -> pd.DataFrame:
    """The annotation table, but for its files."""
    result = rows[["video", "sequence", "frame"]].assign(keypoints="")
    result["valid"] = [bool(ok) for track in tracks for ok in track.valid]
    result["reason"] = [reason for track in tracks for reason in track.reasons]
    # Empty arrays keep their type in the file, empty lists would not.
    faces = [
        face if ok else np.zeros((0, 2)) for track in tracks for face, ok in zip(track.points, track.valid, strict=True)
    ]
    result["points"] = pd.Series([face.ravel() for face in faces], dtype=object)
    result["confidence"] = [float(value) for track in tracks for value in track.confidence]
    result["box"] = pd.Series([surrounding_box(face) if len(face) else np.zeros(0) for face in faces], dtype=object)
    result["filled"] = [bool(was) for track in tracks for was in track.filled]
    return result


def _store(row: dict[Hashable, Any], exact: Path | None, folder: Path, place: Path) -> str:
    """Write the landmark file of a frame, or copy the one that holds them already; returns its path, "" without."""
    if not row["valid"]:
        return ""
    inside = Path("keypoints", row["sequence"], f"{row['frame']}.txt")
    (folder / inside).parent.mkdir(parents=True, exist_ok=True)
    if exact is not None:
        (folder / inside).write_bytes(read_bytes(exact))
    else:
        write_landmarks(folder / inside, np.reshape(row["points"], (LANDMARKS, 2)))
    return str(place / inside)
