"""Backend flownet2: the network that vid2vid was trained with, in batches, on a GPU when there is one."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vid2vid_core.config import FlowConfig
from vid2vid_core.models.flownet2 import reference_flow
from vid2vid_core.video.reference_flow import Motion, Pair, Picture


class FlowNet2Estimator:
    """A `FlowEstimator`."""

    def __init__(
        self, network: Callable[[Tensor, Tensor], Tensor], sha256: str, config: FlowConfig, device: torch.device
    ) -> None:
        """Nothing runs yet.

        Args:
            network: flow from the first picture to the second, both (N, 3, h, w) in [-1, 1], sides multiples of 64; on
                `device`.
            sha256: of its checkpoint.
            config: batch size and threshold of the confidence.
            device: where it runs.
        """
        self._network, self._sha256, self._config, self._device = network, sha256, config, device

    @property
    def batch_size(self) -> int:
        """Pairs of one forward pass."""
        return self._config.batch_size

    @property
    def forkable(self) -> bool:
        """Only on the CPU."""
        return self._device.type == "cpu"

    def describe(self) -> dict[str, Any]:
        """Backend, hash of the checkpoint and the threshold of the confidence."""
        return {"backend": "flownet2", "checkpoint_sha256": self._sha256, "photometric": self._config.photometric}

    def estimate(self, pairs: Sequence[Pair]) -> list[Motion]:
        """Flow and confidence of every pair; batches hold neighbouring pairs of one size."""
        return [motion for batch in self._batches(pairs) for motion in self._estimate(batch)]

    def _batches(self, pairs: Sequence[Pair]) -> Iterator[list[Pair]]:
        for _, group in groupby(pairs, key=lambda pair: pair[0].shape):
            alike = list(group)
            for start in range(0, len(alike), self.batch_size):
                yield alike[start : start + self.batch_size]

    def _estimate(self, pairs: list[Pair]) -> list[Motion]:
        current, previous = (self._tensor([pair[end] for pair in pairs]) for end in (0, 1))
        flow, confidence = reference_flow(self._network, current, previous, self._config.photometric)
        flows = flow.permute(0, 2, 3, 1).contiguous().cpu().numpy()  # (B, H, W, 2)
        return list(zip(flows, confidence[:, 0].clamp(0, 1).cpu().numpy(), strict=True))

    def _tensor(self, pictures: list[Picture]) -> Tensor:
        """Pictures (H, W, 3), 0..255, as (B, 3, H, W) in [-1, 1]."""
        stacked = torch.from_numpy(np.stack(pictures)).to(self._device)
        return stacked.permute(0, 3, 1, 2).float() / 127.5 - 1
