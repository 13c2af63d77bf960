"""Sequences rendered once more with other labels or other looks, beside the one that is scored."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from drawn_sequences import HEIGHT, WIDTH, image_weights, labels, write_dataset, write_png, write_weights

from vid2vid_core.cli import main
from vid2vid_core.config import (
    ConfigError,
    DatasetConfig,
    EditConfig,
    RenderConfig,
    Run,
    VideoEntry,
    require_labels,
)
from vid2vid_core.dataset.frames import FrameSample
from vid2vid_core.render.label_edit import LabelEdit
from vid2vid_core.render.render import render_video
from vid2vid_core.render.side_by_side import side_by_side
from vid2vid_core.storage import read_table

SWAP = EditConfig(name="no-square", labels={2: 1})


def render(tmp_path: Path, manifest: Path, config: RenderConfig, name: str = "run", **weights: object) -> Path:
    """The folder of the pictures; its table lies beside it."""
    file, out = write_weights(tmp_path / "weights.safetensors", **weights), tmp_path / name / "one"
    render_video(file, manifest, "one", out, out.with_suffix(".parquet"), config, "cpu")
    return out


def picture(path: Path) -> np.ndarray:
    return cv2.imread(str(path))


def looking(tmp_path: Path, *edits: EditConfig, styles: int | None = None) -> RenderConfig:
    file = image_weights(tmp_path / "first.safetensors", netG="global_with_features")
    return RenderConfig(first_frame="single", single=str(file), edits=edits, styles=styles)


def test_an_edit_is_a_video_of_its_own_and_the_scored_one_stays_to_the_bit(tmp_path: Path) -> None:
    manifest = write_dataset(tmp_path / "data", {"one": 5})
    plain = render(tmp_path, manifest, looking(tmp_path), "plain")
    out = render(tmp_path, manifest, looking(tmp_path, SWAP))
    names = ["one-000", "one-000.no-square"]
    assert {path.name for path in out.iterdir()} == {*names, *(f"{n}.mp4" for n in names), "one-000.side_by_side.mp4"}
    rows, metadata = read_table(out.with_suffix(".parquet"))
    assert metadata["edits"] == ["no-square"] and rows["output"].str.startswith("one/one-000/").all()
    for frame in ("000002.png", "000004.png"):
        assert np.array_equal(picture(out / names[0] / frame), picture(plain / names[0] / frame))
        assert (picture(out / names[1] / frame) != picture(out / names[0] / frame)).any()
    video = cv2.VideoCapture(str(out / "one-000.side_by_side.mp4"))
    # control, output and changed control; below these the edit and the real frame
    assert video.get(cv2.CAP_PROP_FRAME_WIDTH) == 3 * WIDTH + 2 * 4
    assert video.get(cv2.CAP_PROP_FRAME_HEIGHT) == 2 * (HEIGHT + 20) + 4


def test_an_edit_makes_what_the_edited_labels_would_make(tmp_path: Path) -> None:
    """Without first pictures nothing but the controls decides."""
    manifest = write_dataset(tmp_path / "data", {"one": 4})
    out = render(tmp_path, manifest, RenderConfig(edits=(SWAP,)), no_first_img=True)
    edited = write_dataset(tmp_path / "edited", {"one": 4})
    for number in range(4):
        ids = labels(number)
        write_png(tmp_path / "edited" / "test_A" / "one-000" / f"{number:06d}.png", np.where(ids == 2, 1, ids))
    wanted = render(tmp_path, edited, RenderConfig(), "edited", no_first_img=True)
    for number in (2, 3):
        assert np.array_equal(
            picture(out / "one-000.no-square" / f"{number:06d}.png"), picture(wanted / "one-000" / f"{number:06d}.png")
        )


def test_looks_of_one_label_change_that_label_in_the_first_pictures(tmp_path: Path) -> None:
    manifest = write_dataset(tmp_path / "data", {"one": 4}, photographs=False)
    edits = [EditConfig(name=f"look-{number}", looks={2: number}) for number in (1, 2, 3)]
    out = render(tmp_path, manifest, looking(tmp_path, *edits, styles=1))
    made = [picture(out / f"one-000.look-{number}" / "000002.png") for number in (1, 2, 3)]
    assert (made[0] != made[1]).any() and (made[1] != made[2]).any()
    with pytest.raises(ValueError, match="look 4 of label 2 was asked for, it has 3"):
        render(tmp_path, manifest, looking(tmp_path, EditConfig(name="x", looks={2: 4}), styles=1))


def test_the_video_side_by_side_keeps_its_layout_where_a_frame_lacks_the_edited_label(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[list[str]] = []

    def recorded(pictures: dict[str, np.ndarray]) -> np.ndarray:
        shown.append(list(pictures))
        return side_by_side(pictures)

    monkeypatch.setattr("vid2vid_core.render.writer.side_by_side", recorded)
    manifest = write_dataset(tmp_path / "data", {"one": 4})
    ids = labels(3)
    ids[:4] = 3
    write_png(tmp_path / "data" / "test_A" / "one-000" / "000003.png", ids)
    edits = (EditConfig(name="late", labels={3: 1}), EditConfig(name="look", looks={2: 1}))
    render(tmp_path, manifest, looking(tmp_path, *edits))
    assert shown == [["control", "output", "control, late", "late", "look", "real"]] * 2


def test_edits_apply_at_once_and_join_what_they_become_a_part_of() -> None:
    controls = torch.tensor([[[0, 0, 1, 1, 2, 2]]])
    instances = torch.tensor([[[0, 0, 11, 11, 2000, 2001]]])
    sample = FrameSample(torch.zeros(3, 1, 6), controls, instances)
    swapped = LabelEdit({0: 2, 2: 0}).apply(sample)
    assert swapped.controls.flatten().tolist() == [2, 2, 1, 1, 0, 0]
    assert swapped.instances is not None and swapped.image is sample.image
    assert swapped.instances.flatten().tolist() == [2, 2, 11, 11, 0, 0]  # objects become ground, ground is no object
    gone = LabelEdit({2: 1}).apply(sample).instances
    assert gone is not None and gone.flatten().tolist() == [0, 0, 11, 11, 11, 11]
    other = LabelEdit({2: 3}).apply(sample).instances  # nothing of label 3 is in the frame: objects stay objects
    assert other is not None and other.flatten().tolist() == [0, 0, 11, 11, 2000, 2001]
    assert LabelEdit({}).apply(sample) is sample


def test_real_first_pictures_show_what_is_replaced(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    render(tmp_path, write_dataset(tmp_path / "data", {"one": 3}), RenderConfig(edits=(SWAP,)))
    assert "edit 'no-square': sequences begin from real pictures" in caplog.text


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ({"name": "a", "labels": {"bilding": "vegetation"}}, "edit 'a': there is no label 'bilding'.*one of road,"),
        ({"name": "a", "labels": {"building": 19}}, "no label '19'; give an id 0 .. 18"),
        ({"name": "a", "looks": {"tree": 2}}, "no label 'tree'.*vegetation"),
    ],
)
def test_unknown_labels_are_named_before_anything_is_built(edit: dict, message: str) -> None:
    render = RenderConfig(first_frame="single", edits=(EditConfig(**edit),))
    dataset = DatasetConfig(name="d", videos=(VideoEntry(path="v", labels="l", split="test"),), label_nc=19)
    run = Run(name="mine", dataset="d.yaml", recipe="r.yaml", render=render)
    with pytest.raises(ConfigError, match=f"run 'mine', render.edits, dataset d.yaml: .*{message}"):
        require_labels(run, dataset)
    good = replace(run, render=RenderConfig(edits=(EditConfig(name="b", labels={"building": "vegetation", 13: "14"}),)))
    require_labels(good, dataset)
    with pytest.raises(ConfigError, match="edit 'b' is for label maps"):
        require_labels(good, DatasetConfig(name="d", mode="face", videos=(VideoEntry(path="v", split="test"),)))


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="edit 'a' changes nothing"):
        EditConfig(name="a")
    with pytest.raises(ValueError, match="edits need different names, got no-square, no-square"):
        RenderConfig(edits=(SWAP, SWAP))
    with pytest.raises(ValueError, match="edit 'a' chooses looks .* first_frame is real"):
        RenderConfig(edits=(EditConfig(name="a", looks={2: 1}),))
    manifest = write_dataset(tmp_path / "data", {"one": 3})
    with pytest.raises(ValueError, match="there is no label '9'; give an id 0 .. 3; only the labels of Cityscapes"):
        render(tmp_path, manifest, RenderConfig(edits=(EditConfig(name="a", labels={9: 1}),)))


def test_looks_are_refused_where_there_is_no_first_picture(tmp_path: Path) -> None:
    manifest = write_dataset(tmp_path / "data", {"one": 3})
    with pytest.raises(ValueError, match="looks of edits need a first picture.*no_first_img"):
        render(tmp_path, manifest, looking(tmp_path, EditConfig(name="a", looks={2: 2})), no_first_img=True)


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(4):
        write_png(tmp_path / "in" / f"{number}.png", labels(number))
    call = ["render", "--weights", str(write_weights(tmp_path / "w")), "--controls", str(tmp_path / "in")]
    call += ["--out", str(tmp_path / "out"), "--device", "cpu"]
    assert main([*call, "--edit", "2=1,0=1", "--edit", "2=0"]) == 0
    assert {"in.2-1-0-1.mp4", "in.2-0.mp4", "in.mp4"} <= {path.name for path in (tmp_path / "out").iterdir()}
    assert main([*call, "--edit", "2"]) == 1
    assert "give OLD=NEW" in capsys.readouterr().err
