"""Small frame tables with pictures drawn here."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest

from vid2vid_core.storage import write_table

MakeFrames = Callable[..., Path]


@pytest.fixture
def make_frames(tmp_path: Path) -> MakeFrames:
    """Writes RGB pictures as the frames of a video; returns the frame table. None stands for an invalid frame."""

    def make(
        pictures: list[np.ndarray | None], video: str = "clip", names: list[str] | None = None,
        numbers: list[int] | None = None, sequences: list[str] | None = None, split: str = "train",
    ) -> Path:  # fmt: skip
        rows: list[dict[str, Any]] = []
        for index, picture in enumerate(pictures):
            name = names[index] if names else f"{index:06d}"
            sequence = sequences[index] if sequences else f"{video}-000"
            image = Path(video) / sequence / f"{name}.png"
            if picture is not None:
                (tmp_path / "frames" / image).parent.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(tmp_path / "frames" / image), picture[..., ::-1])
            height, width = (0, 0) if picture is None else picture.shape[:2]
            rows.append(
                {"video": video, "split": split, "sequence": sequence, "frame": name,
                 "number": numbers[index] if numbers else index, "time": index / 10,
                 "image": str(image), "width": width, "height": height,
                 "valid": picture is not None, "reason": "" if picture is not None else "broken"}
            )  # fmt: skip
        columns = [
            "video",
            "split",
            "sequence",
            "frame",
            "number",
            "time",
            "image",
            "width",
            "height",
            "valid",
            "reason",
        ]
        table = tmp_path / "frames" / f"{video}.parquet"
        data = pd.DataFrame(rows, columns=columns)
        write_table(table, data, {"video": video, "split": split, "fps": 10.0, "quarantined": None, "shots": []})
        return table

    return make


@pytest.fixture
def texture() -> np.ndarray:
    """(160, 240, 3) smooth random colours, in which every place looks different."""
    coarse = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    return cv2.resize(coarse, (240, 160), interpolation=cv2.INTER_CUBIC)
