from pathlib import Path

import numpy as np
import pytest

from vid2vid_core.maps.landmark_file import read_landmarks, write_landmarks


def test_written_landmarks_are_read_again_rounded(tmp_path: Path) -> None:
    points = np.random.default_rng(0).uniform(-50, 700, (68, 2))
    write_landmarks(tmp_path / "a.txt", points)
    assert (read_landmarks(tmp_path / "a.txt") == points.round()).all()


def test_decimals_and_a_last_empty_line_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("1.5, -2\n" * 68 + "\n")
    assert read_landmarks(tmp_path / "a.txt")[67].tolist() == [1.5, -2.0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,2\n" * 67, "67 lines, expected 68"),
        ("1,2\n" * 67 + "1,nan\n", "line 68: '1,nan'"),
        ("1,2\n" * 67 + "1;2\n", "line 68: '1;2'"),
        ("1,2\n" * 67 + "7\n", "line 68: '7'"),
        ("1,2,3\n" * 68, "line 1: '1,2,3'"),
        ("", "0 lines"),
    ],
)
def test_what_is_no_landmark_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(ValueError, match="a.txt") as caught:
        read_landmarks(tmp_path / "a.txt")
    assert said in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"b\.txt"):
        read_landmarks(tmp_path / "b.txt")
