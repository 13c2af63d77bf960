"""Reading the published table of face features.

The file is a NumPy file of one pickled object, written under Python 2: a dictionary from part (0 background, 1 .. 6
parts of the face) to a matrix (training picture, features + 1) whose last column is no feature. A pickle can run any
code when it is read, so this one may rebuild arrays and plain containers and nothing else.
"""

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from numpy.lib import format as npy
from torch import Tensor

from vid2vid_core.models.feature_table import FeatureTable

_REBUILD_ARRAY = np.empty(0).__reduce__()[0]
_ALLOWED = {
    ("numpy.core.multiarray", "_reconstruct"): _REBUILD_ARRAY,
    ("numpy._core.multiarray", "_reconstruct"): _REBUILD_ARRAY,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
}
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_feature_table(path: Path) -> FeatureTable:
    """Read a `features.npy`.

    Args:
        path: the file; nothing in it is executed.

    Returns:
        (training pictures, parts, features), float32.

    Raises:
        ValueError: if the file is missing, damaged, holds anything but such a dictionary, or asks for code to be run.
    """
    try:
        with path.open("rb") as handle:
            content = _unpickle(handle)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    except Exception as error:  # a damaged pickle makes the unpickler raise nearly anything
        raise ValueError(f"{path}: not a readable feature table ({type(error).__name__}: {error})") from error
    parts = content.item() if isinstance(content, np.ndarray) and content.shape == () else content
    if not isinstance(parts, dict) or sorted(map(str, parts)) != [str(part) for part in range(len(parts))] or not parts:
        found = f"keys {sorted(map(str, parts))}" if isinstance(parts, dict) else type(parts).__name__
        raise ValueError(f"{path}: expected a dictionary from part 0, 1, ... to a matrix, found {found}")
    by_number = {int(part): matrix for part, matrix in parts.items()}
    matrices = [_matrix(path, part, by_number[part]) for part in range(len(parts))]
    try:
        return table_of_parts(matrices)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def table_of_parts(parts: Sequence[Tensor]) -> FeatureTable:
    """The published layout as a table.

    Args:
        parts: of each part a matrix (training pictures, features + 1), whose last column is ignored. Where matrices
            differ in length, the last row of a shorter one stands for the rows it lacks.

    Raises:
        ValueError: a matrix is empty or they differ in width.
    """
    widths = {part.shape[1] for part in parts}
    if len(widths) != 1 or min(widths) < 2 or not all(len(part) for part in parts):
        shapes = ", ".join(str(tuple(part.shape)) for part in parts)
        raise ValueError(
            f"every part needs a matrix (training pictures, features + 1) of the same width, found {shapes}"
        )
    longest = max(len(part) for part in parts)
    rows = [torch.arange(longest).clamp(max=len(part) - 1) for part in parts]
    columns = [part[index, :-1] for part, index in zip(parts, rows, strict=True)]
    return FeatureTable(torch.stack(columns, dim=1))


class _ArraysOnly(pickle.Unpickler):
    """Rebuilds arrays; every other global name is refused before it is looked up."""

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise ValueError(
                f"the file asks for {module}.{name}, which is no array; it is not a feature table and was not executed"
            ) from None


def _unpickle(handle: BinaryIO) -> Any:
    version = npy.read_magic(handle)
    if version not in _HEADERS:
        raise ValueError(f"NumPy file of version {version}, known are {', '.join(map(str, _HEADERS))}")
    shape, _, dtype = _HEADERS[version](handle)
    if not dtype.hasobject or shape != ():
        raise ValueError(f"expected one pickled object, found an array of {dtype} and shape {shape}")
    return _ArraysOnly(handle, encoding="latin1").load()


def _matrix(path: Path, part: int, matrix: Any) -> Tensor:
    if not isinstance(matrix, np.ndarray) or matrix.ndim != 2 or matrix.dtype.kind != "f":
        found = f"{matrix.dtype} {matrix.shape}" if isinstance(matrix, np.ndarray) else type(matrix).__name__
        raise ValueError(
            f"{path}: part {part} must be a matrix of floats (training picture, features + 1), got {found}"
        )
    return torch.from_numpy(matrix.astype(np.float32))
