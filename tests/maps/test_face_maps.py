import cv2
import numpy as np
import pytest

from vid2vid_core.config import ControlConfig
from vid2vid_core.maps.curves import draw_pieces
from vid2vid_core.maps.drawn_face import drawn_landmarks
from vid2vid_core.maps.face_crop import Box, face_box
from vid2vid_core.maps.face_maps import background_edges, face_controls, mirrored, part_labels
from vid2vid_core.maps.face_points import complete, outline_pieces

EDGES_ONLY = ControlConfig(kind="face", no_dist_map=True, no_canny_edge=True)
WITHOUT_CANNY = ControlConfig(kind="face", no_canny_edge=True)
FRAME = Box(0, 0, 320, 240)
FACE = complete(np.round(drawn_landmarks(160, 100, 90)))


def drawn_by_stamping(points: np.ndarray, edge: int, frame: Box) -> np.ndarray:
    pieces, edges = outline_pieces(points)
    plane = np.zeros((frame.size[1] + 200, frame.size[0] + 200), np.uint8)  # large enough for strokes outside
    for piece in pieces[edges == edge]:
        pixels = draw_pieces(piece[None])
        for x, y in zip(pixels.x.tolist(), pixels.y.tolist(), strict=True):
            plane[y + 99 : y + 101, x + 99 : x + 101] = 255
    return plane


@pytest.mark.parametrize("shift", [(0, 0), (-140, 0), (150, 60), (-190, 30)], ids=str)
def test_distances_are_exact_wherever_the_face_lies(shift: tuple[int, int]) -> None:
    points = FACE + shift
    maps = face_controls(points, FRAME, FRAME.size, WITHOUT_CANNY)
    assert maps.shape == (15, 240, 320) and maps.dtype == np.uint8
    strokes = np.zeros((440, 520), np.uint8)
    for edge in range(14):
        own = drawn_by_stamping(points, edge, FRAME)
        strokes |= own
        expected = np.minimum(cv2.distanceTransform(255 - own, cv2.DIST_L1, 3) // 3, 255)[100:340, 100:420]
        assert (maps[1 + edge] == expected).all(), edge
    assert (maps[0] == strokes[100:340, 100:420]).all()


def test_an_edge_without_a_pixel_is_far_away() -> None:
    points = FACE.copy()
    points[17:22] = points[17]
    maps = face_controls(points, FRAME, FRAME.size, WITHOUT_CANNY)
    assert (maps[2] == 255).all() and maps[3].min() == 0


def test_cutting_out_is_the_same_as_drawing_and_cropping() -> None:
    box = face_box(FACE[:68], FRAME.size)
    whole = face_controls(FACE, FRAME, FRAME.size, WITHOUT_CANNY)
    cut = face_controls(FACE, box, box.size, WITHOUT_CANNY)
    assert (cut == whole[:, box.top : box.bottom, box.left : box.right]).all()


def test_a_box_beyond_the_frame_is_filled_by_the_maps_not_by_zeros() -> None:
    box = Box(-50, -30, 200, 220)
    maps = face_controls(FACE, box, box.size, WITHOUT_CANNY)
    assert maps[1:, 0, 0].min() > 20


@pytest.mark.parametrize("size", [(512, 512), (96, 96)])
def test_maps_are_resized(size: tuple[int, int]) -> None:
    box = face_box(FACE[:68], FRAME.size)
    maps = face_controls(FACE, box, size, WITHOUT_CANNY)
    native = face_controls(FACE, box, box.size, WITHOUT_CANNY)
    assert maps.shape == (15, *size[::-1])
    for big, small in zip(maps[1:], native[1:], strict=True):
        again = cv2.resize(big, box.size, interpolation=cv2.INTER_LINEAR).astype(int)
        assert np.abs(again - small).mean() < 1


def test_only_edges_without_distance_maps() -> None:
    assert face_controls(FACE, FRAME, (64, 64), EDGES_ONLY).shape == (1, 64, 64)


def test_mirroring_exchanges_left_and_right_maps() -> None:
    maps = face_controls(FACE, FRAME, FRAME.size, WITHOUT_CANNY)
    flipped = mirrored(maps)
    assert (flipped[0] == maps[0, :, ::-1]).all()
    assert (flipped[2] == maps[3, :, ::-1]).all() and (flipped[7] == maps[9, :, ::-1]).all()
    # the face is symmetric, so but for a pixel its mirrored maps are its own
    assert np.abs(flipped[2:4].astype(int) - np.roll(maps[2:4], -1, axis=2)).mean() < 1
    assert (mirrored(maps[:1]) == maps[:1, :, ::-1]).all()


def test_parts_have_their_labels() -> None:
    labels = part_labels(FACE, FRAME)
    assert set(np.unique(labels).tolist()) == {0, 1, 2, 3, 4, 5, 6}
    right_eye, chin, mouth = FACE[36:42].mean(axis=0), FACE[8] - (0, 3), FACE[60:68].mean(axis=0)
    found = [labels[int(y), int(x)] for x, y in (right_eye, chin, mouth)]
    assert found == [4, 1, 6]
    assert (part_labels(FACE, Box(100, 50, 220, 200)) == labels[50:200, 100:220]).all()


def test_background_edges_lie_outside_the_face_and_inside_the_frame() -> None:
    image = np.zeros((240, 320, 3), np.uint8)
    image[:, 280:] = 200
    image[90:110, 150:170] = 255  # inside the face
    box = Box(60, 0, 340, 240)
    controls = ControlConfig(kind="face", no_dist_map=True)
    with_background = face_controls(FACE, box, box.size, controls, image)[0]
    without = face_controls(FACE, box, box.size, EDGES_ONLY)[0]
    added = (with_background > 0) & (without == 0)
    columns = np.flatnonzero(added.any(axis=0)) + box.left
    assert columns.min() >= 277 and columns.max() <= 282
    assert added[:, 320 - box.left :].sum() == 0


def test_background_edges_do_not_depend_on_where_the_box_ends() -> None:
    rng = np.random.default_rng(0)
    image = cv2.GaussianBlur(rng.integers(0, 255, (240, 320, 3), np.uint8), (0, 0), 4)
    image = cv2.normalize(image, None, 0, 255, cv2.NORM_MINMAX)
    whole = background_edges(image, FRAME)
    part = background_edges(image, Box(80, 60, 240, 200))
    differing = (whole[60:200, 80:240] != part).mean()
    assert whole.any() and differing < 0.01


def test_background_edges_need_the_frame() -> None:
    with pytest.raises(ValueError, match="no_canny_edge"):
        face_controls(FACE, FRAME, FRAME.size, ControlConfig(kind="face"))
