"""The `render` command, with as little typed as possible."""

from pathlib import Path

import pytest
from drawn_sequences import labels, photograph, write_png, write_weights

from vid2vid_core.cli import main
from vid2vid_core.storage import read_table


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    for number in range(4):
        write_png(tmp_path / "drive" / f"{number}.png", labels(number))
        write_png(tmp_path / "real" / f"{number}.png", photograph(number))
    write_weights(tmp_path / "w.safetensors")
    return ["render", "--weights", "w.safetensors", "--controls", "drive"]


def beginning() -> str:
    return read_table(Path("rendered/drive/render.parquet"))[1]["first_frame"]


def test_without_pictures_a_video_begins_from_nothing_and_says_so(command: list[str], caplog) -> None:
    assert main(command) == 0
    assert beginning() == "none"
    assert "begin from nothing, though the model was trained to begin from real frames" in caplog.text


def test_with_pictures_a_video_begins_from_them(command: list[str]) -> None:
    assert main([*command, "--images", "real"]) == 0
    assert beginning() == "real"


def test_what_is_typed_or_in_a_preset_counts(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--images", "real", "--first-frame", "none"]) == 0
    assert beginning() == "none"
    Path("preset.yaml").write_text("first_frame: real\n")
    assert main([*command, "--preset", "preset.yaml"]) == 1
    assert "has none; give its picture" in capsys.readouterr().err
