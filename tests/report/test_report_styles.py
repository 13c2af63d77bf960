"""What the page says of videos that were rendered in several styles."""

from pathlib import Path

from fabricated import FabricatedRun

from vid2vid_core.report.page import build_report
from vid2vid_core.storage import read_table, write_table


def page(run: FabricatedRun, styles: int) -> str:
    for table in (run.run_dir / "render").glob("*.parquet"):
        rows, metadata = read_table(table)
        chosen = [{"frame": number, "share": 1 / styles} for number in range(styles)]
        write_table(table, rows, metadata | {"first_frame": "single", "styles": chosen})
    build_report(*run.arguments())
    return run.arguments()[2].read_text(encoding="utf-8")


def test_it_says_which_style_the_numbers_are_of(tmp_path: Path) -> None:
    run = FabricatedRun(tmp_path, frames=6, clips=2)
    sentence = "with the looks of 3 training frames; the numbers below are those of style 1"
    assert sentence in page(run, 3)
    assert "with the looks of" not in page(run, 1)
