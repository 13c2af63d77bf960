"""Typical looks of the training frames, each that of one real frame.

All features of a frame are grouped together, not label by label: hair of one person with the skin of another is a
combination the generator has never seen. For the same reason a look is that of the frame nearest to the middle of its
group, not the middle itself, which would be an average of people.
Source: Wang et al., High-Resolution Image Synthesis (pix2pixHD), 2018, section 3.4, which groups label by label.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vid2vid_core.models.feature_table import FeatureTable, paint_labels, require_known
from vid2vid_core.models.k_means import typical_points


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
    return [Style(frame, share) for frame, share in typical_points(points, count, seed)]


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
