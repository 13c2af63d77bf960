"""A plan beside the training it speaks of, and what the command says."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
import yaml
from toy import make_dataset, toy_recipe, toy_stage

from vid2vid_core.cli import main
from vid2vid_core.config import (
    ImageDataConfig,
    ImageGeneratorConfig,
    ImageLossConfig,
    ImageScheduleConfig,
    ImageStageConfig,
    OptimizerConfig,
    ParallelConfig,
    to_dict,
)
from vid2vid_core.dataset.manifest import read_manifest
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.plan.disk import Disk
from vid2vid_core.train.plan.prepared import find_dataset
from vid2vid_core.train.plan.recipe_plan import Question, plan_recipe
from vid2vid_core.train.plan.short import tell_plan
from vid2vid_core.train.plan.text import stage_text, summary
from vid2vid_core.train.stage import train_stage

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    return make_dataset(tmp_path_factory.mktemp("toy"), frames=9)


def stage_of(niter=1):
    stage = toy_stage(niter=niter, n_frames_total=2, max_frames_total=8, max_frames_per_gpu=2)
    return replace(stage, optimizer=OptimizerConfig(ema=0.9))


def planned(toy, stage, **question):
    asked = Question(**({"device": CPU, "gpus": 1, "steps": 0, "memory": None} | question))
    (plan,) = plan_recipe(toy_recipe(stage), find_dataset(toy.manifest.parent.parent), asked)
    return plan


def test_steps_frames_and_disk_are_those_of_the_training(toy, tmp_path):
    stage = stage_of(niter=3)
    plan = planned(toy, stage)
    out, state = tmp_path / "out", tmp_path / "state"
    places = {"state_dir": state, "out_dir": out, "device": "cpu"}
    tables = {"manifest": toy.manifest, "flow_tables": toy.flow_tables, "init": None}
    train_stage(stage, recipe=toy_recipe(stage), **tables, **places)
    facts = json.loads((out / "provenance.json").read_text())
    assert sum(phase.steps for phase in plan.phases) == facts["steps"]
    assert sum(phase.frames for phase in plan.phases) == facts["frames"]
    assert [phase.epochs for phase in plan.phases] == [(1, 1), (2, 2), (3, 3)]
    (checkpoint,) = state.glob("checkpoint-*.pt")
    assert 0.7 * plan.disk.checkpoint < checkpoint.stat().st_size < 1.2 * plan.disk.checkpoint
    weights = (out / "weights.safetensors").stat().st_size
    assert 0.9 * plan.disk.weights < weights < 1.2 * plan.disk.weights + 10_000
    records = [path for path in out.rglob("*") if path.is_file() and path.name != "weights.safetensors"]
    assert sum(path.stat().st_size for path in records) < plan.disk.records + 10_000


def test_training_begins_with_the_plan_in_short_and_changes_nothing_by_it(toy, tmp_path, monkeypatch, caplog):
    stage, weights = stage_of(), []
    for name, worth in (("told", 1), ("untold", 1_000_000)):
        monkeypatch.setattr("vid2vid_core.train.plan.short._WORTH", worth)
        places = {"state_dir": tmp_path / name / "state", "out_dir": tmp_path / name / "out", "device": "cpu"}
        tables = {"manifest": toy.manifest, "flow_tables": toy.flow_tables, "init": None}
        with caplog.at_level("INFO", logger="vid2vid_core.train"):
            train_stage(stage, recipe=toy_recipe(stage), **tables, **places)
        weights.append((tmp_path / name / "out" / "weights.safetensors").read_bytes())
    text = caplog.text
    assert text.count("steps. Disk: ") == 2
    assert text.count("memory: about ") == 1
    assert weights[0] == weights[1]


def test_training_warns_of_sequences_shorter_than_the_schedule_and_of_a_full_disk(toy, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=1000))
    stage = toy_stage(niter=1, n_frames_total=20, max_frames_total=40)
    told = {"steps": 10, "perceptual": False, "folder": tmp_path, "ranks": Ranks.alone(CPU)}
    tell_plan(stage, toy_recipe(stage), read_manifest(toy.manifest), **told)
    lengths, disk = (record.getMessage() for record in caplog.records if record.levelname == "WARNING")
    assert "wants clips of 20 new frames" in lengths
    assert "only 1 MB are free; make room, or lower checkpoints_kept" in disk


def test_roles_need_the_memory_of_their_share_of_a_chunk(toy):
    stage = toy_stage(niter=1, n_frames_total=8, n_gpus_gen=4, max_frames_per_gpu=2)
    split = replace(stage, parallel=ParallelConfig(split="roles"))
    assert planned(toy, split).peak < 0.6 * planned(toy, stage).peak
    plan = planned(toy, split, gpus=6)
    (phase,) = plan.phases
    assert phase.steps_together == phase.steps
    assert [share.ranks for share in plan.shares] == [4, 1, 1]
    assert plan.peak == max(share.cost.peak for share in plan.shares)
    assert "Ranks with roles: 4 generate" in stage_text(plan, 6, "cpu")


def test_image_stage_is_planned_before_the_stages(toy):
    generator = ImageGeneratorConfig(ngf=4, n_downsample_global=1, n_blocks_global=1)
    image = ImageStageConfig(
        name="first",
        generator=generator,
        losses=ImageLossConfig(no_vgg=True),
        schedule=ImageScheduleConfig(niter=2, niter_decay=1),
        data=ImageDataConfig(loadSize=64, batchSize=4),
    )
    recipe = replace(toy_recipe(stage_of()), image_stage=image)
    data = find_dataset(toy.manifest.parent.parent)
    first, second = plan_recipe(recipe, data, Question(CPU, 1, 2, None))
    assert (first.name, second.name) == ("first", "coarse")
    (phase,) = first.phases
    assert (phase.frames, phase.steps) == (3 * 18, 3 * 5)
    assert first.probe.steps == 2
    assert [plan.name for plan in plan_recipe(recipe, data, Question(CPU, 1, 0, 1000), "first")] == ["first"]
    disk = Disk(checkpoint=2 * 10**9, kept=3, weights=10**9, best=0, records=0)
    both = [replace(plan, disk=disk) for plan in (first, second)]
    assert "10.0 GB of disk" in summary(both, 1, "cpu")  # of the first stage there is one checkpoint left


def test_more_ranks_take_fewer_steps_for_the_same_clips(toy):
    plan = planned(toy, stage_of(niter=2), gpus=2)
    for phase in plan.phases:
        assert phase.steps_together == phase.steps / 2
        assert phase.seconds_together == pytest.approx(phase.seconds / 2)


def test_probe_trains_on_the_dataset_and_leaves_nothing_behind(toy):
    before = torch.random.get_rng_state()
    plan = planned(toy, stage_of(), steps=3)
    assert plan.probe.steps == 3
    assert plan.probe.seconds > 0
    assert plan.probe.loading > 0
    assert "clips of the dataset" in plan.probed
    assert torch.equal(torch.random.get_rng_state(), before)


def test_without_flow_the_probe_runs_on_noise(toy, tmp_path):
    (tmp_path / "layout").symlink_to(toy.manifest.parent)
    asked = Question(CPU, 1, 2, None)
    (plan,) = plan_recipe(toy_recipe(stage_of()), find_dataset(tmp_path), asked)
    assert plan.probe.loading < 0.0001
    assert "noise" in plan.probed


def test_what_does_not_fit_names_the_keys_and_what_they_save(toy):
    stage = stage_of()
    whole = planned(toy, stage)
    assert whole.fits
    plan = planned(toy, stage, memory=whole.peak - 1, steps=5)
    assert not plan.fits
    assert plan.probe is None  # nothing is started that cannot end well
    assert plan.changes[-1].keys == "parallel.recompute: frame"
    assert plan.changes[-1].peak < whole.peak
    hopeless = planned(toy, stage, memory=1000)
    assert hopeless.changes[-1].keys == (
        "parallel.recompute: frame, speed.autocast: bf16, schedule.max_frames_per_gpu: 1, generator.ngf: 2"
    )
    assert hopeless.changes[-1].peak > 1000


def test_probe_that_runs_out_of_memory_is_no_crash_but_an_answer(toy, monkeypatch):
    def fail(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr("vid2vid_core.train.plan.stage_plan.probe_steps", fail)
    plan = planned(toy, stage_of(), steps=2, memory=10**9)  # by the estimate it would fit
    assert not plan.fits
    assert plan.probed == "memory ran out"
    assert plan.changes[0].peak < plan.probe_estimate


@pytest.fixture
def recipe_file(tmp_path):
    path = tmp_path / "toy.yaml"
    path.write_text(yaml.safe_dump(to_dict(toy_recipe(stage_of()))))
    return path


def test_command_prints_tables_sentences_and_a_verdict(toy, recipe_file, tmp_path, capsys):
    dataset = str(toy.manifest.parent.parent)
    arguments = ["plan", str(recipe_file), "--dataset", dataset, "--device", "cpu", "--json", str(tmp_path / "p.json")]
    assert main([*arguments, "--probe", "1", "--gpus", "2"]) == 0
    text = capsys.readouterr().out
    for expected in (
        "longest sequence 9 frames",
        "steps, 2 processes",
        "on a CPU both are estimates",
        "everything fits",
    ):
        assert expected in text
    (stage,) = json.loads((tmp_path / "p.json").read_text())["stages"]
    assert stage["phases"][0]["steps"] > 0
    assert main([*arguments, "--probe", "0", "--memory", "0.001"]) == 1
    text = capsys.readouterr().out
    assert "It does not fit: only 1 MB can be used" in text
    assert "schedule.max_frames_per_gpu: 1" in text


def test_command_says_what_is_wrong(toy, recipe_file, tmp_path, capsys):
    unbuilt = tmp_path / "unbuilt.yaml"
    unbuilt.write_text("name: nowhere\nworld: {kind: street_demo, seed: 1}\n")
    dataset = str(toy.manifest)
    for arguments, message in (
        (["--dataset", dataset, "--stage", "fine"], "no stage 'fine'; its stages: coarse"),
        (["--dataset", dataset, "--probe", "-1"], "--probe must be at least 0, got -1"),
        (["--dataset", str(tmp_path)], "no dataset; give results/datasets/NAME"),
        (["--dataset", str(unbuilt)], "build it with `snakemake dataset"),
    ):
        assert main(["plan", str(recipe_file), *arguments]) == 1
        assert message in capsys.readouterr().err


def test_sequences_that_are_too_short_are_found_before_the_first_step(toy):
    stage = stage_of()
    stage = replace(stage, generator=replace(stage.generator, n_frames_G=20))
    with pytest.raises(ValueError, match="shorter than generator.n_frames_G .20 frames"):
        planned(toy, stage)
