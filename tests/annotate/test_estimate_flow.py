import cv2
import numpy as np
import pytest

from vid2vid_core.annotate.confidence import consistent, photometric, sample
from vid2vid_core.annotate.estimate_flow import estimate_flow
from vid2vid_core.config import FlowConfig
from vid2vid_core.storage import read_table
from vid2vid_core.video.dis import DisFlow
from vid2vid_core.video.flow_io import read_flow


def moved(texture, right, down):
    """What is at x in `texture` is at x + (right, down) in the result."""
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float64)
    return cv2.warpAffine(texture, matrix, texture.shape[1::-1], borderMode=cv2.BORDER_REFLECT)


def run(tmp_path, frames, config=FlowConfig(), threads=1):  # noqa: B008
    table = tmp_path / "flow" / "clip.parquet"
    estimate_flow(frames, tmp_path / "flow" / "clip", table, config, threads)
    rows, metadata = read_table(table)
    return rows, [read_flow(table.parent / path) for path in rows["flow"]], metadata


@pytest.mark.parametrize("preset", ["ultrafast", "fast", "medium", "fine"])
def test_flow_leads_from_the_current_frame_back_to_the_previous(tmp_path, make_frames, texture, preset):
    frames = make_frames([texture, moved(texture, 4, -2.5)])
    rows, [(flow, confidence)], metadata = run(tmp_path, frames, FlowConfig(preset=preset))
    inner = (slice(16, -16), slice(16, -16))
    assert np.abs(flow[inner] - (-4, 2.5)).mean() < 0.2
    assert confidence[inner].mean() > 0.95
    assert rows[["video", "sequence", "frame"]].values.tolist() == [["clip", "clip-000", "000001"]]
    assert rows["mean_pixels"][0] == pytest.approx(np.linalg.norm(flow, axis=2).mean(), abs=0.02)
    assert rows["confident"][0] == pytest.approx(confidence.mean())
    assert metadata == {"video": "clip", "backend": "dis", "preset": preset}


def test_pairs_stay_within_a_sequence_and_skip_invalid_frames(tmp_path, make_frames, texture):
    pictures = [texture, texture, texture, None, texture, texture]
    sequences = ["clip-000", "clip-000", "clip-001", "clip-001", "clip-001", "clip-001"]
    rows, flows, _ = run(tmp_path, make_frames(pictures, sequences=sequences))
    assert rows["frame"].tolist() == ["000001", "000005"]
    assert sorted(p.name for p in (tmp_path / "flow" / "clip").rglob("*.png")) == ["000001.png", "000005.png"]
    assert all(np.abs(flow).max() < 0.1 and confidence.all() for flow, confidence in flows)


def test_uncovered_background_is_not_confident(tmp_path, make_frames, texture):
    box = np.random.default_rng(5).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    box = cv2.resize(box, (60, 60), interpolation=cv2.INTER_CUBIC)
    before, after = texture.copy(), texture.copy()
    before[50:110, 80:140] = box
    after[50:110, 86:146] = box
    _, [(flow, confidence)], _ = run(tmp_path, make_frames([before, after]))
    assert np.abs(flow[60:100, 96:136] - (-6, 0)).mean() < 0.5
    assert confidence[60:100, 96:136].mean() > 0.9
    assert confidence[55:105, 80:86].mean() < 0.3  # hidden behind the box in the previous frame
    assert confidence[:40].mean() > 0.95


def test_confidence_needs_colours_and_the_way_back_to_agree(tmp_path, make_frames, monkeypatch):
    class Always:
        def estimate(self, first, second):
            return np.full((*first.shape[:2], 2), (3.0, 0.0), np.float32)

    monkeypatch.setattr("vid2vid_core.annotate.estimate_flow.flow_estimator", lambda config: Always())
    plain = np.full((32, 48, 3), 128, np.uint8)
    _, [(flow, confidence)], _ = run(tmp_path, make_frames([plain, plain]))
    assert (flow == (3.0, 0.0)).all() and not confidence.any()


def test_leaving_the_picture_is_not_confident(texture):
    flow = np.full((160, 240, 2), (-20.0, 0.0), np.float32)
    assert not consistent(flow, -flow, 1.0)[:, :19].any()
    assert consistent(flow, -flow, 1.0)[:, 21:].all()


def test_photometric_threshold_is_on_the_squared_sum_in_minus_one_to_one():
    current = np.full((4, 6, 3), 100, np.uint8)
    zero = np.zeros((4, 6, 2), np.float32)
    # 3 (d / 127.5)^2 < 0.02 up to d = 10.4
    assert photometric(current, current + np.uint8(10), zero, 0.02).all()
    assert not photometric(current, current + np.uint8(11), zero, 0.02).any()


def test_tolerance_grows_with_length():
    flow = np.zeros((40, 60, 2), np.float32)
    flow[..., 0] = 10
    back = -flow
    back[..., 0] += 1.5  # 1 + 0.05 * (10 + 8.5) = 1.925
    assert consistent(flow, back, 1.0)[:, :40].all()
    assert not consistent(flow, back, 0.5)[:, :40].any()


def test_sampling_is_bilinear_with_repeated_border():
    ramp = np.arange(8, dtype=np.float32)[None, :].repeat(3, 0)
    flow = np.full((3, 8, 2), (0.25, 0.0), np.float32)
    assert sample(ramp, flow)[1] == pytest.approx([*(np.arange(7) + 0.25), 7.0])


def test_threads_and_repetition_change_nothing(tmp_path, make_frames, texture):
    frames = make_frames([moved(texture, 2 * t, t) for t in range(6)])
    first = run(tmp_path, frames)[1]
    again = run(tmp_path, frames, threads=3)[1]
    assert all((a == b).all() for one, two in zip(first, again, strict=True) for a, b in zip(one, two, strict=True))


@pytest.mark.parametrize("size", [(1, 1), (3, 3), (5, 40), (17, 16), (119, 161)])
def test_any_size(tmp_path, make_frames, texture, size):
    picture = cv2.resize(texture, size[::-1])
    _, [(flow, confidence)], _ = run(tmp_path, make_frames([picture, picture]))
    assert flow.shape == (*size, 2) and np.abs(flow).max() < 0.1 and confidence.all()


@pytest.mark.parametrize("pictures", [[], [None], [np.zeros((32, 32, 3), np.uint8)]])
def test_without_a_pair_the_table_is_empty_but_typed(tmp_path, make_frames, pictures):
    rows, _, _ = run(tmp_path, make_frames(pictures))
    assert len(rows) == 0 and (tmp_path / "flow" / "clip").is_dir()
    assert list(rows.columns) == ["video", "sequence", "frame", "flow", "mean_pixels", "confident"]
    assert rows["confident"].dtype == np.float64


def test_broken_pictures_are_named_and_leave_nothing(tmp_path, make_frames, texture):
    frames = make_frames([texture, texture[:80]])
    with pytest.raises(
        ValueError, match=r"000001\.png: 240x80 pixels, but the frame before it, 000000\.png, has 240x160"
    ):
        run(tmp_path, frames)
    (tmp_path / "frames" / "clip" / "clip-000" / "000001.png").write_text("broken")
    with pytest.raises(ValueError, match=r"000001\.png: missing or not a readable image"):
        run(tmp_path, frames)
    assert list((tmp_path / "flow").iterdir()) == []


def test_estimator_serves_several_sizes(texture):
    dis = DisFlow("fast")
    for size in ((240, 160), (120, 80)):
        picture = cv2.resize(texture, size)
        assert dis.estimate(picture, picture).shape == (size[1], size[0], 2)
