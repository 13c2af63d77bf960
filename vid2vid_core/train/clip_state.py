"""What a clip under way hands from one chunk to the next, in memory or through a checkpoint."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from vid2vid_core.config import StageConfig
from vid2vid_core.train.rollout import Carry, start_clip
from vid2vid_core.train.temporal import DenseHistory, SparseHistory, make_history


@dataclass(slots=True)
class ClipState:
    """The last generated pictures, and the frames temporal discriminators have not done with."""

    carry: Carry
    history: DenseHistory | SparseHistory

    @classmethod
    def begin(cls, images: Tensor, stage: StageConfig) -> "ClipState":
        """Before the first chunk of a clip of `images` (B, T, 3, H, W)."""
        return cls(start_clip(images, stage.generator), make_history(stage.discriminator))

    @classmethod
    def resume(cls, saved: dict[str, Any], stage: StageConfig, device: torch.device) -> "ClipState":
        """As it was when `saved` was made."""
        pictures = [picture.to(device) for picture in saved["pictures"]]
        history = make_history(stage.discriminator)
        history.resume(saved["history"], device)
        return cls(Carry(pictures, saved["first"]), history)

    def copy(self) -> "ClipState":
        """The same, to go on by itself; a chunk that fails leaves the one it began with as it was."""
        return ClipState(self.carry, self.history.copy())

    def saved(self) -> dict[str, Any]:
        """For a checkpoint: tensors of their own on the CPU."""
        return {
            "pictures": [picture.to("cpu", copy=True) for picture in self.carry.pictures],
            "first": self.carry.first,
            "history": self.history.state(),
        }
