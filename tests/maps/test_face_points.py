import numpy as np

from vid2vid_core.maps.drawn_face import drawn_landmarks
from vid2vid_core.maps.face_points import (
    EDGES,
    EYES,
    MIRRORED_EDGES,
    PARTS,
    Look,
    complete,
    outline_pieces,
    random_look,
    scale_points,
)


def mirror(landmarks: np.ndarray) -> np.ndarray:
    """The landmarks of the face in a mirrored frame: right and left change their numbers."""
    order = [*range(16, -1, -1), *range(26, 16, -1), *range(27, 31), *range(35, 30, -1), 45, 44, 43, 42, 47, 46]
    order += [39, 38, 37, 36, 41, 40, *range(54, 47, -1), *range(59, 54, -1), *range(64, 59, -1), *range(67, 64, -1)]
    return landmarks[order] * (-1, 1)


def test_upper_points_mirror_the_jaw_at_two_thirds() -> None:
    landmarks = np.zeros((68, 2))
    landmarks[:17] = [(10 * i, 100 + 3 * min(i, 16 - i)) for i in range(17)]
    upper = complete(landmarks)[68:]
    assert upper[:, 0].tolist() == [10 * i for i in range(15, 0, -1)]
    assert upper[7].tolist() == [80, 84]  # 24 below the line through the ends becomes 16 above it
    assert upper[0].tolist() == [150, 98]


def test_without_an_upper_face_the_outline_closes_straight() -> None:
    points = complete(drawn_landmarks(100, 100, 80), upper_face=False)
    ends = points[16] - points[0]
    across = np.abs((points[68:] - points[0])[:, 1] * ends[0] - (points[68:] - points[0])[:, 0] * ends[1])
    assert across.max() < 1e-6


def test_there_are_fourteen_edges_in_forty_two_pieces() -> None:
    pieces, edges = outline_pieces(complete(drawn_landmarks(100, 100, 80)))
    assert len(EDGES) == 14 and pieces.shape == (42, 3, 2)
    assert np.bincount(edges).tolist() == [16, 2, 2, 1, 2, 1, 2, 2, 2, 2, 3, 3, 2, 2]


def test_mirroring_a_face_exchanges_its_edges() -> None:
    landmarks = drawn_landmarks(0, 0, 80) + np.random.default_rng(0).normal(0, 1, (68, 2))
    there, back = complete(landmarks), complete(mirror(landmarks))
    for edge, partner in enumerate(MIRRORED_EDGES[1:], start=1):
        own = {tuple(point) for point in back[list(EDGES[edge])].round(6).tolist()}
        others = {tuple(point) for point in (there[list(EDGES[partner])] * (-1, 1)).round(6).tolist()}
        assert own == others, edge


def test_the_published_look_brings_the_eyes_together_and_slims_the_outline() -> None:
    before = complete(drawn_landmarks(200, 150, 100))
    after = scale_points(before, Look())

    def gap(points: np.ndarray) -> float:
        right, left = (points[list(sum(eye.edges, ()))].mean(axis=0) for eye in EYES)
        return float(left[0] - right[0])

    assert gap(after) < 0.92 * gap(before)
    assert np.ptp(after[:17, 0]) < 0.92 * np.ptp(before[:17, 0])
    assert (before == complete(drawn_landmarks(200, 150, 100))).all()  # the input is left alone


def test_a_random_look_depends_on_its_seed_and_treats_both_sides_alike() -> None:
    first, again, other = (random_look(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert len(first.parts) == len(PARTS)
    assert first.parts[1] == first.parts[2] and first.parts[4] == first.parts[5]
