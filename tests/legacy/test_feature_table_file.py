"""The published table of face features: read without running anything that is in it."""

import json
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from vid2vid_core.legacy.feature_table import read_feature_table, table_of_parts
from vid2vid_core.models.feature_table import label_means, nearest_features, nearest_frame, paint_labels

SHARED = Path(os.environ.get("VID2VID_SHARED", Path(__file__).parents[3] / "shared"))
FIXTURE = SHARED / "golden" / "vid2vid" / "07d_face_feature_lookup.npz"


def write(path: Path, content: Any) -> Path:
    holder = np.empty((), dtype=object)
    holder[()] = content
    np.save(path, holder, allow_pickle=True)
    return path


def matrices(rows: int = 5, parts: int = 7, features: int = 16) -> dict[int, np.ndarray]:
    rng = np.random.default_rng(0)
    return {part: rng.standard_normal((rows, features + 1)).astype(np.float32) for part in range(parts)}


def test_rows_are_training_pictures_and_the_last_column_is_left_out(tmp_path: Path) -> None:
    parts = matrices()
    table = read_feature_table(write(tmp_path / "features.npy", parts))
    assert table.values.shape == (5, 7, 16)
    assert np.array_equal(table.values[3, 6].numpy(), parts[6][3, :16])


def test_files_written_under_python_2(tmp_path: Path) -> None:
    """Protocol 2 with byte strings as text, as NumPy wrote it there: bytes that are no ASCII are read as Latin-1."""
    matrix = np.array([[1.5, -2.25, 0.1, 7.0]], np.float64)
    raw = matrix.tobytes()
    assert max(raw) > 127
    dtype = b"cnumpy\ndtype\n(U\x02f8K\x00K\x01tR(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR(K\x01K\x01K\x04\x86"
        + dtype + b"\x89U" + bytes([len(raw)]) + raw + b"tb"
    )  # fmt: skip
    holder = (
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR(K\x01)cnumpy\ndtype\n"
        b"(U\x02O8K\x00K\x01tR(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tb\x89]}K\x00" + array + b"satb."
    )
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (), }"
    header += b" " * (117 - len(header)) + b"\n"
    path = tmp_path / "features.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + holder)
    assert read_feature_table(path).values.flatten().tolist() == pytest.approx([1.5, -2.25, 0.1])


class _Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("place", ["content", "matrix", "key"])
def test_code_in_the_file_is_refused_and_not_run(tmp_path: Path, place: str) -> None:
    trap = tmp_path / "trap"
    bomb = _Bomb(trap)
    content: Any = {"content": bomb, "matrix": {0: bomb}, "key": {(0, bomb): 1}}[place]
    path = write(tmp_path / "features.npy", content)
    with pytest.raises(ValueError, match=r"features.npy: the file asks for posix.mkdir.*was not executed"):
        read_feature_table(path)
    assert not trap.exists()
    with path.open("rb") as handle:  # the trap works where it is not guarded against
        np.lib.format.read_array(handle, allow_pickle=True)
    assert trap.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({0: [1.0, 2.0]}, "part 0 must be a matrix of floats.*got list"),
        ({1: np.zeros((2, 3))}, r"dictionary from part 0, 1, ... to a matrix, found keys \['1'\]"),
        ({}, "dictionary from part 0"),
        ("text", "found str"),
        ({0: np.zeros((2, 3)), 1: np.zeros((2, 4))}, "of the same width"),
        ({0: np.zeros((0, 3))}, "needs a matrix"),
        ({0: np.zeros((2, 3), np.int64)}, "got int64"),
    ],
)
def test_other_contents_are_named(tmp_path: Path, content: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"features.npy: .*{message}"):
        read_feature_table(write(tmp_path / "features.npy", content))


def test_files_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "features.npy"
    with pytest.raises(ValueError, match="not a readable feature table.*No such file"):
        read_feature_table(path)
    path.write_bytes(pickle.dumps({}))
    with pytest.raises(ValueError, match="features.npy"):
        read_feature_table(path)
    np.save(path, np.zeros(3))
    with pytest.raises(ValueError, match="expected one pickled object, found an array of float64"):
        read_feature_table(path)
    whole = write(path, matrices()).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="features.npy"):
        read_feature_table(path)


def test_shorter_parts_repeat_their_last_row() -> None:
    table = table_of_parts([torch.tensor([[1.0, 0], [2, 0], [3, 0]]), torch.tensor([[4.0, 0], [5, 0]])])
    assert table.values[:, :, 0].tolist() == [[1, 4], [2, 5], [3, 5]]


@pytest.mark.shared
@pytest.mark.skipif(not FIXTURE.exists(), reason=f"{FIXTURE} is not there")
def test_golden_lookup() -> None:
    side = json.loads(FIXTURE.with_suffix(".json").read_text())
    with np.load(FIXTURE) as file:
        arrays = {name: torch.from_numpy(file[name]).double() for name in file}
    table = table_of_parts([arrays[f"in.features.{part}"] for part in range(side["config"]["n_parts"])])
    parts, pooled = arrays["in.parts"].long(), arrays["out.encoder_features"]
    means, present = label_means(pooled, parts, side["config"]["n_parts"])
    torch.testing.assert_close(paint_labels(parts, means), pooled)
    assert nearest_frame(means[0], present[0], table) == side["chosen_training_image"]
    torch.testing.assert_close(nearest_features(pooled, parts, table), arrays["out.feature_map"])
