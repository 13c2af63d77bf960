"""What reference flow is, and what estimates it: the types that the flow stage, training and evaluation share."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""(H, W, 3) RGB, 0..255."""
Flow = NDArray[np.float32]
"""(H, W, 2), pixels; channel 0 = x (right), 1 = y (down)."""
Confidence = NDArray[np.float32]
"""(H, W), 0..1: how far a flow can be trusted."""
Motion = tuple[Flow, Confidence]
"""From a frame back to the one before it: that one, looked up at x + flow(x), shows what the frame shows at x."""
Pair = tuple[Picture, Picture]
"""A frame and the one before it, in this order: the order of their flow's two ends. Both of one size."""


class FlowEstimator(Protocol):
    """One backend."""

    @property
    def batch_size(self) -> int:
        """How many pairs it likes to be given at once."""
        ...

    @property
    def forkable(self) -> bool:
        """Whether it still works in a process that was forked off; what lives on a GPU does not."""
        ...

    def describe(self) -> dict[str, Any]:
        """All that its numbers depend on, as plain data: backend, settings, hash of the weights."""
        ...

    def estimate(self, pairs: Sequence[Pair]) -> list[Motion]:
        """Flow and confidence of every pair; a pair's result does not depend on which others come with it.

        Raises:
            ValueError: if a picture cannot be worked on, saying why.
        """
        ...
