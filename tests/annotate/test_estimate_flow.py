import cv2
import numpy as np
import pytest

from vid2vid_core.annotate.dis_estimator import DisEstimator
from vid2vid_core.annotate.estimate_flow import estimate_flow
from vid2vid_core.annotate.flow_backend import flow_estimator
from vid2vid_core.config import FlowConfig
from vid2vid_core.storage import read_table
from vid2vid_core.video.confidence import consistent, photometric
from vid2vid_core.video.dis import DisFlow
from vid2vid_core.video.flow_io import read_flow
from vid2vid_core.video.lookup import sample


def moved(texture, right, down):
    """What is at x in `texture` is at x + (right, down) in the result."""
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float64)
    return cv2.warpAffine(texture, matrix, texture.shape[1::-1], borderMode=cv2.BORDER_REFLECT)


def run(tmp_path, frames, config=FlowConfig(), threads=1, estimator=None):  # noqa: B008
    table = tmp_path / "flow" / "clip.parquet"
    estimator = estimator or flow_estimator(config, threads)
    estimate_flow(frames, tmp_path / "flow" / "clip", table, tmp_path / "state", estimator, threads)
    rows, metadata = read_table(table)
    assert not (tmp_path / "state").exists()
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
    settings = {"backend": "dis", "preset": preset, "photometric": 0.02, "forward_backward": 1.0}
    assert metadata == {"video": "clip", **settings}


def test_pairs_stay_within_a_sequence_and_skip_invalid_frames(tmp_path, make_frames, texture):
    pictures = [texture, texture, texture, None, texture, texture]
    sequences = ["clip-000", "clip-000", "clip-001", "clip-001", "clip-001", "clip-001"]
    rows, flows, _ = run(tmp_path, make_frames(pictures, sequences=sequences))
    assert rows["frame"].tolist() == ["000001", "000005"]
    assert sorted(p.name for p in (tmp_path / "flow" / "clip").rglob("*.flow")) == ["000001.flow", "000005.flow"]
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


def test_confidence_needs_colours_and_the_way_back_to_agree(monkeypatch):
    always = np.full((32, 48, 2), (3.0, 0.0), np.float32)
    monkeypatch.setattr(DisFlow, "estimate", lambda self, first, second: always)
    plain = np.full((32, 48, 3), 128, np.uint8)
    [(flow, confidence)] = DisEstimator(FlowConfig()).estimate([(plain, plain)])
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
    numbers = ["mean_pixels", "p50_pixels", "p95_pixels", "confident", "clipped"]
    assert list(rows.columns) == ["video", "sequence", "frame", "flow", *numbers]
    assert rows["confident"].dtype == np.float64


def test_broken_pictures_are_named_and_leave_nothing(tmp_path, make_frames, texture):
    frames = make_frames([texture, texture[:80]])
    with pytest.raises(
        ValueError, match=r"000001\.png: 240x80 pixels, but the frame before it, 000000\.png, has 240x160"
    ):
        run(tmp_path, frames)
    (tmp_path / "frames" / "clip" / "clip-000" / "000001.png").write_text("broken")
    with pytest.raises(ValueError, match=r"000001\.png: not a readable image"):
        run(tmp_path, frames)
    assert not (tmp_path / "flow").exists()


def test_estimator_serves_several_sizes(texture):
    dis = DisFlow("fast")
    for size in ((240, 160), (120, 80)):
        picture = cv2.resize(texture, size)
        assert dis.estimate(picture, picture).shape == (size[1], size[0], 2)


class FakeEstimator:
    """Says how far every picture is from the one before; notes what it was asked, and can fail."""

    forkable = True

    def __init__(self, batch_size=2, scale=1.0, fail_at=None):
        self.batch_size, self.scale, self.fail_at, self.asked = batch_size, scale, fail_at, []

    def describe(self):
        return {"backend": "fake", "scale": self.scale}

    def estimate(self, pairs):
        assert len(pairs) <= self.batch_size
        self.asked += [int(current[0, 0, 0]) for current, _ in pairs]
        if self.fail_at in self.asked:
            raise KeyboardInterrupt
        ends = [(float(current[0, 0, 0]), float(previous[0, 0, 0])) for current, previous in pairs]
        return [
            (np.full((8, 8, 2), self.scale * (now - before), np.float32), np.full((8, 8), now / 255, np.float32))
            for now, before in ends
        ]


def grey(*values):
    return [np.full((8, 8, 3), value, np.uint8) for value in values]


def test_every_pair_goes_to_the_estimator_in_order_and_in_batches(tmp_path, make_frames):
    fake = FakeEstimator(batch_size=2)
    rows, flows, metadata = run(tmp_path, make_frames(grey(10, 11, 13, 16, 20, 25)), estimator=fake)
    assert fake.asked == [11, 13, 16, 20, 25]
    assert [flow[0, 0, 0] for flow, _ in flows] == [1, 2, 3, 4, 5]
    assert metadata == {"video": "clip", "backend": "fake", "scale": 1.0}
    assert rows["p50_pixels"].tolist() == pytest.approx([2**0.5 * k for k in range(1, 6)])
    assert rows["p95_pixels"].tolist() == pytest.approx(rows["mean_pixels"].tolist())


def stopped(tmp_path, frames, **options):
    """A job that is stopped while it works on the frame of brightness 20; Snakemake deletes its outputs."""
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, frames, estimator=FakeEstimator(fail_at=20, **options))
    assert not (tmp_path / "flow").exists()


def test_a_stopped_job_goes_on_with_the_frames_it_has(tmp_path, make_frames):
    frames = make_frames(grey(10, 11, 13, 16, 20, 25))
    stopped(tmp_path, frames, batch_size=1)
    again = FakeEstimator(batch_size=1)
    _, flows, _ = run(tmp_path, frames, estimator=again)
    assert again.asked == [16, 20, 25]  # 16 was estimated, but not yet noted as written when the job ended
    assert [flow[0, 0, 0] for flow, _ in flows] == [1, 2, 3, 4, 5]


def test_a_line_cut_off_by_a_kill_costs_that_frame_only(tmp_path, make_frames):
    frames = make_frames(grey(10, 11, 13, 16, 20, 25))
    stopped(tmp_path, frames, batch_size=1)
    log = tmp_path / "state" / "done.jsonl"
    log.write_text(log.read_text()[:-20])
    stopped(tmp_path, frames, batch_size=1)
    again = FakeEstimator(batch_size=1)
    rows, _, _ = run(tmp_path, frames, estimator=again)
    assert again.asked == [16, 20, 25] and len(rows) == 5


def test_other_settings_start_anew(tmp_path, make_frames):
    frames = make_frames(grey(10, 11, 13, 16, 20, 25))
    stopped(tmp_path, frames)
    again = FakeEstimator(scale=2.0)
    _, flows, _ = run(tmp_path, frames, estimator=again)
    assert again.asked == [11, 13, 16, 20, 25]
    assert [flow[0, 0, 0] for flow, _ in flows] == [2, 4, 6, 8, 10]


def test_flow_of_another_picture_is_not_used(tmp_path, make_frames):
    stopped(tmp_path, make_frames(grey(10, 11, 13, 16, 20, 25)), batch_size=1)
    again = FakeEstimator(batch_size=1)
    _, flows, _ = run(tmp_path, make_frames(grey(10, 12, 13, 16, 20, 25)), estimator=again)
    assert again.asked == [12, 13, 16, 20, 25]
    assert [flow[0, 0, 0] for flow, _ in flows] == [2, 1, 3, 4, 5]


def test_dis_resumes_to_the_same_numbers(tmp_path, make_frames, texture, monkeypatch):
    frames = make_frames([moved(texture, 2 * t, t) for t in range(5)])
    whole = run(tmp_path, frames)[1]
    estimate, calls = DisEstimator.estimate, []

    def failing(self, pairs):
        calls.append(len(pairs))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return estimate(self, pairs)

    monkeypatch.setattr(DisEstimator, "estimate", failing)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, frames)
    resumed = run(tmp_path, frames)[1]
    assert all((a == b).all() for one, two in zip(whole, resumed, strict=True) for a, b in zip(one, two, strict=True))


def test_vectors_too_long_to_store_are_said(tmp_path, make_frames, caplog):
    rows, [(flow, confidence)], _ = run(tmp_path, make_frames(grey(1, 6)), estimator=FakeEstimator(scale=200.0))
    assert rows["clipped"].tolist() == [64]
    assert not confidence.any() and flow.max() < 512
    assert "64 vectors in 1 frames, the first is 000001, are longer than 512 pixels" in caplog.text
