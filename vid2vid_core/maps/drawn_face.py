"""A frontal face of plain shapes, as 68 landmarks: for tests, benchmarks and pictures in the docs."""

import numpy as np
from numpy.typing import NDArray


def drawn_landmarks(x: float, y: float, width: float) -> NDArray[np.float64]:
    """Landmarks (68, 2) in iBUG order of a face of so many pixels width, the middle of its eyes at (x, y)."""
    jaw = _arc(0, 0.05, 0.5, 0.85, np.linspace(np.pi, 0, 17))
    brows = [_arc(side * 0.24, -0.1, 0.15, -0.08, np.linspace(np.pi, 0, 5)) for side in (-1, 1)]
    bridge = np.stack([np.zeros(4), np.linspace(0.02, 0.28, 4)], axis=1)
    base = _arc(0, 0.34, 0.1, 0.04, np.linspace(np.pi, 0, 5))
    eyes = [_arc(side * 0.22, 0.0, 0.1, -0.045, np.deg2rad([180, 120, 60, 0, 300, 240])) for side in (-1, 1)]
    outer = _arc(0, 0.58, 0.2, -0.08, np.linspace(np.pi, -np.pi, 13)[:-1])
    inner = _arc(0, 0.58, 0.14, -0.03, np.linspace(np.pi, -np.pi, 9)[:-1])
    face = np.concatenate([jaw, *brows, bridge, base, *eyes, outer, inner])
    return face * width + (x, y)


def _arc(x: float, y: float, width: float, height: float, angles: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([x + width * np.cos(angles), y + height * np.sin(angles)], axis=1)
