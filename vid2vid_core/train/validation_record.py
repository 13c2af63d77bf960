"""What validations have found: a line each in validation.jsonl, and a strip of pictures.

    {"step": 400, "epoch": 3, "frames": 3200, "seconds": 1.9, "metrics": {"video_ssim": 0.61, ...}}

`frames` counts those trained on so far, `seconds` is what the validation took. Beside the lines lie, in validation/,
clip.json (which frames, and the metrics of the real ones), clip.jpg (their controls above the real frames) and
step-<step>.jpg (what the model made of them).
"""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vid2vid_core.render.stream import Picture
from vid2vid_core.storage import atomic_file, write_json
from vid2vid_core.train.position import Position
from vid2vid_core.train.validation_clip import Rendering, ValidationClip

_WIDEST = 512
"""Pixels; larger frames are shown smaller."""
_QUALITY = 92


class ValidationRecord:
    """The record in the output folder of a stage."""

    def __init__(self, folder: Path, clip: ValidationClip, resumed_step: int) -> None:
        """Go on with the record; a stage that begins anew begins a new one, and so does another clip."""
        self._lines, self._pictures = folder / "validation.jsonl", folder / "validation"
        about = self._pictures / "clip.json"
        facts = clip.describe() | {"real": clip.perfect}
        if resumed_step == 0 or _read_json(about) != facts:
            self._lines.unlink(missing_ok=True)
            for stale in self._pictures.glob("*.jpg"):
                stale.unlink()
            write_json(about, facts)
        self._entries = _read_lines(self._lines)

    def has(self, step: int) -> bool:
        """Whether there is a validation of that step."""
        return step in self._entries

    def add(self, position: Position, rendering: Rendering, seconds: float) -> np.ndarray:
        """Record a validation, in the place of an older one of the same step; returns its picture (H, W, 3) RGB."""
        made = _row([frame.picture for frame in rendering.shown])
        controls = _row([frame.controls for frame in rendering.shown])
        real = _row([frame.real for frame in rendering.shown if frame.real is not None])
        given = self._pictures / "clip.jpg"
        if not given.exists():
            _write(given, np.concatenate([controls, real]))
        _write(self._pictures / f"step-{position.step:09d}.jpg", made)
        self._entries[position.step] = {
            "step": position.step,
            "epoch": position.epoch,
            "frames": position.frames,
            "seconds": round(seconds, 3),
            "metrics": rendering.metrics,
        }
        with atomic_file(self._lines) as temporary:
            lines = [json.dumps(self._entries[step]) + "\n" for step in sorted(self._entries)]
            temporary.write_text("".join(lines), encoding="utf-8")
        return np.concatenate([controls, made, real])


def _row(pictures: list[Picture]) -> np.ndarray:
    height, width = pictures[0].shape[:2]
    if width > _WIDEST:
        size = (_WIDEST, max(1, round(height * _WIDEST / width)))
        pictures = [np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA)) for picture in pictures]
    return np.concatenate(pictures, axis=1)


def _write(path: Path, picture: np.ndarray) -> None:
    with atomic_file(path) as temporary:
        bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
        if not cv2.imwrite(str(temporary), bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]):
            raise OSError(f"{path}: the picture could not be written")


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _read_lines(path: Path) -> dict[int, dict[str, Any]]:
    if not path.exists():
        return {}
    entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {entry["step"]: entry for entry in entries}
