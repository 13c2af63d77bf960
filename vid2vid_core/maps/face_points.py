"""The 68 landmarks of a face (iBUG order), their completion to 83, and the edges and parts they form.

Source: Wang et al., Video-to-Video Synthesis (2018), its edge maps of faces.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""(N, 2) x and y, pixels."""
LANDMARKS = 68
"""Landmarks of a face."""


class Part(NamedTuple):
    """A part of the face."""

    label: int
    """Its id in the map of parts."""
    edges: tuple[tuple[int, ...], ...]
    """Landmark numbers along each of its edges."""


def _run(first: int, last: int, *more: int) -> tuple[int, ...]:
    return (*range(first, last + 1), *more)


OUTLINE = Part(1, ((*range(17), *range(68, 83), 0),))
EYEBROWS = (Part(2, (_run(17, 21),)), Part(2, (_run(22, 26),)))
NOSE = Part(3, ((28, 31), _run(31, 35), (35, 28)))
EYES = (Part(4, (_run(36, 39), _run(39, 41, 36))), Part(4, (_run(42, 45), _run(45, 47, 42))))
LIPS = (Part(5, (_run(48, 54), _run(54, 59, 48))), Part(6, (_run(60, 64), _run(64, 67, 60))))
PARTS = (OUTLINE, *EYEBROWS, NOSE, *EYES, *LIPS)
"""In drawing order; the person's right side comes first."""
EDGES = tuple(edge for part in PARTS for edge in part.edges)
"""The 14 edges, in the order of their distance maps."""
MIRRORED_EDGES = (0, 2, 1, 5, 4, 3, 8, 9, 6, 7, 10, 11, 12, 13)
"""Which edge each one is in a face that is mirrored left to right."""


class Look(NamedTuple):
    """How `scale_points` changes a face; 1 leaves it as it is."""

    spread: float = 0.9
    """Share of their distance from their common middle at which eyebrows and eyes end, each edge by itself."""
    parts: tuple[tuple[float, float], ...] = (
        (0.9, 1.0), (1.0, 1.0), (1.0, 1.0), (0.9, 1.0), (1.0, 1.1), (1.0, 1.1), (0.9, 0.9), (0.9, 0.9),
    )  # fmt: skip
    """Factors in x and y of each part about its own mean. The default is the published look."""


def random_look(rng: np.random.Generator) -> Look:
    """A look like the published one in strength; the two eyebrows, and the two eyes, change alike."""
    outline, eyebrows, nose, eyes, outer, inner = (tuple(rng.uniform(0.9, 1.1, 2).tolist()) for _ in range(6))
    parts = (outline, eyebrows, eyebrows, nose, eyes, eyes, outer, inner)
    return Look(float(rng.uniform(0.9, 1.1)), parts)


def complete(landmarks: Points, *, upper_face: bool = True) -> Points:
    """The landmarks with 15 more that close the outline above the eyes, the jaw mirrored at two thirds of its height.

    Args:
        landmarks: (68, 2).
        upper_face: without it the 15 points run straight from the last jaw point to the first.

    Returns:
        (83, 2).
    """
    if not upper_face:
        shares = np.arange(1, 16)[:, None] / 16
        return np.concatenate([landmarks, landmarks[16] + shares * (landmarks[0] - landmarks[16])])
    jaw = np.trunc(landmarks[:17])
    middle = (jaw[0, 1] + jaw[16, 1]) / 2
    above = np.trunc(middle + np.floor(2 * (middle - jaw[15:0:-1, 1]) / 3))
    return np.concatenate([landmarks, np.stack([jaw[15:0:-1, 0], above], axis=1)])


def scale_points(points: Points, look: Look) -> Points:
    """The points of a face that looks different, as by default: eyes closer together, slimmer outline, smaller mouth.

    Args:
        points: (83, 2).
        look: what changes, and by how much.
    """
    points = points.copy()
    for group in (EYEBROWS, EYES):
        edges = [list(edge) for part in group for edge in part.edges]
        middle = np.mean(points[sum(edges, [])], axis=0)
        for edge in edges:  # eye corners belong to two edges, so they move twice
            chosen = np.unique(edge)
            points[chosen, 0] += (look.spread - 1) * (np.mean(points[edge, 0]) - middle[0])
    for part, factors in zip(PARTS, look.parts, strict=True):
        along = list(sum(part.edges, ()))
        centre = np.mean(points[along], axis=0)  # landmarks that begin one edge and end another count twice
        chosen = np.unique(along)
        points[chosen] = centre + (points[chosen] - centre) * factors
    return points


def outline_pieces(points: Points) -> tuple[Points, NDArray[np.int64]]:
    """All edges cut into pieces of three points that share their ends, a pair where one is left over.

    Args:
        points: (83, 2).

    Returns:
        (42, 3, 2) for `curves.draw_pieces`, and the edge each piece belongs to.
    """
    return points[_PIECES], _PIECE_EDGES


def _pieces() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    numbers, edges = [], []
    for index, edge in enumerate(EDGES):
        for start in range(0, len(edge) - 1, 2):
            piece = edge[start : start + 3]
            numbers.append(piece if len(piece) == 3 else (*piece, piece[-1]))
            edges.append(index)
    return np.array(numbers), np.array(edges)


_PIECES, _PIECE_EDGES = _pieces()
