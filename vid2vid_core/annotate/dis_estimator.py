"""Backend dis: OpenCV's dense inverse search, there and back, for a flow and how far it can be trusted."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from vid2vid_core.config import FlowConfig
from vid2vid_core.video.confidence import consistent, photometric
from vid2vid_core.video.dis import DisFlow, opencv_on_one_thread
from vid2vid_core.video.reference_flow import Motion, Pair


class DisEstimator:
    """A `FlowEstimator`. Its result does not depend on the number of threads."""

    forkable = True

    def __init__(self, config: FlowConfig, threads: int = 1) -> None:
        self._config, self._threads = config, threads
        self._dis = DisFlow(config.preset)

    @property
    def batch_size(self) -> int:
        """Enough to keep every thread at work."""
        return 2 * self._threads

    def describe(self) -> dict[str, Any]:
        """Backend, preset and the two thresholds of the confidence."""
        keys = ("backend", "preset", "photometric", "forward_backward")
        return {key: getattr(self._config, key) for key in keys}

    def estimate(self, pairs: Sequence[Pair]) -> list[Motion]:
        """Flow and confidence (0 or 1) of every pair."""
        with opencv_on_one_thread():
            if self._threads == 1 or len(pairs) == 1:
                return [self._estimate(pair) for pair in pairs]
            with ThreadPoolExecutor(self._threads) as pool:
                return list(pool.map(self._estimate, pairs))

    def _estimate(self, pair: Pair) -> Motion:
        current, previous = pair
        flow = self._dis.estimate(current, previous)
        trusted = photometric(current, previous, flow, self._config.photometric)
        trusted &= consistent(flow, self._dis.estimate(previous, current), self._config.forward_backward)
        return flow, trusted.astype(np.float32)
