import json
import logging
import resource

import pytest
import torch
from toy import LABELS, toy_stage

from vid2vid_core.train.checkpoint import CheckpointFolder, random_state, restore, resume
from vid2vid_core.train.networks import build_networks
from vid2vid_core.train.optimizers import Optimizers
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.position import Position


@pytest.fixture
def trained():
    """Networks and optimisers that have taken a step, so that Adam has a state."""
    networks, optimizers = fresh(0)
    for network in networks.trained().values():
        for parameter in network.parameters():
            parameter.grad = torch.ones_like(parameter)
    for optimizer in optimizers.named().values():
        optimizer.step()
    return networks, optimizers


def fresh(seed):
    stage = toy_stage()
    networks = build_networks(stage, LABELS + 1, seed, None, torch.device("cpu"))
    return networks, Optimizers(networks, stage.optimizer, True)


def steps(folder):
    return [int(path.stem.removeprefix("checkpoint-")) for path in sorted(folder.glob("checkpoint-*.pt"))]


ALONE = Ranks.alone(torch.device("cpu"))


def save(folder, trained, *numbers):
    own = {"clip": None, "random": random_state(ALONE.device)}
    for number in numbers:
        folder.save(*trained, Position(epoch=2, clip=1, chunk=3, step=number, frames=10 * number), [own])


def test_everything_comes_back(tmp_path, trained):
    torch.manual_seed(5)
    save(CheckpointFolder(tmp_path / "s", "f"), trained, 7)
    expected = torch.rand(3)
    checkpoint = CheckpointFolder(tmp_path / "s", "f").newest()
    networks, optimizers = fresh(1)
    restore(checkpoint, networks, optimizers)
    assert resume(checkpoint, ALONE, 1) == (Position(epoch=2, clip=1, chunk=3, step=7, frames=70), None)
    assert torch.equal(torch.rand(3), expected)
    for name, network in networks.trained().items():
        for a, b in zip(network.parameters(), trained[0].trained()[name].parameters(), strict=True):
            assert torch.equal(a, b)
    for name, optimizer in optimizers.named().items():
        saved = trained[1].named()[name].state_dict()["state"]
        for number, values in optimizer.state_dict()["state"].items():
            assert all(torch.equal(values[key], saved[number][key]) for key in ("step", "exp_avg", "exp_avg_sq"))


@pytest.mark.parametrize("kept", [2, 3])
def test_the_newest_are_kept(tmp_path, trained, kept):
    save(CheckpointFolder(tmp_path / "s", "f", kept), trained, 8, 9, 10, 11)
    assert steps(tmp_path / "s") == [8, 9, 10, 11][-kept:]


DAMAGES = {
    "torn": lambda content: content[:-4000],
    "its last byte missing": lambda content: content[:-1],
    "empty": lambda content: b"",
    "zeros, as after a loss of power": lambda content: bytes(len(content)),
    "another file": lambda content: b"no checkpoint at all",
    "a byte changed": lambda content: content[:9000] + bytes([content[9000] ^ 1]) + content[9001:],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_newest_falls_back_to_the_one_before(tmp_path, trained, caplog, damage):
    save(CheckpointFolder(tmp_path / "s", "f"), trained, 1, 2)
    newest = tmp_path / "s" / "checkpoint-000000002.pt"
    newest.write_bytes(DAMAGES[damage](newest.read_bytes()))
    checkpoint = CheckpointFolder(tmp_path / "s", "f").newest()
    assert checkpoint["position"]["step"] == 1
    assert any("000000002.pt is damaged" in message and "before it" in message for message in caplog.messages)


def test_nothing_whole_is_a_fresh_start(tmp_path, trained):
    save(CheckpointFolder(tmp_path / "s", "f"), trained, 1)
    (tmp_path / "s" / "checkpoint-000000001.pt").write_bytes(b"")
    assert CheckpointFolder(tmp_path / "s", "f").newest() is None


def test_another_fingerprint_is_moved_aside_not_lost(tmp_path, trained, caplog):
    caplog.set_level(logging.WARNING, "vid2vid_core")
    save(CheckpointFolder(tmp_path / "s", "old"), trained, 3)
    assert CheckpointFolder(tmp_path / "s", "new").newest() is None
    assert steps(tmp_path / "s.replaced") == [3]
    assert "training begins anew" in caplog.text
    assert CheckpointFolder(tmp_path / "s", "new").newest() is None  # and not moved again
    assert steps(tmp_path / "s.replaced") == [3]


def test_what_another_training_left_before_its_first_checkpoint_is_not_taken_over(tmp_path, trained):
    save(CheckpointFolder(tmp_path / "s", "old"), trained, 3)
    CheckpointFolder(tmp_path / "s", "stopped early")
    left = [tmp_path / "s" / name for name in ("best.safetensors", "frames_per_step.json")]
    for path in left:
        path.write_text("of it")
    CheckpointFolder(tmp_path / "s", "stopped early")
    assert all(path.exists() for path in left)
    CheckpointFolder(tmp_path / "s", "new")
    assert not any(path.exists() for path in left)
    assert steps(tmp_path / "s.replaced") == [3]


def test_leftovers_of_a_killed_save_are_removed(tmp_path, trained):
    save(CheckpointFolder(tmp_path / "s", "f"), trained, 3)
    leftover = tmp_path / "s" / ".0a1b2c3d.checkpoint-000000004.pt"
    leftover.write_bytes(b"half")
    CheckpointFolder(tmp_path / "s", "f")
    assert not leftover.exists()
    assert steps(tmp_path / "s") == [3]


def test_failed_save_keeps_the_old_one_and_says_why(tmp_path, trained, monkeypatch):
    folder = CheckpointFolder(tmp_path / "s", "f")
    save(folder, trained, 3)

    def full(*_):
        raise RuntimeError("[enforce fail at inline_container.cc] . PytorchStreamWriter failed writing file")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OSError, match="000000004.pt: the checkpoint could not be written.*MB are free there"):
        save(folder, trained, 4)
    assert steps(tmp_path / "s") == [3]
    assert sorted(path.name for path in (tmp_path / "s").iterdir()) == ["checkpoint-000000003.pt", "fingerprint.json"]


def test_full_disk_keeps_the_old_one(tmp_path, trained):
    folder = CheckpointFolder(tmp_path / "s", "f")
    save(folder, trained, 3)
    before = (tmp_path / "s" / "checkpoint-000000003.pt").read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limits[1]))  # no file may grow beyond that
    try:
        with pytest.raises(OSError, match="000000004.pt: the checkpoint could not be written"):
            save(folder, trained, 4)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [path.name for path in (tmp_path / "s").glob("*checkpoint*")] == ["checkpoint-000000003.pt"]
    assert (tmp_path / "s" / "checkpoint-000000003.pt").read_bytes() == before
    save(folder, trained, 4)
    assert CheckpointFolder(tmp_path / "s", "f").newest()["position"]["step"] == 4


def test_unreadable_fingerprint_counts_as_another(tmp_path, trained):
    save(CheckpointFolder(tmp_path / "s", "f"), trained, 3)
    (tmp_path / "s" / "fingerprint.json").write_text(json.dumps({}))
    assert CheckpointFolder(tmp_path / "s", "f").newest() is None
