"""Typical looks of the training frames, each that of one real frame.

All features of a frame are grouped together, not label by label: hair of one person with the skin of another is a
combination the generator has never seen. For the same reason a look is that of the frame nearest to the middle of its
group, not the middle itself, which would be an average of people.
Source: Wang et al., High-Resolution Image Synthesis (pix2pixHD), 2018, section 3.4, which groups label by label.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vid2vid_core.models.feature_table import FeatureTable, paint_labels, require_known

Points = NDArray[np.float64]

_TRIES = 10
"""Groupings that are tried; the tightest one counts."""
_ROUNDS = 100


@dataclass(frozen=True)
class Style:
    """The look of one training frame."""

    frame: int
    """Its row in the feature table."""
    share: float
    """Share of the training frames that look more like it than like the other styles, above 0, at most 1."""


def find_styles(table: FeatureTable, count: int, seed: int = 0) -> list[Style]:
    """Group the training frames by their looks (k-means); the same table always gives the same styles.

    Args:
        table: of the training frames. A label that a frame lacks counts as the label's mean.
        count: number of styles, at least 1.
        seed: of the groups that are tried.

    Returns:
        `count` styles, the most common one first.

    Raises:
        ValueError: there are fewer frames, or fewer that look different.
    """
    frames = len(table.values)
    if count > frames:
        raise ValueError(f"{count} styles were asked for, but there are features of {frames} training frames only")
    filled = table.filled().double().cpu().numpy()
    points = filled[:, ~np.isnan(filled).any(axis=(0, 2))].reshape(frames, -1)
    looks = len(np.unique(points, axis=0))
    if count > looks:
        raise ValueError(f"{count} styles were asked for, but of {frames} training frames only {looks} differ in looks")
    rng = np.random.default_rng(seed)
    centres = min((_k_means(points, count, rng) for _ in range(_TRIES)), key=lambda found: _tightness(points, found))
    group = _distances(points, centres).argmin(axis=1)
    styles = [_typical(points, np.flatnonzero(group == number), centre) for number, centre in enumerate(centres)]
    return sorted(styles, key=lambda style: (-style.share, style.frame))


def style_features(labels: Tensor, table: FeatureTable, frame: int) -> Tensor:
    """Features of one training frame, laid out by the label map of another frame.

    Args:
        labels: (B, 1, H, W) integer ids 0 .. labels-1, or -1.
        table: of the training frames. Pixels without a label, and of labels none of them has, get the mean of the
            labels' features.
        frame: row of the table.

    Returns:
        (B, C, H, W).

    Raises:
        ValueError: a label lies outside the table.
    """
    require_known(labels, table)
    vectors = table.filled()[frame]  # (labels, C)
    middle = vectors.nanmean(dim=0)
    vectors = torch.where(vectors.isnan(), middle, vectors)
    painted = paint_labels(labels, vectors[None].expand(len(labels), -1, -1))
    return torch.where(labels < 0, middle.view(1, -1, 1, 1), painted)


def _k_means(points: Points, count: int, rng: np.random.Generator) -> Points:
    """Centres (count, D) of one grouping; every group has members."""
    centres = _scattered(points, count, rng)
    for _ in range(_ROUNDS):
        distances = _distances(points, centres)
        group = distances.argmin(axis=1)
        misfit = distances.min(axis=1)
        for number in np.setdiff1d(np.arange(count), group):  # left without members: begins anew at the worst point
            worst = misfit.argmax()
            group[worst], misfit[worst] = number, 0
        moved = np.stack([points[group == number].mean(axis=0) for number in range(count)])
        if np.array_equal(moved, centres):
            break
        centres = moved
    return centres


def _scattered(points: Points, count: int, rng: np.random.Generator) -> Points:
    """Points to start from, far ones more likely (k-means++, Arthur and Vassilvitskii, 2007)."""
    centres = points[[rng.integers(len(points))]]
    while len(centres) < count:
        weights = _distances(points, centres).min(axis=1)
        centres = np.concatenate([centres, points[[rng.choice(len(points), p=weights / weights.sum())]]])
    return centres


def _distances(points: Points, centres: Points) -> Points:
    """Squared distances (N, K)."""
    return np.stack([np.square(points - centre).sum(axis=1) for centre in centres], axis=1)


def _tightness(points: Points, centres: Points) -> float:
    return float(_distances(points, centres).min(axis=1).sum())


def _typical(points: Points, members: NDArray[np.intp], centre: Points) -> Style:
    nearest = members[np.square(points[members] - centre).sum(axis=1).argmin()]
    return Style(int(nearest), len(members) / len(points))
