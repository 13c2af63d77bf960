import numpy as np
import pytest

from vid2vid_core.maps.curves import draw_pieces


def pixels(*points: tuple[float, float]) -> list[tuple[int, int]]:
    piece = np.array(points if len(points) == 3 else (*points, points[-1]), float)
    drawn = draw_pieces(piece[None])
    return list(zip(drawn.x.tolist(), drawn.y.tolist(), strict=True))


def test_a_line_has_a_sample_less_than_its_length_and_both_ends() -> None:
    assert pixels((10, 33), (14, 33)) == [(10, 33), (11, 33), (12, 33), (14, 33)]
    assert pixels((40, 14), (40, 10)) == [(40, 10), (40, 11), (40, 12), (40, 14)]


@pytest.mark.parametrize("end", [(10.6, 3.2), (10, 3)])
def test_shorter_than_a_pixel_draws_nothing(end: tuple[float, float]) -> None:
    assert pixels((10, 3), end) == []


def test_a_parabola_passes_through_its_three_points() -> None:
    drawn = pixels((0, 0), (10, 5), (20, 0))
    assert drawn[0] == (0, 0) and drawn[-1] == (20, 0)
    assert (10, 5) in drawn or (10, 4) in drawn
    assert max(y for _, y in drawn) <= 5


def test_a_steep_line_runs_along_y() -> None:
    drawn = pixels((0, 0), (5, 20))
    assert [y for _, y in drawn] == [*range(19), 20]


def test_the_larger_step_of_a_triple_decides_and_a_tie_keeps_x() -> None:
    along_y = pixels((0, 0), (1, 10), (2, 4))
    assert along_y[0][1] == 0 and {y for _, y in along_y} >= {0, 1, 2}
    assert [x for x, _ in pixels((0, 0), (10, 10), (20, 0))] == [*range(19), 20]


@pytest.mark.parametrize(
    "points",
    [((63, 71), (66, 76), (69, 72)), ((110, 102), (110, 104), (118, 106)), ((54, 103), (54, 103), (65, 104))],
    ids=["too steep", "repeated abscissa", "repeated point"],
)
def test_what_has_no_usable_parabola_becomes_straight_lines(points: tuple[tuple[float, float], ...]) -> None:
    first, middle, last = points
    assert pixels(*points) == pixels(first, middle) + pixels(middle, last)


def test_pieces_keep_their_order_and_numbers() -> None:
    straight, broken, bent = [(0, 0), (9, 0), (9, 0)], [(63, 71), (66, 76), (69, 72)], [(0, 0), (10, 5), (20, 0)]
    drawn = draw_pieces(np.array([bent, broken, straight], float))
    alone = [draw_pieces(np.array([piece], float)) for piece in (bent, broken, straight)]
    assert drawn.piece.tolist() == [i for i, one in enumerate(alone) for _ in one.x]
    assert drawn.x.tolist() == sum((one.x.tolist() for one in alone), [])


def test_coordinates_left_of_the_frame_are_rounded_down() -> None:
    assert pixels((-3.5, -1), (0.5, -1))[0] == (-4, -1)
