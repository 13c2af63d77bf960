import random
import threading
from pathlib import Path

import pyarrow as pa
import pytest

from vid2vid_core.shards.access import file_names, is_folder, open_shard, read_bytes
from vid2vid_core.shards.shard import DamagedShardError, write_shard

CONTENTS = {f"{number:03d}.png": random.Random(number).randbytes(10 + 97 * number) for number in range(40)}


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    path = tmp_path / "train_B" / "town-000.arrow"
    write_shard(path, list(CONTENTS), CONTENTS.__getitem__)
    return path


def test_every_file_comes_back_in_any_order(shard: Path) -> None:
    names = random.Random(0).sample(sorted(CONTENTS), len(CONTENTS))
    assert [read_bytes(shard / name) for name in names] == [CONTENTS[name] for name in names]
    assert file_names(shard) == list(CONTENTS)
    assert is_folder(shard) and is_folder(shard.parent) and not is_folder(shard / "000.png")


def test_any_reader_of_arrow_can_read_it(shard: Path) -> None:
    table = pa.ipc.open_file(pa.memory_map(str(shard))).read_all()
    assert dict(zip(table["name"].to_pylist(), table["content"].to_pylist(), strict=True)) == CONTENTS


def test_files_and_files_in_shards_are_missing_alike(shard: Path) -> None:
    places = {"nobody.png": shard, "none.arrow/000.png": shard.parent, "none.png": shard.parent}
    for name, folder in places.items():
        with pytest.raises(FileNotFoundError, match=name.split("/")[0]):
            read_bytes(folder / name)
    (shard.parent / "loose.png").write_bytes(b"loose")
    assert read_bytes(shard.parent / "loose.png") == b"loose"


def test_a_shard_that_was_replaced_is_read_anew(shard: Path) -> None:
    assert read_bytes(shard / "001.png") == CONTENTS["001.png"]
    write_shard(shard, ["001.png"], lambda name: b"new")
    assert read_bytes(shard / "001.png") == b"new"


@pytest.mark.parametrize("kept", [0, 5, 900, -1])
def test_a_shard_that_is_cut_off_is_named(shard: Path, kept: int) -> None:
    shard.write_bytes(shard.read_bytes()[:kept])
    with pytest.raises(DamagedShardError, match=r"town-000\.arrow: damaged shard .*make it again"):
        read_bytes(shard / "001.png")


def test_a_changed_byte_is_found_and_named(shard: Path) -> None:
    stored = bytearray(shard.read_bytes())
    stored[stored.find(CONTENTS["020.png"]) + 30] ^= 1
    shard.write_bytes(stored)
    assert read_bytes(shard / "019.png") == CONTENTS["019.png"]
    with pytest.raises(DamagedShardError, match=r"town-000\.arrow: damaged shard \(file '020\.png' has a wrong check"):
        read_bytes(shard / "020.png")


def test_other_arrow_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.arrow"
    table = pa.table({"name": ["a"], "value": [1]})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    with pytest.raises(DamagedShardError, match="of another kind"):
        open_shard(path)


def test_threads_share_no_reader(shard: Path) -> None:
    found: list[object] = [open_shard(shard)]
    thread = threading.Thread(target=lambda: found.append(open_shard(shard)))
    thread.start()
    thread.join()
    assert found[0] is open_shard(shard) and found[1] is not found[0]


def test_nothing_is_left_of_a_shard_that_could_not_be_written(tmp_path: Path) -> None:
    def read(name: str) -> bytes:
        if name == "b":
            raise OSError("unreadable")
        return b"a"

    with pytest.raises(OSError, match="unreadable"):
        write_shard(tmp_path / "x.arrow", ["a", "b"], read)
    assert list(tmp_path.iterdir()) == []
