"""Golden fixtures of training schedules."""

from typing import Any

from parity.fixture import Comparison, Fixture
from vid2vid_core.config import (
    DataConfig,
    GeneratorConfig,
    OptimizerConfig,
    ScheduleConfig,
    StageConfig,
    parse,
)
from vid2vid_core.config.schedule import schedule, training_window
from vid2vid_core.legacy.command_line import parse_command
from vid2vid_core.legacy.stage import translate_stage

_SCHEDULE = (
    "niter",
    "niter_decay",
    "niter_step",
    "niter_fix_global",
    "n_frames_total",
    "max_frames_per_gpu",
    "max_frames_backpropagate",
)


def imported_stage(flags: str, program: str = "train") -> StageConfig:
    """The stage that a command line of the original is imported as."""
    # Street is the original's default, and needs to know its labels.
    labels = "" if "--dataset_mode" in flags or "--label_nc" in flags else " --label_nc 35"
    translated, _ = translate_stage(parse_command(f"python {program}.py {flags}{labels}"))
    return parse(StageConfig, translated, flags)


def run_schedules(fixture: Fixture, comparison: Comparison) -> None:
    """Every epoch of every schedule, from its options, and from its command line where it is a published one.

    Columns of what the original really used instead (`..._in_use`, `scales_updated`) describe its defects.
    """
    for case in fixture.side["schedules"]:
        length, options = case["sequence_length"], case["options"]
        name = f"{case['script']}, {length} frames"
        stage = _stage(options)
        states = schedule(stage, length)
        comparison.equal(f"{name}: epochs", len(states), len(case["rows"]))
        for state, row in zip(states, case["rows"], strict=False):
            expected = dict(zip(case["columns"], row, strict=True))
            window = training_window(
                length, state.n_frames_total, state.chunk_frames, stage.generator.n_frames_G, stage.data.max_t_step
            )
            place = f"{name}, epoch {expected['epoch']}"
            got = {
                "epoch": state.epoch,
                "n_frames_total": state.n_frames_total,
                "n_frames_per_gpu": state.chunk_frames // stage.schedule.n_gpus_gen,
                "n_frames_load": state.chunk_frames,
                "n_frames_bp": state.n_frames_bp,
                "finetune_all": state.train_all_scales,
                "frames_read": window.frames_read,
                "chunk_starts": window.chunks,
                "chunk_length": window.new_frames // window.chunks,
                "max_t_step": window.largest_step,
            }
            for column, value in got.items():
                comparison.equal(f"{place}: {column}", value, expected[column])
            comparison.value(f"{place}: lr", state.lr, expected["lr"], rtol=1e-6, atol=1e-15)
        comparison.equal(f"{name}: from its command line", schedule(imported_stage(case["flags"]), length), states)


def _stage(options: dict[str, Any]) -> StageConfig:
    given = {key: options[key] for key in _SCHEDULE}
    if options["n_scales_spatial"] == 1:
        given["niter_fix_global"] = 0  # nothing to freeze, which we refuse to be asked
    return StageConfig(
        name="fixture",
        generator=GeneratorConfig(n_scales_spatial=options["n_scales_spatial"], n_frames_G=options["n_frames_G"]),
        optimizer=OptimizerConfig(lr=options["lr"]),
        schedule=ScheduleConfig(n_gpus_gen=options["n_gpus_for_generator"], **given),
        data=DataConfig(batchSize=options["batchSize"], max_t_step=options["max_t_step"]),
    )


KINDS = {"schedules": run_schedules}
