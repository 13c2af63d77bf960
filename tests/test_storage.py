"""Writing so that a reader never sees half a file."""

from pathlib import Path

import pandas as pd
import pytest

from vid2vid_core.storage import atomic_directory, atomic_file, read_table, write_json, write_table


def test_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "file.txt"
    with atomic_file(target) as temporary:
        temporary.write_text("half")
        assert not target.exists()
        temporary.write_text("whole")
    assert target.read_text() == "whole"
    assert list(target.parent.iterdir()) == [target]


def test_failure_keeps_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "file.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError), atomic_file(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_directory_is_replaced_as_a_whole(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    (target / "old").touch()
    with pytest.raises(RuntimeError), atomic_directory(target) as temporary:
        (temporary / "new").touch()
        raise RuntimeError
    assert [path.name for path in target.iterdir()] == ["old"]
    with atomic_directory(target) as temporary:
        (temporary / "new").touch()
    assert [path.name for path in target.iterdir()] == ["new"]
    assert list(tmp_path.iterdir()) == [target]


def test_leftover_of_a_killed_process_is_removed(tmp_path: Path) -> None:
    leftover = tmp_path / ".0123abcd.folder"
    leftover.mkdir()
    other = tmp_path / ".0123abcd.other"
    other.mkdir()
    with atomic_directory(tmp_path / "folder"):
        pass
    assert not leftover.exists()
    assert other.exists()


def test_table_keeps_its_metadata(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    write_table(path, pd.DataFrame({"a": [1, 2]}), {"why": ["ü", None]})
    table, metadata = read_table(path)
    assert table.a.tolist() == [1, 2]
    assert metadata == {"why": ["ü", None]}


def test_broken_table_is_named(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    path.write_bytes(b"PAR1")
    with pytest.raises(ValueError, match="table.parquet: not a readable Parquet table"):
        read_table(path)


def test_not_a_number_is_no_json(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "x.json", {"value": float("nan")})
    assert list(tmp_path.iterdir()) == []
