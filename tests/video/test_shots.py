"""Shot cuts split a video into sequences."""

import os
from pathlib import Path

import numpy as np
import pytest

from vid2vid_core.video.encode import VideoWriter
from vid2vid_core.video.shots import detection_size, find_cuts, split_shots

COLOURS = [(200, 30, 30), (10, 90, 10), (120, 120, 250), (60, 60, 0)]


def scene(colour, index, size=(64, 48)):
    """A coloured room with a white box that moves."""
    picture = np.full((size[1], size[0], 3), colour, np.uint8)
    picture[10:20, 5 + index : 15 + index] = 255
    return picture


@pytest.fixture
def cut_video(frames):
    """Shots of 6, 1, 5 and 4 frames."""
    path = frames.folder / "cut.mp4"
    with VideoWriter(path, 10, (64, 48)) as writer:
        for colour, length in zip(COLOURS, (6, 1, 5, 4), strict=True):
            for index in range(length):
                writer.write(scene(colour, index))
    return path


@pytest.mark.usefixtures("each_ffmpeg")
def test_cuts_begin_new_sequences_at_the_right_frame(frames, cut_video):
    rows, metadata = frames.decode(cut_video, config={"min_shot_frames": 1})
    lengths = rows.groupby("sequence").size()
    assert lengths.to_dict() == {"clip-000": 6, "clip-001": 1, "clip-002": 5, "clip-003": 4}
    assert [(shot["first"], shot["last"]) for shot in metadata["shots"]] == [(0, 5), (6, 6), (7, 11), (12, 15)]
    assert metadata["shots"][2]["start"] == pytest.approx(0.7)
    assert rows.number.tolist() == list(range(16))
    for row in rows.itertuples():
        assert row.image == f"clip/{row.sequence}/{row.frame}.png"
        assert (frames.table.parent / row.image).is_file()


def test_shots_that_are_too_short_are_kept_as_invalid_rows(frames, cut_video):
    rows, _ = frames.decode(cut_video, config={"min_shot_frames": 5})
    assert rows.groupby("sequence").valid.all().to_dict() == {
        "clip-000": True,
        "clip-001": False,
        "clip-002": True,
        "clip-003": False,
    }
    assert "4 frames" in rows.reason[15] and "min_shot_frames (5)" in rows.reason[15]


def test_no_threshold_no_cuts(frames, cut_video):
    rows, _ = frames.decode(cut_video, config={"shot_threshold": None})
    assert set(rows.sequence) == {"clip-000"} and len(rows) == 16


def test_numbers_of_a_part_count_in_the_source(frames, cut_video):
    _, metadata = frames.decode(cut_video, start_frame=8)
    assert [(shot["first"], shot["last"]) for shot in metadata["shots"]] == [(8, 11), (12, 15)]


def test_movement_alone_is_no_cut():
    assert find_cuts([scene(COLOURS[0], index * 4) for index in range(10)], 27.0) == []


def test_every_frame_belongs_to_one_shot():
    assert split_shots(5, []) == [range(5)]
    assert split_shots(5, [2, 3]) == [range(2), range(2, 3), range(3, 5)]


def test_detection_size_keeps_the_aspect():
    assert detection_size(1280, 720) == (256, 144)
    assert detection_size(100, 700) == (100, 700)
    assert detection_size(4000, 2) == (256, 1)


@pytest.mark.shared
def test_cuts_of_the_talking_face_clip(frames):
    root = Path(os.environ.get("VID2VID_SHARED", Path(__file__).parents[3] / "shared"))
    clip = root / "data/clips/hamilton.mp4"
    if not clip.exists():
        pytest.skip(f"{clip} is not there")
    rows, metadata = frames.decode(clip)
    assert [shot["first"] for shot in metadata["shots"]] == [0, 20, 82, 211]  # looked at, frame by frame
    assert len(rows) == 275 and metadata["fps"] == pytest.approx(29.97)
    assert rows.time[0] == pytest.approx(10118 / 11988)  # its sound begins earlier
