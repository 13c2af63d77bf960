"""What the page says of videos that were rendered in several styles."""

from pathlib import Path

from fabricated import FabricatedRun

from vid2vid_core.report.page import build_report
from vid2vid_core.storage import read_table, write_table


def page(run: FabricatedRun, styles: int, edits: tuple[str, ...] = ()) -> str:
    for table in (run.run_dir / "render").glob("*.parquet"):
        rows, metadata = read_table(table)
        chosen = [{"frame": number, "share": 1 / styles} for number in range(styles)]
        write_table(table, rows, metadata | {"first_frame": "single", "styles": chosen, "edits": edits})
    build_report(*run.arguments())
    return run.arguments()[2].read_text(encoding="utf-8")


def test_it_says_which_style_the_numbers_are_of(tmp_path: Path) -> None:
    run = FabricatedRun(tmp_path, frames=6, clips=2)
    sentence = "with the looks of 3 training frames; the numbers below are those of style 1"
    assert sentence in page(run, 3)
    assert "with the looks of" not in page(run, 1)


def test_it_names_the_edits_beside_the_scored_video(tmp_path: Path) -> None:
    run = FabricatedRun(tmp_path, frames=6, clips=2)
    told = "beside it, with other labels or looks: park and no-cars, which are not scored"
    assert told in page(run, 1, ("park", "no-cars"))
    assert "other labels or looks" not in page(run, 1)
