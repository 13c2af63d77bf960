"""Face controls (edges and 14 distance maps, 512x512) of one frame, one thread, against the way the original works.

The baseline fits every piece of a curve by `scipy.optimize.curve_fit`, transforms the full frame for each edge, resizes
each map with Pillow and joins it to the tensor made so far. Ours is 8-bit: floats are made on the device.

    python benchmarks/face_maps.py
"""

import statistics
import time
import warnings
from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
import torch
from PIL import Image
from scipy.optimize import OptimizeWarning, curve_fit

from vid2vid_core.config import ControlConfig
from vid2vid_core.maps.drawn_face import drawn_landmarks
from vid2vid_core.maps.face_crop import Box, face_box
from vid2vid_core.maps.face_maps import face_controls
from vid2vid_core.maps.face_points import EDGES, Points, complete

SIZE = 512
ROUNDS = 15
FRAMES = {(640, 360): 83, (1280, 720): 166}
"""Size of the frame to width of the face in it, pixels."""
CONTROLS = ControlConfig(kind="face", no_canny_edge=True)


def baseline(points: Points, box: Box, frame: tuple[int, int]) -> torch.Tensor:
    drawn = np.zeros(frame[::-1], np.uint8)
    planes = []
    for edge in EDGES:
        own = np.zeros_like(drawn)
        for start in range(0, len(edge) - 1, 2):
            _fit_and_stamp(own, points[list(edge[start : start + 3])])
        drawn = np.maximum(drawn, own)
        planes.append((cv2.distanceTransform(255 - own, cv2.DIST_L1, 3) / 3).clip(0, 255).astype(np.uint8))
    tensor = _tensor(drawn, box)
    for plane in planes:
        tensor = torch.cat([tensor, _tensor(plane, box)])
    return tensor


def _fit_and_stamp(plane: np.ndarray, points: Points) -> None:
    x, y = points.T
    if np.abs(np.diff(x)).max() < np.abs(np.diff(y)).max():
        _fit_and_stamp(plane.T, points[:, ::-1])
        return
    model: Callable[..., np.ndarray] = (
        (lambda t, a, b: a * t + b) if len(points) == 2 else (lambda t, a, b, c: a * t**2 + b * t + c)
    )
    found, _ = curve_fit(model, x, y)
    low, high = sorted((x[0], x[-1]))
    t = np.linspace(low, high, int(high - low))
    values = model(t, *found)
    for dx in (-1, 0):
        for dy in (-1, 0):
            rows = np.clip(values.astype(int) + dy, 0, plane.shape[0] - 1)
            plane[rows, np.clip(t.astype(int) + dx, 0, plane.shape[1] - 1)] = 255


def _tensor(plane: np.ndarray, box: Box) -> torch.Tensor:
    cut = Image.fromarray(plane).crop(tuple(box)).resize((SIZE, SIZE), Image.Resampling.BILINEAR)
    return torch.from_numpy(np.array(cut)).float().div(255)[None]


def median_ms(function: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        begin = time.thread_time()
        function()
        times.append(1000 * (time.thread_time() - begin))
    return statistics.median(times)


def main() -> None:
    warnings.simplefilter("ignore", OptimizeWarning)  # three points determine a parabola without any covariance
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    print("thread CPU time, medians; both sides in one run")
    for frame, width in reversed(FRAMES.items()):
        landmarks = np.round(drawn_landmarks(frame[0] / 2, frame[1] / 2, width))
        points, box = complete(landmarks), face_box(landmarks, frame)
        ours = face_controls(points, box, (SIZE, SIZE), CONTROLS)
        theirs = baseline(points, box, frame)
        distance = (torch.from_numpy(ours[1:]).float() - 255 * theirs[1:]).abs()
        print(f"{frame[0]}x{frame[1]}, crop {box.size[0]}: distance maps differ by at most {distance.max():.0f} of 255")
        fast = median_ms(partial(face_controls, points, box, (SIZE, SIZE), CONTROLS))
        slow = median_ms(partial(baseline, points, box, frame))
        name = f"face_maps {frame[0]}x{frame[1]}"
        print(f"{name}: {slow / fast:.1f}x (ours {fast:.1f} ms, baseline {slow:.1f} ms)")


if __name__ == "__main__":
    main()
