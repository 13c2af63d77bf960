"""Drawing of one person with face and hands at 1280x720, one thread, against the way the original works.

The baseline fits a line through the ends of every stroke by `scipy.optimize.curve_fit`, stamps its samples offset by
offset and then its ends, and mixes each stamp with what is there (specification, 7.3).

    python benchmarks/pose_maps.py
"""

import statistics
import time
import warnings
from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.optimize import OptimizeWarning, curve_fit

from vid2vid_core.maps.drawn_person import drawn_person
from vid2vid_core.maps.face_crop import Box
from vid2vid_core.maps.person import Person
from vid2vid_core.maps.pose_limbs import FACE_COLOUR, FACE_STROKES, FINE_HALF, FINGERS, LIMB_HALF, LIMBS
from vid2vid_core.maps.pose_map import draw_pose

FRAME = (1280, 720)
ROUNDS = 15


def baseline(person: Person) -> np.ndarray:
    picture = np.zeros((FRAME[1], FRAME[0], 3), np.uint8)
    for limb in LIMBS:
        _stroke(picture, person.body[[limb.start, limb.end], :2], LIMB_HALF, limb.colour)
    for hand in (person.left_hand, person.right_hand):
        for finger, colour in FINGERS:
            for start in range(len(finger) - 1):
                _stroke(picture, hand[list(finger[start : start + 2]), :2], FINE_HALF, colour)
    for points in FACE_STROKES:
        for start in range(len(points) - 1):
            _stroke(picture, person.face[list(points[start : start + 2]), :2], FINE_HALF, FACE_COLOUR)
    return picture


def _stroke(picture: np.ndarray, ends: np.ndarray, half: int, colour: tuple[int, int, int]) -> None:
    swapped = abs(ends[1, 0] - ends[0, 0]) < abs(ends[1, 1] - ends[0, 1])
    first, second = ends[:, ::-1].T if swapped else ends.T
    found, _ = curve_fit(lambda t, a, b: a * t + b, first, second)
    t = np.linspace(first.min(), first.max(), int(np.ptp(first)))
    along, across = t.astype(int), (found[0] * t + found[1]).astype(int)
    x, y = (across, along) if swapped else (along, across)
    if not len(x):
        return
    for dy in range(-half, half):
        for dx in range(-half, half):
            _stamp(picture, x + dx, y + dy, colour)
    for dy in range(-2 * half, 2 * half):
        for dx in range(-2 * half, 2 * half):
            if dx * dx + dy * dy < 4 * half * half:
                _stamp(picture, x[[0, -1]] + dx, y[[0, -1]] + dy, colour)


def _stamp(picture: np.ndarray, x: np.ndarray, y: np.ndarray, colour: tuple[int, int, int]) -> None:
    x, y = x.clip(0, picture.shape[1] - 1), y.clip(0, picture.shape[0] - 1)
    black = (picture[y, x] == 0).all()
    for channel, level in enumerate(colour):
        picture[y, x, channel] = level if black else ((picture[y, x, channel].astype(float) + level) / 2).astype(int)


def median_ms(function: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        begin = time.thread_time()
        function()
        times.append(1000 * (time.thread_time() - begin))
    return statistics.median(times)


def main() -> None:
    warnings.simplefilter("ignore", OptimizeWarning)  # two points determine a line without any covariance
    person, box = drawn_person(640.3, 60.4, 600.7), Box(0, 0, *FRAME)
    ours, theirs = draw_pose([person], box), baseline(person)
    drawn = (ours > 0).any(axis=2) | (theirs > 0).any(axis=2)
    print("thread CPU time, medians; both sides in one run")
    print(f"{(ours == theirs).all(axis=2)[drawn].mean():.2%} of {drawn.sum()} drawn pixels are identical")
    fast, slow = median_ms(partial(draw_pose, [person], box)), median_ms(partial(baseline, person))
    print(f"pose_maps 1280x720: {slow / fast:.1f}x (ours {fast:.1f} ms, baseline {slow:.1f} ms)")


if __name__ == "__main__":
    main()
