"""Typical looks of training frames."""

import math

import numpy as np
import pytest
import torch

from vid2vid_core.models.feature_table import FeatureTable
from vid2vid_core.models.styles import find_styles, style_features


def table_of_people(counts: tuple[int, ...], labels: int = 3, seed: int = 0) -> tuple[FeatureTable, torch.Tensor]:
    """Frames of several people in random order, each person with features of their own for every label."""
    generator = torch.Generator().manual_seed(seed)
    people = torch.rand(len(counts), labels, 4, generator=generator) * 2 - 1
    owner = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
    owner = owner[torch.randperm(len(owner), generator=generator)]
    noise = 0.05 * torch.randn(len(owner), labels, 4, generator=generator)
    return FeatureTable(people[owner] + noise), owner


@pytest.mark.parametrize("seed", range(5))
def test_one_style_a_person_the_most_common_first(seed: int) -> None:
    table, owner = table_of_people((9, 30, 4, 17), seed=seed)
    styles = find_styles(table, 4)
    assert [int(owner[style.frame]) for style in styles] == [1, 3, 0, 2]
    assert [style.share for style in styles] == pytest.approx([30 / 60, 17 / 60, 9 / 60, 4 / 60])
    assert find_styles(table, 4) == styles


def test_a_style_is_a_real_frame_in_the_middle_of_its_group() -> None:
    values = torch.tensor([0.0, 0.1, 0.5, 0.55, 0.9, 5.0])
    assert [style.frame for style in find_styles(FeatureTable(values.view(6, 1, 1)), 2)] == [2, 5]


def test_parts_are_grouped_together_so_that_no_look_is_put_together_from_two_people() -> None:
    """Hair alone would be grouped otherwise: two of the three people have the same."""
    hair, skin = torch.tensor([1.0, 1.0, -1.0]), torch.tensor([1.0, -1.0, 1.0])
    owner = torch.arange(12) % 3
    table = FeatureTable(torch.stack([hair[owner], skin[owner]], dim=1)[..., None])
    chosen = [style.frame for style in find_styles(table, 3)]
    assert sorted(int(owner[frame]) for frame in chosen) == [0, 1, 2]


def test_labels_that_frames_lack_decide_nothing() -> None:
    table, owner = table_of_people((10, 20))
    table.values[::2, 1] = math.nan  # lacking in half of the frames
    table.values[:, 2] = math.nan  # in all
    assert [int(owner[style.frame]) for style in find_styles(table, 2)] == [1, 0]


def test_more_styles_than_frames_or_looks_are_refused() -> None:
    table, _ = table_of_people((2, 1))
    with pytest.raises(ValueError, match="4 styles were asked for, but there are features of 3 training frames only"):
        find_styles(table, 4)
    with pytest.raises(ValueError, match="2 styles were asked for, but of 5 training frames only 1 differ in looks"):
        find_styles(FeatureTable(torch.ones(5, 2, 3)), 2)
    assert len(find_styles(table, 3)) == 3


def test_groups_without_members_begin_anew() -> None:
    """Many groups among few clumps: some lose all their members on the way, none may end without."""
    rng = np.random.default_rng(0)
    clumps = rng.integers(0, 3, 40)[:, None] + 1e-3 * rng.integers(0, 4, (40, 1))
    table = FeatureTable(torch.from_numpy(clumps)[:, None])
    styles = find_styles(table, 10)
    assert len({style.frame for style in styles}) == 10
    assert all(style.share > 0 for style in styles) and sum(style.share for style in styles) == pytest.approx(1)


def test_a_look_is_laid_out_by_the_labels_of_another_frame() -> None:
    values = torch.tensor([[[0.0], [1.0], [math.nan]], [[4.0], [math.nan], [math.nan]]])
    labels = torch.tensor([[[[0, 1, 2, -1]]]])
    assert style_features(labels, FeatureTable(values), 0).flatten().tolist() == [0.0, 1.0, 0.5, 0.5]
    assert style_features(labels, FeatureTable(values), 1).flatten().tolist() == [4.0, 1.0, 2.5, 2.5]
    with pytest.raises(ValueError, match=r"the feature table has labels 0\.\.2, the map holds 3"):
        style_features(labels + 1, FeatureTable(values), 0)
