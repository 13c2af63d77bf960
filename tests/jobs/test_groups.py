"""Jobs for groups of videos: what is done stays done, what fails does not take others along."""

from pathlib import Path

import pandas as pd
import pytest

from vid2vid_core.jobs.groups import MadeOf, make_group, tables_of
from vid2vid_core.storage import read_label, read_table, write_table


class Maker:
    """Writes a table for each video, and remembers for which."""

    def __init__(self, broken: str = "") -> None:
        self.made: list[str] = []
        self.broken = broken

    def __call__(self, video: str, table: Path) -> None:
        self.made.append(video)
        if video == self.broken:
            raise RuntimeError("out of cheese")
        write_table(table, pd.DataFrame({"video": [video]}), {"video": video})


def made_of(setting: int = 0) -> dict[str, MadeOf]:
    return {video: MadeOf([setting]) for video in "abc"}


def test_a_group_of_one_video_writes_the_table_of_the_video(tmp_path: Path) -> None:
    make = Maker()
    make_group(tmp_path / "a.parquet", {"a": MadeOf(0)}, make)
    assert make.made == ["a"]
    assert tables_of([tmp_path / "a.parquet"]) == {"a": tmp_path / "a.parquet"}
    assert read_table(tmp_path / "a.parquet")[1] == {"video": "a"}


def test_a_larger_group_lists_its_videos(tmp_path: Path) -> None:
    receipt = tmp_path / "group_0001.parquet"
    make_group(receipt, made_of(), Maker())
    make_group(tmp_path / "d.parquet", {"d": MadeOf(0)}, Maker())
    found = tables_of([receipt, str(tmp_path / "d.parquet")])
    assert found == {video: tmp_path / f"{video}.parquet" for video in "abcd"}


def test_called_again_it_keeps_what_is_done(tmp_path: Path) -> None:
    receipt = tmp_path / "group_0001.parquet"
    with pytest.raises(ValueError, match="1 of 3 videos failed.*\n  b: RuntimeError: out of cheese"):
        make_group(receipt, made_of(), Maker(broken="b"))
    assert not receipt.exists()
    again = Maker()
    make_group(receipt, made_of(), again)
    assert again.made == ["b"]
    elsewhere = Maker()
    make_group(tmp_path / "group_0007.parquet", made_of() | {"d": MadeOf(0)}, elsewhere)
    assert elsewhere.made == ["d"]


def test_other_settings_or_inputs_make_it_anew_and_change_the_receipt(tmp_path: Path) -> None:
    receipt, source = tmp_path / "group_0001.parquet", tmp_path / "source"
    source.write_text("one")
    videos = made_of() | {"a": MadeOf(0, (source,))}
    make_group(receipt, videos, Maker())
    first = receipt.read_bytes()
    source.write_text("two")
    again = Maker()
    make_group(receipt, videos, again)
    assert again.made == ["a"]
    assert receipt.read_bytes() != first, "Snakemake would not see that the results have changed"
    settings = Maker()
    make_group(receipt, made_of(1), settings)
    assert settings.made == ["a", "b", "c"]


def test_a_table_without_label_is_made_anew(tmp_path: Path) -> None:
    write_table(tmp_path / "a.parquet", pd.DataFrame({"video": ["a"]}))
    (tmp_path / "b.parquet").write_text("half a table")
    assert read_label(tmp_path / "a.parquet") is None
    make = Maker()
    make_group(tmp_path / "group_0001.parquet", made_of(), make)
    assert make.made == ["a", "b", "c"]
