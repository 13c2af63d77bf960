import os
from pathlib import Path

import pandas as pd
import pytest

from vid2vid_core.shards.access import read_bytes
from vid2vid_core.shards.pack import pack, stage_output, unpack
from vid2vid_core.shards.shard import DamagedShardError
from vid2vid_core.storage import read_table, write_table

FILES = {
    "train_A/town/0001.png": b"\x89PNG labels",
    "train_A/town/0002.png": b"",
    "train_B/town/0001.jpg": b"\xff\xd8 photograph",
    "train_B/town/.hidden": b"hidden",
    "train_B/town/part/0001.jpg": b"of a folder in a folder",
    "train_openpose/a b/0001_keypoints.json": b"{}",
    "README": b"not packed",
}


@pytest.fixture
def loose(tmp_path: Path) -> Path:
    top = tmp_path / "loose"
    for name, content in FILES.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(content)
    (top / "test_A" / "empty").mkdir(parents=True)
    table = pd.DataFrame({"label": ["train_A/town/0001.png", "/elsewhere/train_A/town/1.png", ""], "number": [1, 2, 3]})
    write_table(top / "manifest.parquet", table, {"fps": 15.0})
    return top


def contents(top: Path) -> dict[str, bytes]:
    return {str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*") if path.is_file()}


def test_packing_and_unpacking_bring_every_byte_back(loose: Path, tmp_path: Path) -> None:
    assert pack(loose, tmp_path / "packed") == 4
    found = {str(path.relative_to(tmp_path / "packed")) for path in (tmp_path / "packed").rglob("*.*")}
    assert found == {
        "train_A/town.arrow", "train_B/town.arrow", "train_B/town/part.arrow", "train_openpose/a b.arrow",
        "manifest.parquet",
    }  # fmt: skip
    assert read_bytes(tmp_path / "packed/train_B/town.arrow/.hidden") == b"hidden"
    assert unpack(tmp_path / "packed", tmp_path / "again") == 4
    assert contents(tmp_path / "again") == contents(loose)
    assert (tmp_path / "again" / "test_A" / "empty").is_dir()


def test_paths_of_tables_follow(loose: Path, tmp_path: Path) -> None:
    pack(loose, tmp_path / "packed")
    table, metadata = read_table(tmp_path / "packed" / "manifest.parquet")
    assert table["label"].tolist() == ["train_A/town.arrow/0001.png", "/elsewhere/train_A/town/1.png", ""]
    assert metadata == {"fps": 15.0}


def test_folders_with_tables_stay_folders(loose: Path, tmp_path: Path) -> None:
    pack(loose.parent, tmp_path.parent / f"{tmp_path.name}-packed")
    packed = tmp_path.parent / f"{tmp_path.name}-packed" / "loose"
    assert read_table(packed / "manifest.parquet")[0]["label"][0] == "train_A/town.arrow/0001.png"
    assert (packed / "README").is_file() and (packed / "train_A" / "town.arrow").is_file()


def test_nothing_is_overwritten_or_left_half_done(loose: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(ValueError, match="exists already"):
        pack(loose, tmp_path / "there")
    with pytest.raises(ValueError, match="lies within"):
        pack(loose, loose / "packed")
    with pytest.raises(ValueError, match="no such folder"):
        pack(tmp_path / "nothing", tmp_path / "packed")
    with pytest.raises(ValueError, match="nothing to unpack"):
        unpack(loose, tmp_path / "again")
    pack(loose, tmp_path / "packed")
    with pytest.raises(ValueError, match=r"town\.arrow: a shard already"):
        pack(tmp_path / "packed", tmp_path / "twice")
    shard = tmp_path / "packed" / "train_B" / "town.arrow"
    shard.write_bytes(shard.read_bytes().replace(b"photograph", b"photogRaph"))
    with pytest.raises(DamagedShardError, match=r"packed/train_B/town\.arrow"):
        unpack(tmp_path / "packed", tmp_path / "again")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["loose", "packed", "there"]


def test_links_to_folders_are_refused(loose: Path, tmp_path: Path) -> None:
    os.symlink(loose / "train_A", loose / "test_inst")
    with pytest.raises(ValueError, match="test_inst: a link to a folder"):
        pack(loose, tmp_path / "packed")


def test_a_stage_may_write_shards(tmp_path: Path) -> None:
    folder, table = tmp_path / "frames" / "town", tmp_path / "frames" / "town.parquet"
    with stage_output(table, "shards") as (files, rows):
        assert tmp_path not in files.parents
        (files / "town-000").mkdir(parents=True)
        (files / "town-000" / "0.png").write_bytes(b"picture")
        write_table(rows, pd.DataFrame({"image": ["town/town-000/0.png", "/in/place.png"]}), {"video": "town"})
    moved, metadata = read_table(table)
    assert moved["image"].tolist() == ["town/town-000.arrow/0.png", "/in/place.png"]
    assert read_bytes(table.parent / moved["image"][0]) == b"picture" and metadata == {"video": "town"}
    assert not files.exists() and [path.name for path in folder.iterdir()] == ["town-000.arrow"]
    with stage_output(table, "files") as places:
        assert places == (folder, table)
