"""Training in less memory than a step wants: its frames are halved, and of all steps after it.

What one process does by itself, several ranks do by being started again: a rank whose memory has run out cannot tell
the others, which wait for its gradients, and waiting for each other at every step would cost all of them time.
"""

import gc
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from vid2vid_core.config.schedule import EpochState
from vid2vid_core.runlog import StartAgain
from vid2vid_core.storage import write_json
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.stepping import Step, Stepper

logger = logging.getLogger("vid2vid_core.train")

_SIGNS = ("can't allocate memory", "out of memory", "alloc_failed", "bad_alloc")
"""Parts of what PyTorch and its libraries say, in lower case."""

_KEYS = (
    "Set data.batchSize to 1, parallel.recompute to frame or speed.autocast to bf16, or lower generator.ngf, or "
    "data.loadSize and data.fineSize; `vid2vid plan` says what each would need"
)


class TooLargeError(ValueError):
    """Not even the smallest step fits into memory; says which keys to change."""


class FrameLimit:
    """How many new frames of a clip a step may have; a file beside the checkpoints remembers it."""

    def __init__(self, folder: Path, ranks: Ranks) -> None:
        """Read what an earlier call has found out.

        Args:
            folder: of the checkpoints, which all ranks share; it goes wherever these go.
            ranks: those that train.
        """
        self._file, self._ranks = folder / "frames_per_step.json", ranks
        self._most: int | None = ranks.main_only(self._read)
        if self._most is not None:
            logger.info(
                "steps have at most %d frames of a clip, since more did not fit into memory before; delete %s to try",
                self._most,
                self._file,
            )

    def step(self, stepper: Stepper, state: EpochState, begin: int, frames: int, place: str) -> tuple[Step, int]:
        """Take a step with as many frames as fit.

        Args:
            stepper: takes it.
            state: as of `Stepper.step`, like the rest.
            begin: new frames of the clips trained before.
            frames: wanted.
            place: where training is.

        Returns:
            The step, and of how many frames it was.

        Raises:
            TooLargeError: one frame is too much.
            StartAgain: memory has run out on one of several ranks; started again, they take shorter steps.
        """
        while True:
            frames = min(frames, self._most or frames)
            step = self._try(stepper, state, begin, frames, place)
            if step is not None:
                return step, frames
            _tidy()
            self._halve(frames, place)

    def _try(self, stepper: Stepper, state: EpochState, begin: int, frames: int, place: str) -> Step | None:
        """None if memory has run out. With this call all that the failed step holds is let go of."""
        try:
            return stepper.step(state, begin, frames, place)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            logger.info("memory ran out: %s", str(error))
            return None

    def _halve(self, frames: int, place: str) -> None:
        if frames == 1:
            raise TooLargeError(f"{place}: a step of a single frame does not fit into memory. {_KEYS}")
        self._most = frames // 2
        write_json(self._file, {"frames": self._most})
        text = f"{place}: memory ran out with {frames} frames in a step; from now on a step has at most {self._most}"
        if self._ranks.size > 1:
            raise StartAgain(
                f"{text}. Several ranks cannot change that while they run: start again, and training goes on from its "
                "newest checkpoint"
            )
        logger.warning("%s. The clip goes on where it was; `vid2vid plan` says what would fit from the start", text)

    def _read(self) -> int | None:
        try:
            return max(1, int(json.loads(self._file.read_text(encoding="utf-8"))["frames"]))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            logger.warning("%s cannot be read (%s) and is left aside", self._file, error)
            return None


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that there is not enough memory, on a GPU or for the process."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(sign in text for sign in _SIGNS)


@contextmanager
def no_smaller_step(place: str, keys: str) -> Iterator[None]:
    """Where nothing can be made shorter: memory that runs out becomes an error that names the keys to change.

    Raises:
        TooLargeError: memory has run out.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise TooLargeError(f"{place}: too large for the memory there is ({error}). {keys}") from None


def _tidy() -> None:
    """Give back what the failed step held."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
