"""Flow read from files and flow estimated on the spot are the same flow."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import torch

from vid2vid_core.annotate.dis_estimator import DisEstimator
from vid2vid_core.annotate.estimate_flow import estimate_flow
from vid2vid_core.annotate.flownet2_estimator import FlowNet2Estimator
from vid2vid_core.config import DataConfig, FlowConfig, GeneratorConfig, StageConfig
from vid2vid_core.config.schedule import EpochState
from vid2vid_core.dataset.clips import ClipDataset
from vid2vid_core.dataset.flow_source import OnlineFlow, StoredFlow, flow_source
from vid2vid_core.dataset.manifest import FrameRow, frame_table, read_manifest, write_manifest
from vid2vid_core.storage import write_table
from vid2vid_core.train.fingerprint import hash_training_data

FRAMES, WIDTH, HEIGHT = 9, 160, 80


def smooth_network(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Stands in for FlowNet2: some flow that depends on both pictures and their order."""
    return torch.nn.functional.avg_pool2d(8 * first[:, :2] - 3 * second[:, 1:], 9, stride=1, padding=4)


ESTIMATORS = {
    "dis": DisEstimator(FlowConfig(preset="fast")),
    "flownet2": FlowNet2Estimator(
        smooth_network, "abc", FlowConfig(backend="flownet2", batch_size=3, photometric=0.2), torch.device("cpu")
    ),
}


@pytest.fixture(params=ESTIMATORS)
def footage(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, StoredFlow, OnlineFlow]:
    """A manifest of one moving texture, and both sources of its flow."""
    estimator = ESTIMATORS[request.param]
    coarse = np.random.default_rng(0).integers(0, 256, (14, 40, 3), dtype=np.uint8)
    wide = cv2.resize(coarse, (2 * WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    rows = []
    for index in range(FRAMES):
        cv2.imwrite(str(tmp_path / f"{index}.png"), wide[:, 3 * index : 3 * index + WIDTH])
        cv2.imwrite(str(tmp_path / f"label{index}.png"), np.zeros((HEIGHT, WIDTH), np.uint8))
        files = (f"{index}.png", f"label{index}.png", "")
        rows.append(FrameRow("train", "v", "v-000", f"{index}", index, index / 10, *files, WIDTH, HEIGHT, True, ""))
    write_manifest(tmp_path / "manifest.parquet", frame_table(rows), {"label_nc": 2, "ignore": []})
    frames = pd.DataFrame([row._asdict() for row in rows])
    write_table(tmp_path / "frames.parquet", frames, {"video": "v"})
    table = tmp_path / "flow.parquet"
    estimate_flow(tmp_path / "frames.parquet", tmp_path / "flow", table, tmp_path / "state", estimator)
    return tmp_path / "manifest.parquet", StoredFlow([table]), OnlineFlow(estimator, tmp_path)


def test_online_and_stored_flow_differ_by_the_storage_error(footage):
    manifest, stored, online = footage
    (run,) = read_manifest(manifest).runs("train")
    pairs = list(zip(stored.between(run.rows), online.between(run.rows), strict=True))
    assert len(pairs) == FRAMES - 1
    for (flow, confidence), (online_flow, online_confidence) in pairs:
        assert 0 < np.abs(flow - online_flow).max() <= 1 / 128 + 1e-4
        assert np.abs(confidence - online_confidence).max() <= 1 / 510 + 1e-4
        assert np.abs(flow).max() > 1 and 0 < confidence.mean()


@pytest.mark.parametrize("mode", ["none", "scaleWidth", "resize_and_crop"])
def test_clips_hold_the_same_flow_either_way(footage, mode):
    manifest, stored, online = footage
    data = DataConfig(resize_or_crop=mode, loadSize=96, fineSize=64, max_t_step=2)
    stage = StageConfig(name="one", generator=GeneratorConfig(n_frames_G=2), data=data)
    for epoch in range(1, 5):  # with and without flip, and of both steps in time
        state = EpochState(epoch, 1e-4, 3, 1, 1, True)
        one, other = (ClipDataset(manifest, source, stage, state, seed=0)[0] for source in (stored, online))
        torch.testing.assert_close(one.images, other.images, rtol=0, atol=0)
        step = 2  # a chain of two hops: its second lookup moves by the error of the first
        assert (one.flow - other.flow).abs().mean() < step / 128
        assert (one.confidence - other.confidence).abs().mean() < 0.02
        assert one.flow.abs().mean() > 0.3


def test_a_batch_has_no_say_in_the_numbers(footage):
    manifest, _, online = footage
    (run,) = read_manifest(manifest).runs("train")
    alone = next(online.between(run.rows[5:7]))
    among = list(online.between(run.rows))[5]
    for one, other in zip(alone, among, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_the_data_hash_sees_where_flow_comes_from_and_that_files_changed(footage):
    manifest, stored, online = footage
    first = hash_training_data(manifest, stored)
    assert first != hash_training_data(manifest, online)
    other = OnlineFlow(DisEstimator(FlowConfig(preset="ultrafast")), manifest.parent)
    assert hash_training_data(manifest, online) != hash_training_data(manifest, other)
    path = manifest.parent / "flow" / "v-000" / "3.flow"
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    assert hash_training_data(manifest, stored) != first


def test_stored_flow_that_is_not_listed_names_table_and_frame(footage):
    manifest, _, _ = footage
    (run,) = read_manifest(manifest).runs("train")
    with pytest.raises(ValueError, match="no flow table was given: no flow from frame 1 of sequence v-000"):
        next(StoredFlow([]).between(run.rows))


def test_online_without_an_estimator_is_refused(tmp_path):
    with pytest.raises(ValueError, match="data.flow is 'online', which needs the flow settings of the dataset"):
        flow_source("online", [], None, tmp_path)
