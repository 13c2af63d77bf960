import json
import sys

import numpy as np
import torch

from vid2vid_core.train.journal import Journal, Means
from vid2vid_core.train.position import Position
from vid2vid_core.train.progress import Progress


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
    progress = Progress("coarse", 400, 0)
    for _ in range(100):
        now += 0.5
        progress.advance(2, "epoch 1 of 9", {"loss_G": 1.0})
    progress.close()
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 5 == len(caplog.messages)
    assert said[-1] == "stage coarse, epoch 1 of 9: 200 of 400 frames (50 %), 4.0 frames/s, 0 min 50 s to go"
