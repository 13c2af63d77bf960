"""Typical looks of every label: a few feature vectors each, those of real things in training frames.

A label can be given another of its looks by itself ("the buildings as in those frames"), and where the encoder is
trained object by object, every car has one of its own.

Source: Wang et al., High-Resolution Image Synthesis (pix2pixHD), 2018, section 3.4 (clusters of features by label).
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vid2vid_core.models.feature_table import FeatureTable
from vid2vid_core.models.k_means import typical_points

CODES = 10
"""Looks of a label at most, as published."""
_MOST = 1000
"""Samples of a label that are grouped, evenly chosen from more."""


@dataclass(frozen=True)
class LabelCodes:
    """The looks of every label, the most common first."""

    values: Tensor
    """(labels, K, C) float; NaN beyond the looks that a label has."""
    shares: Tensor
    """(labels, K): share of the label's samples that look like it; 0 beyond."""

    def count(self, label: int) -> int:
        """How many looks a label has; 0 if it occurs in no training frame."""
        return int((self.shares[label] > 0).sum())

    def look(self, label: int, number: int) -> Tensor:
        """Features (C,) of look `number` of a label, 1 being the most common. Raises ValueError if there is none."""
        if not 1 <= number <= self.count(label):
            raise ValueError(f"look {number} of label {label} was asked for, it has {self.count(label)}")
        return self.values[label, number - 1]

    def nearest(self, label: int, features: Tensor) -> Tensor:
        """The look (C,) of a label that is nearest to some features (C,); these themselves if it has none."""
        count = self.count(label)
        if not count:
            return features
        known = self.values[label, :count].to(features)
        return known[(known - features).square().sum(dim=1).argmin()]


def find_codes(features: Tensor, labels: Tensor, label_nc: int, count: int = CODES) -> LabelCodes:
    """Group the features of each label (k-means) and take the one in the middle of each group.

    Args:
        features: (N, C), a row for each thing in a training frame.
        labels: (N,) integer, what it is.
        label_nc: number of labels.
        count: looks of a label, at most.
    """
    values = torch.full((label_nc, count, features.shape[1]), torch.nan)
    shares = torch.zeros(label_nc, count)
    for label in labels.unique().tolist():
        own = features[labels == label].double().cpu().numpy()
        own = own[np.unique(np.linspace(0, len(own) - 1, min(_MOST, len(own))).round().astype(int))]
        groups = min(count, len(np.unique(own, axis=0)))
        for number, (row, share) in enumerate(typical_points(own, groups)):
            values[label, number] = torch.from_numpy(own[row])
            shares[label, number] = share
    return LabelCodes(values, shares)


def codes_of_frames(table: FeatureTable) -> LabelCodes:
    """Codes where nothing but the mean features of labels in training frames is known."""
    frames, labels = (~table.values.isnan().any(dim=-1)).nonzero(as_tuple=True)
    return find_codes(table.values[frames, labels], labels, table.values.shape[1])
