"""What styles look like after training: two looks in the data, two looks in pictures made without a photograph."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch.nn.functional import one_hot
from toy import LABELS, Toy, make_dataset, toy_image_stage, train_image

from vid2vid_core.config import ImageLossConfig, OptimizerConfig
from vid2vid_core.dataset.frame_pairs import FramePairs
from vid2vid_core.models.image_weights import load_image_model
from vid2vid_core.models.styles import find_styles

LOOKS = np.array([[[0, 0, 0], [60, 60, 60], [40, 40, 220]], [[0, 0, 0], [200, 220, 200], [220, 60, 40]]], np.uint8)
"""Ground and square of each sequence, BGR: a red square on dark grey, a blue one on light grey."""
STAGE = replace(
    toy_image_stage("global_with_features", niter=25, ngf=8, feat_num=3),
    losses=ImageLossConfig(no_vgg=True, lambda_L1=30.0),
    optimizer=OptimizerConfig(lr=0.002),
)


def two_looks(root: Path) -> Toy:
    toy = make_dataset(root, sequences=2, frames=5)
    for number, sequence in enumerate(("a-000", "b-000")):
        for labels in (root / "layout" / "train_A" / sequence).iterdir():
            ids = cv2.imread(str(labels), cv2.IMREAD_UNCHANGED)
            cv2.imwrite(str(root / "layout" / "train_B" / sequence / labels.name), LOOKS[number][ids])
    return toy


@pytest.mark.slow
def test_styles_are_the_looks_of_the_data_whole(tmp_path: Path) -> None:
    toy = two_looks(tmp_path)
    model, _ = load_image_model(train_image(toy, tmp_path, STAGE))
    assert model.table is not None
    styles = find_styles(model.table, 2)
    assert {style.frame // 5 for style in styles} == {0, 1}
    pairs = FramePairs(toy.manifest, STAGE.data, STAGE.controls, 0)
    ids = pairs.whole(7).parts
    controls = one_hot(ids[:, 0], LABELS).movedim(-1, 1).float()
    with torch.no_grad():
        made = {style.frame // 5: model.styled(controls, ids, style.frame)[0] for style in styles}
    for look, picture in made.items():
        for label in (1, 2):
            wanted = torch.from_numpy(LOOKS[look][label][::-1].astype(np.float32)) / 127.5 - 1
            mean = picture[:, ids[0, 0] == label].mean(dim=1)
            assert (mean - wanted).abs().max() < 0.35, f"look {look}, label {label}: {mean}, expected {wanted}"
