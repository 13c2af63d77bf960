"""Training that estimates its reference flow itself."""

from dataclasses import replace

import pytest
import torch
from toy import make_dataset, toy_recipe, toy_stage

from vid2vid_core.annotate.dis_estimator import DisEstimator
from vid2vid_core.config import FlowConfig
from vid2vid_core.models.weights import load_weights
from vid2vid_core.train.stage import train_stage


def train(toy, folder, workers, estimator):
    stage = toy_stage(niter=1)
    stage = replace(stage, data=replace(stage.data, flow="online", num_workers=workers))
    recipe = toy_recipe(stage)
    train_stage(
        stage, recipe=recipe, manifest=toy.manifest, flow_tables=[], init=None, state_dir=folder / "state",
        out_dir=folder / "out", device="cpu", estimator=estimator,
    )  # fmt: skip
    return load_weights(folder / "out" / "weights.safetensors")[0]


def test_it_needs_no_stored_flow_and_workers_change_nothing(tmp_path):
    toy = make_dataset(tmp_path, sequences=2)
    for table in toy.flow_tables:
        table.unlink()
    estimator = DisEstimator(FlowConfig(preset="ultrafast"), threads=2)
    alone = train(toy, tmp_path / "alone", 0, estimator)
    helped = train(toy, tmp_path / "helped", 1, estimator)
    assert alone.keys() == helped.keys() and alone
    for name, tensor in alone.items():
        torch.testing.assert_close(tensor, helped[name], rtol=0, atol=0)


def test_an_estimator_on_a_gpu_and_loader_processes_exclude_each_other(tmp_path):
    class OnGpu(DisEstimator):
        forkable = False

    toy = make_dataset(tmp_path, sequences=1)
    with pytest.raises(ValueError, match="data.num_workers is 2, but only the training process itself can estimate"):
        train(toy, tmp_path, 2, OnGpu(FlowConfig()))
    train(toy, tmp_path, 0, OnGpu(FlowConfig()))


def test_without_an_estimator_it_is_refused(tmp_path):
    with pytest.raises(ValueError, match="data.flow is 'online', which needs the flow settings of the dataset"):
        train(make_dataset(tmp_path, sequences=1), tmp_path, 0, None)
