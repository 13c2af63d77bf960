import io
import json
import sys

import numpy as np
import pytest
import torch

from vid2vid_core.train.journal import Journal, Means
from vid2vid_core.train.position import Position
from vid2vid_core.train.progress import Progress, Speed


def test_means_of_terms_that_come_and_go():
    means = Means()
    means.add({"a": torch.tensor(1.0), "b": torch.tensor(10.0)})
    means.add({"a": torch.tensor(3.0)})
    assert means.read() == {"a": 2.0, "b": 10.0}
    assert means.read() == {}


def test_resumed_log_drops_what_will_be_done_again(tmp_path):
    for resumed in (0, 2):
        journal = Journal(tmp_path, resumed)
        for step in range(resumed + 1, 5):
            journal.add({"loss": torch.tensor(float(step + 10 * resumed))}, 4)
            journal.write(Position(epoch=1, step=step, frames=4 * step), 2e-4)
        journal.close()
        with (tmp_path / "log.jsonl").open("a") as handle:
            handle.write('{"step": 5, "epo')  # torn by a kill
    kept = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()[:-1]]
    assert [(line["step"], line["losses"]["loss"]) for line in kept] == [(1, 1), (2, 2), (3, 23), (4, 24)]


def test_fresh_start_removes_the_old_record(tmp_path):
    first = Journal(tmp_path, 0)
    first.picture(np.zeros((4, 6, 3), np.uint8), Position())
    first.close()
    Journal(tmp_path, 0).close()
    assert not list((tmp_path / "samples").iterdir())


def test_training_goes_on_without_tensorboard(tmp_path, monkeypatch, caplog):
    caplog.set_level("INFO", "vid2vid_core")
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    journal = Journal(tmp_path, 0)
    journal.add({"loss": torch.tensor(1.0)}, 2)
    assert journal.write(Position(step=1), 1e-3) == {"loss": 1.0}
    journal.close()
    assert "tensorboard is not installed" in caplog.text


def test_plain_lines_are_rare_and_tell_time_to_go(capsys, caplog, monkeypatch):
    caplog.set_level("INFO", "vid2vid_core")
    now = 0.0
    monkeypatch.setattr("vid2vid_core.train.progress.time.monotonic", lambda: now)
    progress = Progress("stage coarse", 400, 0)
    for _ in range(100):
        now += 0.5
        progress.advance(2, (1, 9), 10, {"G": 1.0})
    progress.close()
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 5 == len(caplog.messages)
    assert said[-1] == (
        "stage coarse, epoch 1 of 9, clips of 10: 200 of 400 frames (50 %), 4.0 frames/s, 0 min 50 s left, G 1"
    )


def test_time_to_go_is_that_of_this_process_and_of_late() -> None:
    """A resumed stage: 9000 frames are done; the first step waits 30 s for its clip; clips grow, and speed halves."""
    speed, now, done = Speed(), 30.0, 9010
    speed.add(now, done)
    assert speed.rate() is None
    for frames, steps in ((10, 1000), (5, 100)):
        for _ in range(steps):
            now, done = now + 1, done + frames
            speed.add(now, done)
        assert speed.rate() == pytest.approx(frames, rel=0.2)
    assert len(speed._marks) < 150


@pytest.mark.parametrize("columns", [80, 120, 200])
def test_live_line_fits(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    screen = io.StringIO()
    screen.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr("vid2vid_core.train.progress._gpu_memory", lambda: ["GPU 112.3 GB"])
    clock = iter(range(0, 10**9, 1000))
    monkeypatch.setattr("vid2vid_core.train.progress.time.monotonic", lambda: next(clock))
    progress = Progress("stage full-size", 2_000_000, 0)
    for _ in range(3):
        progress.advance(10, (16, 100), 30, {"G": 14.23456, "D": 0.4123})
    progress._bar.refresh()
    progress.close()
    lines = [line for line in screen.getvalue().replace("\n", "\r").split("\r") if line.strip()]
    assert max(map(len, lines)) <= min(columns, 120)
    assert "| stage full-size 0 %, epoch 16/100, clips of 30" in lines[-1]
    if columns >= 120:
        assert lines[-1].rstrip().endswith("0.01 frames/s, 2314 d 18 h left, G 14.2 D 0.412, GPU 112.3 GB")
