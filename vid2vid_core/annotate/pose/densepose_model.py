"""A DensePose network of somebody's, as a TorchScript file."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
import torch

from vid2vid_core.annotate.pose.parts import Posed
from vid2vid_core.maps.densepose import PARTS
from vid2vid_core.maps.densepose import Picture as PartsPicture
from vid2vid_core.video.reference_flow import Picture


class ModelParts:
    """Body parts found by a network; see `annotate.pose.densepose_model` for what it must take and give."""

    def __init__(self, file: Path) -> None:
        """Load it, onto a GPU if there is one. Raises ValueError if it is no TorchScript file."""
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._file = file
        try:
            self._model = torch.jit.load(str(file), map_location=self._device).eval()
        except (RuntimeError, ValueError, OSError) as error:
            reason = str(error).strip().splitlines()[0]
            raise ValueError(
                f"annotate.pose.densepose_model {file}: no TorchScript file, as torch.jit.save writes it ({reason})"
            ) from error

    def of(self, posed: Iterable[Posed]) -> Iterator[PartsPicture | str]:
        """See `BodyParts`; what it finds of other people than the subject is kept.

        Raises:
            ValueError: its output has another shape or other values.
        """
        for frame, _, _ in posed:
            yield self._find(frame.read())

    def _find(self, picture: Picture) -> PartsPicture:
        height, width = picture.shape[:2]
        batch = torch.from_numpy(picture).to(self._device).permute(2, 0, 1)[None].float() / 255
        with torch.inference_mode():
            try:
                found = self._model(batch)
            except RuntimeError as error:
                reason = str(error).strip().splitlines()[-1]
                raise ValueError(f"{self._file}: fails on a picture of {width}x{height} pixels: {reason}") from error
        part, u, v = self._checked(found)
        stacked = np.dstack([np.round(255 * v), np.round(255 * u), part]).astype(np.uint8)
        return np.asarray(cv2.resize(stacked, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)

    def _checked(self, found: object) -> np.ndarray:
        """(3, h, w)."""
        if not isinstance(found, torch.Tensor) or found.ndim != 4 or found.shape[:2] != (1, 3):
            shape = tuple(found.shape) if isinstance(found, torch.Tensor) else type(found).__name__
            raise ValueError(f"{self._file}: its output must be one tensor (1, 3, h, w) of part, U and V, got {shape}")
        values = found[0].float().cpu().numpy()
        low, high = values.min(axis=(1, 2)), values.max(axis=(1, 2))
        if not np.isfinite(values).all() or low.min() < 0 or high[0] > PARTS or high[1:].max() > 1:
            raise ValueError(
                f"{self._file}: part must be 0..{PARTS}, U and V 0..1; found {low[0]:g}..{high[0]:g}, "
                f"{low[1]:g}..{high[1]:g} and {low[2]:g}..{high[2]:g}"
            )
        return np.asarray(values)
