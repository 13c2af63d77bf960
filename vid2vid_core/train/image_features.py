"""The features of every training frame, as rendering looks them up."""

import math

import torch
from tqdm import tqdm

from vid2vid_core.config import part_count
from vid2vid_core.dataset.frame_pairs import FramePairs
from vid2vid_core.models import FeatureEncoder
from vid2vid_core.models.feature_table import FeatureTable, label_means


@torch.no_grad()
def feature_table(encoder: FeatureEncoder, pairs: FramePairs) -> FeatureTable:
    """Mean features of every label in every training frame; frames as a whole, at the size of training.

    Args:
        encoder: trained.
        pairs: the training frames, in the order of the manifest.

    Returns:
        The table, float32 on the CPU.
    """
    device, multiple, rows = next(encoder.parameters()).device, encoder.size_multiple, []
    for index in tqdm(range(len(pairs)), desc="features of training frames", unit="frame", disable=None):
        pair = pairs.whole(index, multiple).to(device)
        means, present = label_means(
            encoder.per_pixel(pair.images), pair.parts, part_count(pairs.controls, pairs.manifest.label_nc)
        )
        rows.append(means.masked_fill(~present[..., None], math.nan).float().cpu())
    return FeatureTable(torch.cat(rows))
