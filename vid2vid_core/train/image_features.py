"""The looks of the training frames, as rendering looks them up."""

import math

import torch
from tqdm import tqdm

from vid2vid_core.config import part_count
from vid2vid_core.dataset.frame_pairs import FramePairs
from vid2vid_core.models import FeatureEncoder
from vid2vid_core.models.feature_table import FeatureTable, label_means
from vid2vid_core.models.label_codes import LabelCodes, find_codes
from vid2vid_core.ops import instance_means, label_of_object


@torch.no_grad()
def training_looks(encoder: FeatureEncoder, pairs: FramePairs) -> tuple[FeatureTable, LabelCodes | None]:
    """Mean features of every label in every training frame, and the typical looks of the objects of every label.

    Frames as a whole, at the size of training.

    Args:
        encoder: trained.
        pairs: the training frames, in the order of the manifest.

    Returns:
        Table and codes, float32 on the CPU; no codes where the frames do not tell objects apart: those of labels follow
        from the table.
    """
    device, multiple = next(encoder.parameters()).device, encoder.size_multiple
    label_nc = part_count(pairs.controls, pairs.manifest.label_nc)
    rows, owners, looks = [], [], []
    for index in tqdm(range(len(pairs)), desc="features of training frames", unit="frame", disable=None):
        pair = pairs.whole(index, multiple).to(device)
        features = encoder.per_pixel(pair.images)
        means, present = label_means(features, pair.parts, label_nc)
        rows.append(means.masked_fill(~present[..., None], math.nan).float().cpu())
        if pairs.by_object:
            pooled = instance_means(features, pair.objects)
            labels = label_of_object(pooled.ids)
            owners.append(labels[labels >= 0].cpu())
            looks.append(pooled.means[0, labels >= 0].float().cpu())
    table = FeatureTable(torch.cat(rows))
    if not pairs.by_object:
        return table, None
    return table, find_codes(torch.cat(looks), torch.cat(owners), label_nc)
