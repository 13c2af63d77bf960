from pathlib import Path

import numpy as np
import pytest

from vid2vid_core.annotate.label_files import read_ids, write_ids
from vid2vid_core.annotate.segment import annotate_labels
from vid2vid_core.config import AnnotateConfig, DatasetConfig, FramesConfig, VideoEntry
from vid2vid_core.config.sources import Source
from vid2vid_core.storage import read_table
from vid2vid_core.video.encode import LabelWriter

PICTURE = np.zeros((12, 16, 3), np.uint8)


def config(frames=FramesConfig(), ignore=(), label_nc=35, **annotate):  # noqa: B008
    entry = VideoEntry(path="x", split="train", labels="y", instances="z")
    chosen = AnnotateConfig(**annotate)
    return DatasetConfig(name="d", videos=(entry,), label_nc=label_nc, ignore=ignore, frames=frames, annotate=chosen)


def source(tmp_path: Path, labels=None, instances=None, kind="folder", **limits):
    text = {key: None if value is None else str(value) for key, value in (("labels", labels), ("instances", instances))}
    return Source(id="clip", split="train", path=str(tmp_path / "rgb"), kind=kind, **text, **limits)


def annotate(tmp_path, frames, dataset, origin):
    """Run the stage; returns its rows with the images they name, and the metadata."""
    table = tmp_path / "annotations" / "clip.parquet"
    annotate_labels(frames, tmp_path / "annotations" / "clip", table, dataset, origin, None)
    rows, metadata = read_table(table)
    images = {
        key: [read_ids(table.parent / path) if path else None for path in rows[key]] for key in ("label", "instance")
    }
    return rows, images, metadata


def id_map(value, size=(12, 16)):
    return np.full(size, value, np.uint8)


def write_folder(folder, named):
    folder.mkdir(parents=True)
    for name, ids in named.items():
        write_ids(folder / f"{name}.png", ids)
    return folder


def write_video(path, frames):
    with LabelWriter(path, 10, frames[0].shape[::-1], frames[0].dtype) as writer:
        for ids in frames:
            writer.write(ids)
    return path


def test_folder_is_paired_by_name_never_by_position(tmp_path, make_frames):
    frames = make_frames([PICTURE] * 3, names=["f_10", "f_2", "f_3"])
    labels = write_folder(tmp_path / "labels", {"f_2": id_map(3), "f_3": id_map(5), "f_9": id_map(9)})
    rows, images, metadata = annotate(tmp_path, frames, config(id_map="camvid-to-id"), source(tmp_path, labels))
    assert rows["valid"].tolist() == [False, True, True]
    assert rows["reason"][0] == f"no image named 'f_10' in {labels}" and rows["label"][0] == rows["instance"][0] == ""
    assert images["label"][1].dtype == np.uint8 and images["instance"][1].dtype == np.uint16
    assert (images["label"][1] == 7).all() and (images["label"][2] == 21).all()
    assert metadata == {"segmenter": "given", "instances": "components", "label_nc": 35, "source": str(labels)}
    assert rows["label"][1] == "clip/label/clip-000/f_2.png"


def test_no_label_named_like_a_frame_is_an_error(tmp_path, make_frames):
    labels = write_folder(tmp_path / "labels", {"a_label": id_map(0)})
    with pytest.raises(ValueError, match="frames are named like '000000', these like 'a_label'"):
        annotate(tmp_path, make_frames([PICTURE]), config(), source(tmp_path, labels))
    assert not (tmp_path / "annotations" / "clip.parquet").exists() and not (tmp_path / "annotations" / "clip").exists()


def test_invalid_frames_keep_their_reason(tmp_path, make_frames):
    labels = write_folder(tmp_path / "labels", {f"{i:06d}": id_map(1) for i in range(3)})
    rows, _, _ = annotate(tmp_path, make_frames([PICTURE, None, PICTURE]), config(), source(tmp_path, labels))
    assert rows["valid"].tolist() == [True, False, True] and rows["reason"].tolist() == ["", "broken", ""]


def test_quarantined_video_gives_an_empty_table_with_the_right_types(tmp_path, make_frames):
    rows, _, _ = annotate(tmp_path, make_frames([]), config(), source(tmp_path, tmp_path / "nothing.mkv"))
    assert len(rows) == 0 and (tmp_path / "annotations" / "clip").is_dir()
    assert list(rows.columns) == ["video", "sequence", "frame", "label", "instance", "valid", "reason"]
    assert rows["valid"].dtype == bool


def test_label_video_is_paired_by_frame_number(tmp_path, make_frames):
    video = write_video(tmp_path / "labels.mkv", [id_map(i) for i in range(6)])
    frames = make_frames([PICTURE] * 3, numbers=[1, 3, 4])
    part = source(tmp_path, video, start_frame=1, max_frames=4)
    _, images, _ = annotate(tmp_path, frames, config(instances="none"), part)
    assert [int(ids[0, 0]) for ids in images["label"]] == [1, 3, 4]
    assert images["instance"] == [None] * 3


@pytest.mark.parametrize(("num_labels", "needed"), [(2, "3 frames"), (4, "3 frames")])
def test_label_video_of_another_length_is_an_error_that_names_both(tmp_path, make_frames, num_labels, needed):
    video = write_video(tmp_path / "labels.mkv", [id_map(i) for i in range(num_labels)])
    with pytest.raises(ValueError, match=f"labels.mkv: has {num_labels} frames, but .*rgb has {needed}"):
        annotate(tmp_path, make_frames([PICTURE] * 3), config(), source(tmp_path, video))


def test_label_video_shorter_than_the_part_that_is_used(tmp_path, make_frames):
    video = write_video(tmp_path / "labels.mkv", [id_map(0)] * 4)
    frames = make_frames([PICTURE] * 2, numbers=[5, 6])
    with pytest.raises(ValueError, match="has 4 frames, but .*rgb has 6 frames or more"):
        annotate(tmp_path, frames, config(), source(tmp_path, video, start_frame=5))


def test_given_instances_are_kept_and_resized(tmp_path, make_frames):
    ids = np.array([[26001, 26002], [24001, 7]], np.uint16).repeat(12, 0).repeat(16, 1)
    labels = write_folder(tmp_path / "labels", {"000000": id_map(26), "000001": id_map(7)})
    instances = write_folder(tmp_path / "instances", {"000000": ids})
    origin = source(tmp_path, labels, instances)
    rows, images, _ = annotate(tmp_path, make_frames([PICTURE] * 2), config(instances="given"), origin)
    assert (images["instance"][0] == ids[::2, ::2]).all()
    assert not rows["valid"][1] and "no image named '000001'" in rows["reason"][1]


def test_objects_keep_their_number_within_a_sequence_and_start_anew_in_the_next(tmp_path, make_frames):
    named = {}
    for t in range(4):
        named[f"{t:06d}"] = id_map(7)
        named[f"{t:06d}"][2:8, t : t + 6] = 26
    labels = write_folder(tmp_path / "labels", named)
    elsewhere = id_map(7)
    elsewhere[9:12, 10:16] = 26  # not where the car of the first sequence was
    write_ids(labels / "000003.png", elsewhere)
    frames = make_frames([PICTURE] * 4, sequences=["clip-000"] * 3 + ["clip-001"])
    _, images, _ = annotate(tmp_path, frames, config(), source(tmp_path, labels))
    assert [int(ids[4, 5]) for ids in images["instance"]] == [1000] * 3 + [7]
    assert images["instance"][3][10, 12] == 1000
    assert all((ids[0] == 7).all() for ids in images["instance"])


def test_crop_and_scale_of_the_frames_apply_to_labels(tmp_path, make_frames):
    whole = np.arange(24 * 32).reshape(24, 32).astype(np.uint8)
    write_folder(tmp_path / "rgb", {"000000": whole})  # tells the size of the source
    labels = write_folder(tmp_path / "labels", {"000000": whole})
    cut = FramesConfig(crop=(4, 2, 16, 12), scale=(16, 12))
    rows, images, _ = annotate(tmp_path, make_frames([PICTURE]), config(frames=cut), source(tmp_path, labels))
    assert (images["label"][0] == whole[2:14, 4:20]).all() and rows["valid"].all()


def test_unknown_id_stops_with_its_file_but_identity_lets_the_checker_see_it(tmp_path, make_frames):
    labels = write_folder(tmp_path / "labels", {"000000": id_map(99)})
    with pytest.raises(ValueError, match=r"000000\.png: label id 99 \(192 pixels\)"):
        annotate(tmp_path, make_frames([PICTURE]), config(id_map="camvid-to-id"), source(tmp_path, labels))
    _, images, _ = annotate(tmp_path, make_frames([PICTURE]), config(), source(tmp_path, labels))
    assert (images["label"][0] == 99).all()
    _, images, _ = annotate(
        tmp_path, make_frames([PICTURE]), config(id_map="camvid-to-id", ignore=(99,)), source(tmp_path, labels)
    )
    assert (images["label"][0] == 99).all()


def test_layout_is_used_in_place_and_not_opened(tmp_path, make_frames):
    labels = write_folder(tmp_path / "train_A", {"000000": id_map(1)})
    (labels / "000001.png").write_text("the dataset check finds this")
    frames = make_frames([PICTURE] * 3)
    table = tmp_path / "annotations" / "clip.parquet"
    origin = source(tmp_path, labels, kind="layout")
    annotate_labels(frames, tmp_path / "annotations" / "clip", table, config(), origin, None)
    rows, metadata = read_table(table)
    assert rows["label"].tolist() == [str(labels / "000000.png"), str(labels / "000001.png"), ""]
    assert rows["valid"].tolist() == [True, True, False] and rows["instance"].tolist() == [""] * 3
    assert metadata["segmenter"] == "layout" and metadata["instances"] == "none"
    assert list((tmp_path / "annotations" / "clip").iterdir()) == []


def test_odd_names_survive(tmp_path, make_frames):
    name = "a b'$(echo x)-ü\""
    labels = write_folder(tmp_path / "läbels 'x'", {name: id_map(4)})
    rows, images, _ = annotate(tmp_path, make_frames([PICTURE], names=[name]), config(), source(tmp_path, labels))
    assert rows["valid"].all() and (images["label"][0] == 4).all()


def test_missing_annotation_path_names_the_video(tmp_path, make_frames):
    with pytest.raises(ValueError, match="video 'clip' .* has no 'labels'"):
        annotate(tmp_path, make_frames([PICTURE]), config(), source(tmp_path))
