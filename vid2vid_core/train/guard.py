"""Watches a training for what no error tells: a discriminator that has won, pictures stuck at black or white.

Both end learning without any loss becoming infinite. Means of many steps are looked at, so that a bad moment is none.
"""

import logging
from collections.abc import Iterator
from statistics import fmean

import torch
from torch import Tensor

from vid2vid_core.config import GuardAction
from vid2vid_core.train.journal import Means
from vid2vid_core.train.parallel.ranks import Ranks

logger = logging.getLogger("vid2vid_core.train")

_WINDOW = 500
"""Steps looked at together."""

_WON = 0.01
"""A discriminator whose mean losses on real and generated pictures are below this makes no mistakes; while both sides
learn they are around 0.25 (ls), 0.7 (original) or 1 (hinge)."""

_EXTREME = 0.999
"""Values beyond this are black or white."""

_STUCK = 0.5
"""Share of extreme values in generated pictures, beyond that of the real ones, that is too much."""


class TrainingStuckError(ValueError):
    """The training has stopped to learn; a sentence that says why and what to do."""


class LossGuard:
    """Looks at every step, without waiting for the device, and judges every few hundred."""

    def __init__(self, action: GuardAction, ranks: Ranks, window: int = _WINDOW) -> None:
        """`action`: warn once when something begins, or stop with an error, on all ranks alike."""
        self._action, self._ranks, self._window = action, ranks, window
        self._means, self._steps = Means(), 0
        self._told: set[str] = set()

    def look(self, terms: dict[str, Tensor], made: Tensor, real: Tensor, place: str) -> None:
        """Count one step.

        Args:
            terms: losses by name.
            made: generated pictures, [-1, 1].
            real: what they should look like, likewise.
            place: where training is, for the message.

        Raises:
            TrainingStuckError: something is wrong and the action is `stop`.
        """
        judged = {name: value for name, value in terms.items() if name.startswith("D_")}
        self._means.add(judged | {"excess": _extreme(made) - _extreme(real)})
        self._steps += 1
        if self._steps % self._window:
            return
        found = dict(self._problems(self._read()))
        for key in found.keys() - self._told:
            if self._action == "stop":
                raise TrainingStuckError(f"{place}: {found[key]}")
            logger.warning("%s: %s", place, found[key])
        self._told = set(found)

    def _read(self) -> dict[str, float]:
        """The means over the steps and over the ranks; on a rank without a face there is nothing of it."""
        own = self._ranks.gather_all(self._means.read())
        names = {name for means in own for name in means}
        return {name: fmean(means[name] for means in own if name in means) for name in names}

    def _problems(self, means: dict[str, float]) -> Iterator[tuple[str, str]]:
        """What is wrong, by a name for it, as sentences that say what to do."""
        if means["excess"] > _STUCK:
            yield (
                "pictures",
                f"over the last {self._window} steps {100 * means['excess']:.0f} % more of the generated pictures than "
                "of the real ones was black or white: the generator is stuck where its tanh has no slope. Start this "
                "stage again with a lower optimizer.lr, or from the weights of a stage that made pictures",
            )
        for name in sorted(name for name in means if "_real" in name):
            twin = name.replace("_real", "_fake")
            if max(means[name], means.get(twin, 1.0)) < _WON:
                yield (
                    name,
                    f"over the last {self._window} steps {name} and {twin} were {means[name]:.4f} and "
                    f"{means[twin]:.4f}: this discriminator tells every generated picture from a real one, so the "
                    "generator learns nothing from it. Give the generator an easier opponent: losses.gan_mode hinge, a "
                    "smaller discriminator.ndf, a higher losses.lambda_feat; or more varied training clips",
                )


@torch.no_grad()
def _extreme(pictures: Tensor) -> Tensor:
    return (pictures.abs() > _EXTREME).float().mean()
