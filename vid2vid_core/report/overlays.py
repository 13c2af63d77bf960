"""Landmarks, skeletons and body parts drawn over the frames they were found in."""

import colorsys

import cv2
import numpy as np
from numpy.typing import NDArray

from vid2vid_core.maps.cut import cut_out
from vid2vid_core.maps.densepose import PARTS as BODY_PARTS
from vid2vid_core.maps.face_crop import Box
from vid2vid_core.maps.face_points import NOSE, PARTS
from vid2vid_core.report.sheet import WIDTH

Picture = NDArray[np.uint8]
PART_COLOURS = {
    1: (255, 170, 40), 2: (90, 220, 120), 3: (70, 190, 255), 4: (90, 220, 120), 5: (255, 95, 130), 6: (255, 95, 130),
}  # fmt: skip
"""Colour of the landmarks of each part of a face."""
_LIMIT = 0.6
"""How much of a body part's colour covers the frame."""


def enlarged(picture: Picture, *, nearest: bool = False) -> Picture:
    """A picture as wide as a cell of a sheet, so that what is drawn on it is seen."""
    height = max(1, round(picture.shape[0] * WIDTH / picture.shape[1]))
    smooth = cv2.INTER_AREA if picture.shape[1] > WIDTH else cv2.INTER_LINEAR
    scaled = cv2.resize(picture, (WIDTH, height), interpolation=cv2.INTER_NEAREST if nearest else smooth)
    return np.asarray(scaled, np.uint8)


def framed(frame: Picture, box: Box | None) -> Picture:
    """A frame, and what is cut out of it."""
    canvas = enlarged(frame)
    if box is not None:
        left, top, right, bottom = (round(side * WIDTH / frame.shape[1]) for side in box)
        cv2.rectangle(canvas, (left, top), (right - 1, bottom - 1), (0, 0, 0), 4)
        cv2.rectangle(canvas, (left, top), (right - 1, bottom - 1), (255, 255, 255), 2)
    return canvas


def landmarks_over(frame: Picture, points: NDArray[np.float64], box: Box) -> Picture:
    """The landmarks (68, 2) of a face over what is cut out of its frame, a colour a part."""
    canvas = enlarged(cut_out(frame, box))
    colours = {point: PART_COLOURS[part.label] for part in PARTS for edge in part.edges for point in edge}
    places = (points - box[:2]) * (WIDTH / box.size[0])
    for number, (x, y) in enumerate(places.tolist()):
        for radius, colour in ((5, (0, 0, 0)), (4, colours.get(number, PART_COLOURS[NOSE.label]))):
            cv2.circle(canvas, (round(x), round(y)), radius, colour, -1, cv2.LINE_AA)
    return canvas


def skeleton_over(frame: Picture, drawn: Picture, box: Box | None) -> Picture:
    """A drawn pose of the whole frame over it, and what is cut out."""
    over = np.where(drawn.any(axis=2, keepdims=True), drawn, frame // 2)
    return framed(np.ascontiguousarray(over), box)


def parts_over(frame: Picture, parts: Picture, box: Box) -> Picture:
    """Body parts (H, W) 0 .. 24 over what is cut out of their frame, a colour each."""
    if parts.shape != frame.shape[:2]:
        parts = np.asarray(cv2.resize(parts, frame.shape[1::-1], interpolation=cv2.INTER_NEAREST), np.uint8)
    frame, parts = cut_out(frame, box), cut_out(parts, box, outside=0)
    mixed = np.where(parts[..., None] > 0, _LIMIT * _BODY_COLOURS[parts] + (1 - _LIMIT) * frame, frame * 0.5)
    return enlarged(mixed.astype(np.uint8))


def distance_picture(maps: Picture, reach: float) -> Picture:
    """The 14 distance maps (14, h, w) of a face as one picture: near is bright, a colour for each group of edges.

    Args:
        maps: levels of distance.
        reach: levels at which it is dark.
    """
    groups = [slice(0, 1), slice(1, 6), slice(6, 14)]  # the outline; eyebrows and nose; eyes and lips
    nearest = np.stack([maps[group].min(axis=0) for group in groups], axis=2)
    return np.clip(255 * (1 - nearest / reach), 0, 255).astype(np.uint8)


def _body_colours() -> NDArray[np.float64]:
    """Hues 7 steps of 24 apart, so that neighbouring numbers, which are the two sides of a limb, differ."""
    hues = [(7 * part % BODY_PARTS) / BODY_PARTS for part in range(BODY_PARTS)]
    return np.array([(0.0, 0.0, 0.0), *(colorsys.hsv_to_rgb(hue, 0.75, 1.0) for hue in hues)], np.float64) * 255


_BODY_COLOURS = _body_colours()
