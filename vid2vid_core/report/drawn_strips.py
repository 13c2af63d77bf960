"""Strips of a video of a face or of a person: what was found in its frames, and what the networks are shown of it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from vid2vid_core.dataset.control_picture import control_picture
from vid2vid_core.dataset.frames import FrameReader, FrameSample
from vid2vid_core.dataset.manifest import FrameRow, frame_rows
from vid2vid_core.maps.densepose import read_densepose
from vid2vid_core.maps.face_crop import Box
from vid2vid_core.maps.landmark_file import read_landmarks
from vid2vid_core.maps.openpose_file import read_openpose
from vid2vid_core.maps.pose_crop import chosen_people
from vid2vid_core.maps.pose_map import draw_pose
from vid2vid_core.render.stream import to_picture
from vid2vid_core.report.overlays import (
    Picture,
    distance_picture,
    enlarged,
    framed,
    landmarks_over,
    parts_over,
    skeleton_over,
)
from vid2vid_core.report.pictures import data_uri
from vid2vid_core.report.sheet import Strip, photograph, read_photograph, strip

_EDGES_AND_DISTANCES = 15
_PIXELS_A_LEVEL = 3
"""Pixels of the frame that a level of the distance maps stands for."""


def face_strips(reader: FrameReader, rows: pd.DataFrame) -> list[Strip]:
    """Landmarks over frames, the face that is cut out, edges and distance maps."""
    moments = frame_rows(rows)
    samples = [reader.read(row) for row in moments]
    boxes = [reader.box(row) or _whole(row) for row in moments]
    frames = [_frame(reader, row) for row in moments]
    points = [read_landmarks(reader.manifest.resolve(row.keypoints)) for row in moments]
    pictures = [framed(frame, box) for frame, box in zip(frames, boxes, strict=True)]
    found = [landmarks_over(*moment) for moment in zip(frames, points, boxes, strict=True)]
    strips = [
        strip("Frame", "the box is cut out", rows, pictures, photograph),
        strip("Landmarks", "over what is cut out", rows, found, photograph),
        _controls("Edges", "what the generator sees", rows, samples),
    ]
    if len(samples[0].controls) == _EDGES_AND_DISTANCES:
        note = "nearest edge of outline (red), brows and nose (green), eyes and lips (blue); seen as well"
        reach = boxes[0].size[0] / _PIXELS_A_LEVEL / 4  # a quarter of the box
        maps = [enlarged(distance_picture(sample.controls[1:].numpy(), reach)) for sample in samples]
        strips.append(strip("Distance maps", note, rows, maps, photograph))
    return strips


def pose_strips(reader: FrameReader, rows: pd.DataFrame, origin: str) -> list[Strip]:
    """Skeleton and body parts over frames, the person who is cut out, and the controls.

    Args:
        reader: of the manifest.
        rows: of it, a moment each.
        origin: who made the body parts, in words.
    """
    moments = frame_rows(rows)
    samples = [reader.read(row) for row in moments]
    skeletons, parts = ([draw(reader, row) for row in moments] for draw in (_skeleton, _parts))
    strips = [
        strip("Skeleton", "key points over the frame; the box is cut out", rows, skeletons, photograph),
        strip("Body parts", f"of what is cut out; {origin}", rows, parts, photograph),
    ]
    found = [one for one in strips if any(cell.source for cell in one.cells)]
    return [*found, _shown(rows, samples), _controls("Controls", "what the generator sees", rows, samples)]


def _shown(rows: pd.DataFrame, samples: Sequence[FrameSample]) -> Strip:
    pictures = [None if sample.image is None else enlarged(to_picture(sample.image)) for sample in samples]
    return strip("Cut out", "what it shall make", rows, pictures, photograph)


def _controls(title: str, note: str, rows: pd.DataFrame, samples: Sequence[FrameSample]) -> Strip:
    pictures = [enlarged(control_picture(sample.controls, 0), nearest=True) for sample in samples]
    return strip(title, note, rows, pictures, lambda picture: data_uri(picture, lossless=True))


def _frame(reader: FrameReader, row: FrameRow) -> Picture:
    """The photograph of a frame; black where there is none."""
    if row.image:
        return read_photograph(reader.manifest.resolve(row.image))
    return np.zeros((row.height, row.width, 3), np.uint8)


def _whole(row: FrameRow) -> Box:
    return Box(0, 0, row.width, row.height)


def _skeleton(reader: FrameReader, row: FrameRow) -> Picture | None:
    if not row.openpose:
        return None
    people = chosen_people(read_openpose(reader.manifest.resolve(row.openpose)), reader.controls)
    frame = _frame(reader, row)
    return skeleton_over(frame, draw_pose(people, _whole(row)), reader.box(row))


def _parts(reader: FrameReader, row: FrameRow) -> Picture | None:
    if not row.densepose:
        return None
    parts = read_densepose(reader.manifest.resolve(row.densepose))[..., 2]
    return parts_over(_frame(reader, row), parts, reader.box(row) or _whole(row))
