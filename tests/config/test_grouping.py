"""Groups of videos that one job takes."""

import pytest

from vid2vid_core.config.grouping import form_groups
from vid2vid_core.config.sources import Source


def sources(train: int, test: int) -> list[Source]:
    """Videos of both splits, mixed."""
    names = [("train", index) for index in range(train)] + [("test", index) for index in range(test)]
    names.sort(key=lambda name: name[1])
    return [Source(id=f"{split}-{i}", split=split, path=f"{split}{i}.mp4", kind="video") for split, i in names]  # type: ignore[arg-type]


def test_one_job_a_video_up_to_a_thousand() -> None:
    groups = form_groups(sources(900, 100), "auto")
    assert len(groups) == 1000
    assert all(name == member.id for name, (member,) in groups.items())


@pytest.mark.parametrize("videos", [1001, 10_000, 30_000])
def test_above_that_about_200_jobs(videos: int) -> None:
    groups = form_groups(sources(videos - 100, 100), "auto")
    assert 150 <= len(groups) <= 202
    assert sum(map(len, groups.values())) == videos


def test_no_group_holds_videos_of_both_splits_and_none_is_lost() -> None:
    everything = sources(7, 3)
    groups = form_groups(everything, 4)
    assert [len(group) for group in groups.values()] == [4, 3, 3]
    assert all(len({source.split for source in group}) == 1 for group in groups.values())
    assert {source.id for group in groups.values() for source in group} == {source.id for source in everything}
