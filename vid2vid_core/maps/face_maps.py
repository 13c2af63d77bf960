"""What the networks are shown of a face: drawn edges, a distance map of each, and edges of the background.

Everything is drawn at the size of the frame, then cut out and resized.
Source: Wang et al., Video-to-Video Synthesis (2018), its edge maps of faces.
"""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vid2vid_core.config import ControlConfig
from vid2vid_core.maps.curves import Pixels, draw_pieces
from vid2vid_core.maps.face_crop import Box
from vid2vid_core.maps.face_distances import edge_distances
from vid2vid_core.maps.face_points import MIRRORED_EDGES, PARTS, Points, outline_pieces

Plane = NDArray[np.uint8]
_STROKE = (-1, 0)
"""Offsets, in both directions, that each sample of a curve paints."""
_CANNY_MARGIN = 16
"""Pixels around the box that its background edges are found in, so that they hardly depend on where it ends."""
_CANNY = (25.5, 51.0)


def face_controls(
    points: Points, box: Box, size: tuple[int, int], controls: ControlConfig, image: Plane | None = None
) -> Plane:
    """The control maps of one frame.

    Args:
        points: (83, 2), landmarks completed by `face_points.complete`.
        box: what is cut out of the frame.
        size: width and height it is resized to.
        controls: switches `no_dist_map` and `no_canny_edge`.
        image: (H, W, 3) RGB, the frame; for the edges of the background.

    Returns:
        (15, height, width) 0 .. 255: edges, then the distance to each of the 14 edges, 3 pixels of the frame a step;
        the edges alone with `no_dist_map`.

    Raises:
        ValueError: there is no image though `no_canny_edge` is off.
    """
    strokes = _strokes(points)
    drawn = _drawn(strokes, box)
    if not controls.no_canny_edge:
        if image is None:
            raise ValueError("background edges need the frame itself; set controls.no_canny_edge where there is none")
        drawn = np.maximum(drawn, np.where(part_labels(points, box) == 0, background_edges(image, box), np.uint8(0)))
    distances = [] if controls.no_dist_map else edge_distances(strokes, box)
    maps = np.empty((1 + len(distances), size[1], size[0]), np.uint8)
    maps[0] = _resized(drawn, size)
    for target, plane in zip(maps[1:], distances, strict=True):
        cv2.resize(plane, size, dst=target, interpolation=cv2.INTER_LINEAR)  # so smooth that averaging changes nothing
    return maps


def mirrored(maps: Plane) -> Plane:
    """Control maps (C, h, w) of the mirrored face: the maps of left and right edges change places too."""
    flipped = maps[:, :, ::-1]
    return flipped if len(maps) == 1 else flipped[[0, *(1 + edge for edge in MIRRORED_EDGES)]]


def part_labels(points: Points, box: Box) -> Plane:
    """Parts of the face inside the box, (h, w): 0 none, 1 outline, 2 eyebrows, 3 nose, 4 eyes, 5 and 6 lips."""
    width, height = box.size
    labels = np.zeros((height, width), np.uint8)
    corner = np.array(box[:2])
    for part in PARTS:
        polygon = np.trunc(points[list(sum(part.edges, ()))]) - corner
        cv2.fillPoly(labels, [polygon.astype(np.int32)], (part.label,))
    return labels


def background_edges(image: Plane, box: Box) -> Plane:
    """Canny edges of a frame (H, W, 3) inside the box, 0 or 255; nothing outside the frame."""
    width, height = box.size
    edges = np.zeros((height, width), np.uint8)
    rows = slice(max(0, box.top - _CANNY_MARGIN), box.bottom + _CANNY_MARGIN)
    columns = slice(max(0, box.left - _CANNY_MARGIN), box.right + _CANNY_MARGIN)
    grey = cv2.cvtColor(np.ascontiguousarray(image[rows, columns]), cv2.COLOR_RGB2GRAY).astype(np.float32)
    smooth = cv2.GaussianBlur(grey, (9, 9), 1.0)
    across, along = (cv2.Sobel(smooth, cv2.CV_16S, dx, dy, ksize=3) for dx, dy in ((1, 0), (0, 1)))
    found = cv2.Canny(across, along, *_CANNY, L2gradient=True)
    top, left = rows.start - box.top, columns.start - box.left
    inside = found[max(0, -top) : height - top, max(0, -left) : width - left]
    edges[max(0, top) : max(0, top) + inside.shape[0], max(0, left) : max(0, left) + inside.shape[1]] = inside
    return edges


def _strokes(points: Points) -> Pixels:
    """Every painted pixel, and the edge it belongs to as its piece; coordinates of the frame."""
    pieces, edges = outline_pieces(points)
    pixels = draw_pieces(pieces)
    offsets = [(dx, dy) for dx in _STROKE for dy in _STROKE]
    x = np.concatenate([pixels.x + dx for dx, _ in offsets])
    y = np.concatenate([pixels.y + dy for _, dy in offsets])
    return Pixels(x, y, np.tile(edges[pixels.piece], len(offsets)))


def _drawn(strokes: Pixels, box: Box) -> Plane:
    width, height = box.size
    x, y = strokes.x - box.left, strokes.y - box.top
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    plane = np.zeros((height, width), np.uint8)
    plane[y[inside], x[inside]] = 255
    return plane


def _resized(strokes: Plane, size: tuple[int, int]) -> Plane:
    """Bilinear as Pillow does it, which averages when it shrinks; OpenCV agrees and is faster where nothing shrinks."""
    if size[0] >= strokes.shape[1] and size[1] >= strokes.shape[0]:
        return np.asarray(cv2.resize(strokes, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    return np.asarray(Image.fromarray(strokes).resize(size, Image.Resampling.BILINEAR))
