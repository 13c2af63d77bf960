"""Rendering of a dataset's test videos: files, table, beginnings, and what happens when something is missing."""

import gc
import json
import weakref
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from drawn_sequences import FPS, HEIGHT, WIDTH, photograph, write_dataset, write_weights

from vid2vid_core.config import DataConfig, RenderConfig
from vid2vid_core.dataset.frames import FrameReader
from vid2vid_core.models.weights import load_generator
from vid2vid_core.ops import encode_controls
from vid2vid_core.render import stream
from vid2vid_core.render.first_frame import real_picture
from vid2vid_core.render.render import render_video
from vid2vid_core.render.rollout import Rollout
from vid2vid_core.render.side_by_side import side_by_side
from vid2vid_core.render.stream import render_run, to_picture
from vid2vid_core.storage import read_table
from vid2vid_core.video.probe import probe
from vid2vid_core.video.read import read_video


def render(tmp_path: Path, manifest: Path, video: str = "one", config: RenderConfig | None = None, **weights: object):
    """Render with random weights; returns table, metadata and output folder."""
    file = write_weights(tmp_path / "weights.safetensors", **weights)
    out, table = tmp_path / "run" / "render" / video, tmp_path / "run" / "render" / f"{video}.parquet"
    render_video(file, manifest, video, out, table, config or RenderConfig())
    return *read_table(table), out


def test_one_row_and_one_png_for_every_frame_after_the_first_ones(tmp_path: Path) -> None:
    table, metadata, out = render(tmp_path, write_dataset(tmp_path / "data", {"one": 7, "two": 5}))
    assert table["frame"].tolist() == [f"{number:06d}" for number in range(2, 7)]
    assert set(table["sequence"]) == {"one-000"} and set(table["video"]) == {"one"}
    for path in table["output"]:
        assert cv2.imread(str(out.parent / path)).shape == (HEIGHT, WIDTH, 3)
    assert metadata["fps"] == FPS and metadata["first_frame"] == "real" and metadata["skipped"] == []
    assert metadata["seconds_per_frame"] > 0


def test_videos_have_the_rate_and_length_of_the_source(tmp_path: Path) -> None:
    _, _, out = render(tmp_path, write_dataset(tmp_path / "data", {"one": 9}))
    for name in ("one-000.mp4", "one-000.side_by_side.mp4"):
        assert probe(out / name).fps == pytest.approx(FPS)
        assert len(list(read_video(out / name))) == 7


def test_side_by_side_shows_control_output_and_real(tmp_path: Path) -> None:
    table, _, out = render(tmp_path, write_dataset(tmp_path / "data", {"one": 5}), config=RenderConfig(crf=0))
    beside = list(read_video(out / "one-000.side_by_side.mp4"))[1]
    strip = beside.shape[0] - HEIGHT
    output = cv2.imread(str(out.parent / table["output"][1]))[..., ::-1]
    columns = [beside[strip:, left : left + WIDTH].astype(int) for left in (0, WIDTH + 4, 2 * WIDTH + 8)]
    assert abs(columns[1] - output).mean() < 9
    assert abs(columns[2] - photograph(3)).mean() < 9
    assert len(np.unique(columns[0].reshape(-1, 3) // 32, axis=0)) < 12  # a few flat colours


def test_a_long_caption_stays_above_its_picture() -> None:
    black = np.zeros((48, 96, 3), np.uint8)
    alone, beside = (
        side_by_side({"a": black, "b": black}),
        side_by_side({"control, building-vegetation": black, "b": black}),
    )
    assert np.array_equal(alone[:, 96:], beside[:, 96:])


def test_without_photographs_there_is_no_real_column_and_real_beginnings_are_refused(tmp_path: Path) -> None:
    manifest = write_dataset(tmp_path / "data", {"one": 5}, photographs=False)
    with pytest.raises(ValueError, match="one-000/000000.*set first_frame to 'none'"):
        render(tmp_path, manifest)
    assert not (tmp_path / "run" / "render" / "one").exists()  # nothing half-done is left
    _, metadata, out = render(tmp_path, manifest, config=RenderConfig(first_frame="none"))
    assert metadata["first_frame"] == "none"
    assert probe(out / "one-000.side_by_side.mp4").width == 2 * WIDTH + 4


def test_a_model_trained_from_nothing_begins_from_nothing(tmp_path: Path) -> None:
    _, metadata, _ = render(tmp_path, write_dataset(tmp_path / "data", {"one": 4}), no_first_img=True)
    assert metadata["first_frame"] == "none"


def test_the_beginning_changes_the_pictures(tmp_path: Path) -> None:
    manifest = write_dataset(tmp_path / "data", {"one": 4})
    table, _, out = render(tmp_path, manifest)
    real = cv2.imread(str(out.parent / table["output"][0]))
    render(tmp_path, manifest, config=RenderConfig(first_frame="none"))
    assert (cv2.imread(str(out.parent / table["output"][0])) != real).any()


def test_a_sequence_shorter_than_the_window_is_named_and_the_others_are_rendered(tmp_path: Path, caplog) -> None:
    manifest = write_dataset(tmp_path / "data", {"one": 9}, invalid=(("one", 2), ("one", 4)))
    table, metadata, out = render(tmp_path, manifest)  # runs of 2, 1 and 4 frames
    assert table["frame"].tolist() == ["000007", "000008"] and set(table["part"]) == {2}
    assert [entry["frames"] for entry in metadata["skipped"]] == [2, 1]
    assert "one-000" in metadata["skipped"][0]["reason"] + metadata["skipped"][0]["sequence"]
    assert "needs 3 (n_frames_G)" in caplog.text
    assert (out / "one-000.mp4").exists()


def test_a_gap_begins_anew_but_stays_in_one_video(tmp_path: Path) -> None:
    manifest = write_dataset(tmp_path / "data", {"one": 9}, invalid=(("one", 4),))
    table, _, out = render(tmp_path, manifest)
    assert table["part"].tolist() == [0, 0, 1, 1]
    assert len(list(read_video(out / "one-000.mp4"))) == 4


def test_how_many_limits_each_sequence(tmp_path: Path) -> None:
    manifest = write_dataset(tmp_path / "data", {"one": 12}, invalid=(("one", 4),))
    table, _, _ = render(tmp_path, manifest, config=RenderConfig(how_many=3))
    assert table["frame"].tolist() == ["000002", "000003", "000007"]


def test_quarantined_video_gives_an_empty_table_and_unknown_one_an_error(tmp_path: Path) -> None:
    manifest = write_dataset(tmp_path / "data", {"one": 4}, quarantined={"broken": "not a video"})
    table, metadata, out = render(tmp_path, manifest, video="broken")
    assert table.empty and "not a video" in metadata["skipped"][0]["reason"]
    assert out.is_dir() and not list(out.iterdir())
    with pytest.raises(ValueError, match="no frames of video 'three'; its test videos: one"):
        render(tmp_path, manifest, video="three")


def test_weights_of_another_number_of_labels_are_refused(tmp_path: Path) -> None:
    manifest = write_dataset(tmp_path / "data", {"one": 4})
    with pytest.raises(ValueError, match="trained with 7 labels"):
        render(tmp_path, manifest, label_nc=7)


def test_rendering_again_gives_the_same_pictures(tmp_path: Path) -> None:
    manifest = write_dataset(tmp_path / "data", {"one": 5})
    table, _, out = render(tmp_path, manifest)
    before = [(out.parent / path).read_bytes() for path in table["output"]]
    (out / "leftover.txt").write_text("from before")
    table, _, out = render(tmp_path, manifest)
    assert [(out.parent / path).read_bytes() for path in table["output"]] == before
    assert not (out / "leftover.txt").exists()


def test_memory_does_not_grow_with_the_sequence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of everything read for 40 frames, no more than a window's worth is alive at any time."""
    manifest = write_dataset(tmp_path / "data", {"one": 40})
    generator, info = load_generator(write_weights(tmp_path / "weights.safetensors"))
    reader = FrameReader(manifest, DataConfig(loadSize=WIDTH))
    alive: list[weakref.ref] = []
    encode = stream._encode

    def watched(sample, label_nc, device, padding):
        encoded = encode(sample, label_nc, device, padding)
        alive.extend((weakref.ref(encoded), weakref.ref(sample.image)))
        return encoded

    monkeypatch.setattr(stream, "_encode", watched)
    peak = frames = 0
    for _ in render_run(reader, reader.runs()[0], generator, info.label_nc, first_picture=real_picture):
        gc.collect()
        frames += 1
        peak = max(peak, sum(reference() is not None for reference in alive))
    assert frames == 38
    assert peak <= 3 + 2 + 1  # encoded frames of the window, first pictures, the current photograph


def test_frames_are_those_of_an_uninterrupted_roll_out(tmp_path: Path) -> None:
    manifest = write_dataset(tmp_path / "data", {"one": 7})
    generator, info = load_generator(write_weights(tmp_path / "weights.safetensors", n_scales_spatial=2))
    reader = FrameReader(manifest, DataConfig(loadSize=WIDTH))
    run = reader.runs()[0]
    samples = [reader.read(row) for row in run.rows]
    encoded = torch.stack([encode_controls(sample.controls, None, info.label_nc) for sample in samples])[None]
    rollout = Rollout(generator)
    rollout.reset(torch.stack([samples[0].image, samples[1].image])[None])
    with torch.inference_mode():
        expected = [to_picture(rollout.step(encoded[:, start : start + 3]).image[0]) for start in range(5)]
    frames = list(render_run(reader, run, generator, info.label_nc, first_picture=real_picture))
    assert [frame.row.frame for frame in frames] == [row.frame for row in run.rows[2:]]
    for frame, picture in zip(frames, expected, strict=True):
        assert (frame.picture == picture).all()


def test_pictures_are_rounded_to_8_bit() -> None:
    levels = torch.arange(256).float()
    image = (levels / 127.5 - 1).expand(3, 1, 256)
    assert (to_picture(image)[0, :, 0] == np.arange(256)).all()
    assert to_picture(torch.full((3, 1, 1), 1.5)).max() == 255 and to_picture(torch.full((3, 1, 1), -1.5)).min() == 0


def test_metadata_is_plain_json(tmp_path: Path) -> None:
    _, metadata, _ = render(tmp_path, write_dataset(tmp_path / "data", {"one": 4}))
    json.dumps(metadata, allow_nan=False)
    assert metadata["video"] == "one" and metadata["stage"] == "tiny" and metadata["device"] in ("cpu", "cuda")
