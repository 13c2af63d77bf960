"""What would make a stage fit: every key that saves memory, with what the stage would then need."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from vid2vid_core.config import ImageStageConfig, StageConfig

Stage = TypeVar("Stage", StageConfig, ImageStageConfig)


@dataclass(frozen=True, slots=True)
class Change:
    """A stage with some keys changed."""

    keys: str
    """Such as `schedule.max_frames_per_gpu: 1`."""
    peak: int
    """Bytes it would need."""


def changes_that_save(stage: StageConfig, peak_of: Callable[[StageConfig], int], limit: int) -> list[Change]:
    """What can be changed in a stage, those keys first that cost least; ends with the first that fits.

    Args:
        stage: as it is.
        peak_of: bytes that a stage needs at the worst moment.
        limit: bytes there are.
    """
    return first_that_fits(_lighter(stage), peak_of, limit)


def first_that_fits(lighter: Iterable[tuple[str, Stage]], peak_of: Callable[[Stage], int], limit: int) -> list[Change]:
    """Lighter and lighter versions of a stage, with the keys that were changed, up to the first that fits."""
    tried = []
    for keys, changed in lighter:
        tried.append(Change(keys, peak_of(changed)))
        if tried[-1].peak <= limit:
            break
    return tried


def _lighter(stage: StageConfig) -> Iterator[tuple[str, StageConfig]]:
    """One more change after the other, from those that leave results alone to those that cost quality."""
    keys: list[str] = []
    for key, changed in _steps(stage):
        keys.append(key)
        stage = changed(stage)
        yield ", ".join(keys), stage


def _steps(stage: StageConfig) -> Iterator[tuple[str, Callable[[StageConfig], StageConfig]]]:
    plan, batch, width = stage.schedule, stage.data.batchSize, stage.generator.ngf
    if stage.parallel.recompute == "none":
        yield "parallel.recompute: frame", lambda s: replace(s, parallel=replace(s.parallel, recompute="frame"))
    if batch > 1:
        together = batch * stage.parallel.accumulate
        yield (
            f"data.batchSize: 1, parallel.accumulate: {together}",
            lambda s: replace(s, data=replace(s.data, batchSize=1), parallel=replace(s.parallel, accumulate=together)),
        )
    if stage.speed.autocast == "float32":
        yield "speed.autocast: bf16", lambda s: replace(s, speed=replace(s.speed, autocast="bf16"))
    if plan.max_frames_per_gpu > 1:
        yield "schedule.max_frames_per_gpu: 1", lambda s: replace(s, schedule=replace(s.schedule, max_frames_per_gpu=1))
    if plan.n_gpus_gen > 1:
        yield "schedule.n_gpus_gen: 1", lambda s: replace(s, schedule=replace(s.schedule, n_gpus_gen=1))
    if width % 2**stage.generator.n_scales_spatial == 0:
        half = width // 2
        yield f"generator.ngf: {half}", lambda s: replace(s, generator=replace(s.generator, ngf=half))
