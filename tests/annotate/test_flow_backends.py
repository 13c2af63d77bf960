import numpy as np
import pytest
import torch

from vid2vid_core.annotate.flow_backend import flow_estimator
from vid2vid_core.annotate.flownet2_estimator import FlowNet2Estimator
from vid2vid_core.config import FlowConfig


class Network:
    """Moves everything by as many pixels as the first picture is bright; notes the batches it is given."""

    def __init__(self):
        self.batches = []

    def __call__(self, first, second):
        assert first.shape == second.shape and first.dtype == torch.float32
        assert -1 <= first.min() and first.max() <= 1
        self.batches.append(tuple(first.shape))
        brightness = (first.mean((1, 2, 3)) + 1) * 127.5
        return torch.stack([brightness, -brightness], dim=1)[..., None, None].expand(-1, -1, *first.shape[-2:]).clone()


def estimator(network, **options):
    return FlowNet2Estimator(network, "abc", FlowConfig(backend="flownet2", **options), torch.device("cpu"))


def plain(value, height=64, width=128):
    return np.full((height, width, 3), value, np.uint8)


def test_pairs_are_worked_on_in_batches_of_one_size_and_stay_in_order():
    network = Network()
    pairs = [(plain(v), plain(0)) for v in (1, 2, 3)] + [(plain(v, 128, 64), plain(0, 128, 64)) for v in (4, 5)]
    motions = estimator(network, batch_size=2).estimate(pairs)
    assert network.batches == [(2, 3, 64, 128), (1, 3, 64, 128), (2, 3, 128, 64)]
    for (flow, confidence), (current, _), value in zip(motions, pairs, (1, 2, 3, 4, 5), strict=True):
        assert flow.shape == (*current.shape[:2], 2) and flow.dtype == confidence.dtype == np.float32
        assert flow[..., 0] == pytest.approx(value, abs=1e-3) and flow[..., 1] == pytest.approx(-value, abs=1e-3)


def test_any_size_is_resized_and_each_axis_scaled_by_its_own_ratio():
    network = Network()
    [(flow, confidence)] = estimator(network).estimate([(plain(8, 96, 200), plain(8, 96, 200))])
    assert network.batches == [(1, 3, 64, 192)]
    assert flow.shape == (96, 200, 2) and confidence.shape == (96, 200)
    assert flow[..., 0] == pytest.approx(8 * 200 / 192, abs=1e-2) and flow[..., 1] == pytest.approx(-12, abs=1e-2)


def test_confidence_is_where_the_squared_difference_is_below_the_threshold():
    # 3 (d / 127.5)^2 < 0.02 up to d = 10.4
    near, far = (plain(110), plain(100)), (plain(111), plain(100))
    trusted = [confidence.mean() for _, confidence in estimator(Network()).estimate([near, far])]
    assert trusted == [1, 0]
    assert estimator(Network(), photometric=0.03).estimate([far])[0][1].all()


def test_the_description_holds_what_the_numbers_depend_on():
    one = estimator(Network()).describe()
    assert one == {"backend": "flownet2", "checkpoint_sha256": "abc", "photometric": 0.02}
    assert estimator(Network(), batch_size=9, preset="fast").describe() == one
    dis = flow_estimator(FlowConfig(preset="fast")).describe()
    assert dis == {"backend": "dis", "preset": "fast", "photometric": 0.02, "forward_backward": 1.0}


def test_a_missing_asset_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("VID2VID_ASSET_DIR", str(tmp_path))
    with pytest.raises(ValueError) as error:
        flow_estimator(FlowConfig(backend="flownet2"))
    for text in (str(tmp_path), "vid2vid assets get flownet2", "vid2vid assets add flownet2", "flow.backend: dis"):
        assert text in str(error.value)


def test_a_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"flow.checkpoint: no such file: .*/gone.pth.*flow.backend: dis"):
        flow_estimator(FlowConfig(backend="flownet2", checkpoint=str(tmp_path / "gone.pth")))


def test_another_file_is_refused(tmp_path):
    torch.save({"weights": torch.zeros(3)}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match="other.pth"):
        flow_estimator(FlowConfig(backend="flownet2", checkpoint=str(tmp_path / "other.pth")))
