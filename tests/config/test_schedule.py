import pytest

from vid2vid_core.config import DataConfig, GeneratorConfig, OptimizerConfig, ScheduleConfig, StageConfig
from vid2vid_core.config.schedule import Window, describe_schedule, schedule, training_window


def stage(scales: int = 1, frames_G: int = 3, **keys: int) -> StageConfig:
    return StageConfig(
        name="s",
        generator=GeneratorConfig(n_scales_spatial=scales, n_frames_G=frames_G),
        schedule=ScheduleConfig(**keys),
        optimizer=OptimizerConfig(lr=2e-4),
    )


def test_rate_falls_one_epoch_late_and_ends_above_zero():
    rates = [state.lr for state in schedule(stage(niter=10, niter_decay=5), 30)]
    assert rates == pytest.approx([2e-4] * 11 + [1.6e-4, 1.2e-4, 0.8e-4, 0.4e-4])


def test_no_decay_keeps_the_rate():
    assert [state.lr for state in schedule(stage(niter=3, niter_decay=0), 30)] == [2e-4] * 3


def test_clip_doubles_up_to_the_longest_sequence():
    states = schedule(stage(niter=8, niter_decay=0, niter_step=2, n_frames_total=4), 20)
    assert [state.n_frames_total for state in states] == [4, 4, 8, 8, 16, 16, 18, 18]


def test_clip_stops_at_max_frames_total():
    states = schedule(stage(niter=3, niter_decay=0, niter_step=1, n_frames_total=4, max_frames_total=10), 200)
    assert [state.n_frames_total for state in states] == [4, 8, 8]


def test_clip_longer_than_the_cap_is_left_alone():
    states = schedule(stage(niter=2, niter_decay=0, niter_step=1, n_frames_total=30), 10)
    assert [state.n_frames_total for state in states] == [30, 30]


def test_chunk_starts_no_longer_than_the_clip_and_doubles_to_its_limit():
    states = schedule(stage(niter=4, niter_decay=0, niter_step=1, n_frames_total=2, max_frames_per_gpu=6), 200)
    assert [state.chunk_frames for state in states] == [2, 4, 6, 6]


def test_chunk_is_as_many_times_longer_as_there_were_gpus():
    keys = {"n_frames_total": 12, "max_frames_per_gpu": 3, "n_gpus_gen": 6}
    states = schedule(stage(niter=3, niter_decay=0, niter_step=1, **keys), 200)
    assert [state.chunk_frames for state in states] == [12, 18, 18]


def test_gpus_of_the_chunk_are_refused_with_several_clips_a_step():
    with pytest.raises(ValueError, match="n_gpus_gen.*is for data.batchSize 1, which is 4"):
        StageConfig(name="s", schedule=ScheduleConfig(n_gpus_gen=2), data=DataConfig(batchSize=4))


def test_backpropagation_grows_to_blocks_of_equal_length():
    keys = {"n_frames_total": 6, "max_frames_per_gpu": 6, "max_frames_backpropagate": 4}
    states = schedule(stage(niter=5, niter_decay=0, niter_step=1, **keys), 200)
    # wanted 2, 4, 4: 6 frames in 3 blocks of 2, then in 2 blocks of 3
    assert [state.n_frames_bp for state in states] == [1, 2, 3, 3, 3]


def test_coarse_scales_are_frozen_for_niter_fix_global_epochs():
    states = schedule(stage(scales=2, niter=3, niter_decay=1, niter_fix_global=2), 30)
    assert [state.train_all_scales for state in states] == [False, False, True, True]
    assert all(state.train_all_scales for state in schedule(stage(scales=2, niter=2, niter_decay=0), 30))


@pytest.mark.parametrize(
    ("length", "total", "chunk", "step", "expected"),
    [
        (30, 6, 2, 1, Window(8, 6, 1, 3)),
        (30, 28, 6, 1, Window(26, 24, 1, 4)),  # what does not fill a chunk is left out
        (10, 30, 12, 1, Window(10, 8, 1, 1)),  # a short sequence shortens the chunk as well
        (200, 12, 24, 4, Window(14, 12, 4, 1)),
        (20, 3, 3, 6, Window(5, 3, 4, 1)),
        (3, 30, 1, 1, Window(3, 1, 1, 1)),
    ],
)
def test_window(length, total, chunk, step, expected):
    assert training_window(length, total, chunk, 3, step) == expected


def test_too_short_sequences_are_named():
    with pytest.raises(ValueError, match="sequence of 2 frames is too short.*n_frames_G is 3"):
        training_window(2, 6, 2, 3, 1)
    with pytest.raises(ValueError, match="sequence of 2 frames is too short"):
        schedule(stage(), 2)


def test_table_puts_equal_epochs_on_one_line():
    text = describe_schedule(stage(niter=3, niter_decay=1, niter_step=2, n_frames_total=4, max_frames_per_gpu=2), 30)
    lines = text.splitlines()
    assert len(lines) == 4
    assert lines[2].split()[:4] == ["1-2", "0.0002", "4", "2"]
    assert lines[3].split()[:4] == ["3-4", "0.0002", "8", "4"]
