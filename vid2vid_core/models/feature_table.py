"""Appearance by label: mean features of every label of a picture, and those of the training frame most like it.

A single-image generator with features is told how each label looks by a vector a label. In training the vectors are
those of the very picture. When rendering they come from a training frame: the one whose vectors are nearest to those of
the real first frame, so that the generator sees a combination it has been trained on.

Source: Wang et al., High-Resolution Image Synthesis (pix2pixHD), 2018, section 3.4 (instance-level features).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from vid2vid_core.ops import instance_means, pool_instances


@dataclass(frozen=True)
class FeatureTable:
    """The features of every label in every training frame."""

    values: Tensor
    """(frames, labels, C) float; NaN where a frame does not have the label."""

    def __post_init__(self) -> None:
        if self.values.dim() != 3 or not len(self.values) or not self.values.is_floating_point():
            raise ValueError(
                f"a feature table is (frames, labels, features), float, with at least one frame; got shape "
                f"{tuple(self.values.shape)}, {self.values.dtype}"
            )

    def filled(self) -> Tensor:
        """The values, where a frame lacks a label the label's mean over the frames that have it; NaN if none has."""
        means = self.values.nanmean(dim=0, keepdim=True)
        return torch.where(self.values.isnan(), means, self.values)


def label_means(features: Tensor, labels: Tensor, label_nc: int) -> tuple[Tensor, Tensor]:
    """Mean feature vector of every label.

    Args:
        features: (B, C, H, W) float.
        labels: (B, 1, H, W) integer ids 0 .. label_nc-1; -1 belongs to no label.
        label_nc: number of labels.

    Returns:
        Means (B, label_nc, C), 0 where a label does not occur, and whether it occurs, (B, label_nc) bool.
    """
    pooled = instance_means(features, labels)
    known = pooled.ids >= 0
    means = features.new_zeros(len(features), label_nc, features.shape[1])
    means = means.index_copy(1, pooled.ids[known], pooled.means[:, known])
    present = torch.zeros(len(features), label_nc, dtype=torch.bool, device=features.device)
    present[:, pooled.ids[known]] = pooled.pixels[:, known] > 0
    return means, present


def paint_labels(labels: Tensor, vectors: Tensor) -> Tensor:
    """Give every pixel the vector of its label; 0 where there is no label.

    Args:
        labels: (B, 1, H, W) integer ids 0 .. label_nc-1, or -1.
        vectors: (B, label_nc, C).

    Returns:
        (B, C, H, W).
    """
    padded = torch.cat((torch.zeros_like(vectors[:, :1]), vectors), dim=1)  # (B, label_nc + 1, C)
    sample = torch.arange(len(labels), device=labels.device).view(-1, 1, 1)
    return padded[sample, labels[:, 0] + 1].movedim(-1, 1)


def require_known(labels: Tensor, table: FeatureTable) -> None:
    """Raise ValueError if ids (B, 1, H, W) are neither labels of the table nor -1."""
    count = table.values.shape[1]
    if int(labels.max()) >= count or int(labels.min()) < -1:
        found = int(labels.max()) if int(labels.max()) >= count else int(labels.min())
        raise ValueError(f"the feature table has labels 0..{count - 1}, the map holds {found}")


def frame_distances(means: Tensor, present: Tensor, table: FeatureTable) -> Tensor:
    """Squared distance of every training frame, summed over features and labels.

    Labels that are absent here, or in every training frame, do not count. A training frame that lacks a label is
    compared by the label's mean over the training frames that have it, so that lacking it is no advantage.

    Args:
        means: (labels, C), features of the frame at hand.
        present: (labels,) bool, which labels it has.
        table: of the training frames.

    Returns:
        (frames,).

    Raises:
        ValueError: the table has other labels or features.
    """
    if table.values.shape[1:] != means.shape:
        raise ValueError(
            f"the feature table has {table.values.shape[1]} labels of {table.values.shape[2]} features, the picture "
            f"{means.shape[0]} of {means.shape[1]}; both must come from the same training"
        )
    filled = table.filled().to(means)
    counted = present & ~filled[0].isnan().any(dim=-1)
    return (filled[:, counted] - means[counted]).square().sum(dim=(1, 2))


def nearest_frame(means: Tensor, present: Tensor, table: FeatureTable) -> int:
    """The training frame with the smallest distance, of equals the first; arguments as for `frame_distances`."""
    return int(frame_distances(means, present, table).argmin())


def nearest_features(features: Tensor, labels: Tensor, table: FeatureTable) -> Tensor:
    """Features of the nearest training frame, laid out by the label map of the frame at hand.

    Args:
        features: (B, C, H, W), the encoder's output for the real picture; pooled by label here, so both its raw and its
            pooled output will do.
        labels: (B, 1, H, W) integer ids 0 .. labels-1, or -1.
        table: of the training frames. A label none of them has, and pixels without a label, keep the mean features of
            the frame at hand.

    Returns:
        (B, C, H, W).

    Raises:
        ValueError: the table has other labels or features, or a label lies outside it.
    """
    require_known(labels, table)
    means, present = label_means(features, labels, table.values.shape[1])
    filled = table.filled().to(means)
    chosen = [nearest_frame(*frame, table) for frame in zip(means, present, strict=True)]
    vectors = filled[chosen]  # (B, labels, C)
    painted = paint_labels(labels, torch.where(vectors.isnan(), means, vectors))
    return torch.where(labels < 0, pool_instances(features, labels), painted)
