"""The checker's result as one self-contained HTML page, with pictures of the offending files."""

import base64
import html
import io
from collections.abc import Iterator
from pathlib import Path
from string import Template

import numpy as np
from PIL import Image

from vid2vid_core.dataset.check_result import CheckResult, Finding, Problem, counted
from vid2vid_core.dataset.palette import colourise
from vid2vid_core.dataset.pictures import ID_MODES
from vid2vid_core.shards.access import open_stream
from vid2vid_core.storage import atomic_file

_PICTURES = 12
"""Findings shown as pictures, per problem."""
_LISTED = 500
"""Findings listed by name, per problem; the JSON file holds all."""
_THUMB_WIDTH = 240
_WRONG = np.array([255, 0, 170])
"""Colour of pixels whose id is not allowed."""
_TEMPLATE = Path(__file__).with_name("check_page.html")


def write_check_page(result: CheckResult, path: Path) -> None:
    """Write the page; files that can be shown are shown, label maps in colour with forbidden ids in bright pink."""
    verdict = result.verdict() if result.errors else "ready to train"
    if result.warnings and not result.errors:
        verdict += f", {counted(len(result.warnings), 'warning')}"
    page = Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        title=html.escape(result.dataset),
        state="error" if result.errors else "warning" if result.warnings else "good",
        verdict=verdict,
        root=html.escape(result.root),
        tiles="".join(_tiles(result)),
        problems="".join(_card(problem, result) for problem in result.problems) or _nothing_found(),
    )
    with atomic_file(path) as temporary:
        temporary.write_text(page, encoding="utf-8")


def _tiles(result: CheckResult) -> Iterator[str]:
    for split, count in result.splits.items():
        lost = count["frames"] - count["valid_frames"]
        more = f"{counted(count['sequences'], 'sequence')}, {counted(count['files'], 'file')} read"
        yield _tile(f"{split} frames", f"{count['valid_frames']:,}", more + (f", {lost:,} left out" if lost else ""))
    if result.label_nc:
        ignored = ", ".join(map(str, result.ignore))
        yield _tile("labels", f"0 .. {result.label_nc - 1}", f"ignored: {ignored}" if ignored else "none ignored")
    else:
        yield _tile("controls", {"face": "faces", "pose": "poses"}[result.mode], "drawn from files")
    yield _tile("recipe", result.recipe or "none", "" if result.recipe else "lengths and sizes were not judged")


def _tile(name: str, value: str, more: str) -> str:
    return f"<div class=tile><small>{name}</small><b>{html.escape(value)}</b><small>{html.escape(more)}</small></div>"


def _nothing_found() -> str:
    return "<p class=nothing>Every file was read, and there is nothing to object to.</p>"


def _card(problem: Problem, result: CheckResult) -> str:
    shown = "".join(_figure(finding, problem, result) for finding in problem.findings[:_PICTURES])
    return (
        f'<section class="{problem.severity}"><h2><span>{problem.severity}</span> {html.escape(problem.code)}</h2>'
        f"<p>{html.escape(problem.message)}.</p><div class=grid>{shown}</div>{_listing(problem)}</section>"
    )


def _listing(problem: Problem) -> str:
    count = len(problem.findings)
    if count <= _PICTURES:
        return ""
    items = "".join(f"<li>{_caption(finding)}</li>" for finding in problem.findings[:_LISTED])
    rest = f"<li>... and {count - _LISTED:,} more, all in the JSON file</li>" if count > _LISTED else ""
    return f"<details><summary>All {count:,}</summary><ol>{items}{rest}</ol></details>"


def _caption(finding: Finding) -> str:
    beside = f" <i>beside</i> <code>{html.escape(finding.partner)}</code>" if finding.partner else ""
    detail = f"<br>{html.escape(finding.detail)}" if finding.detail else ""
    return f"<code>{html.escape(finding.file)}</code>{beside}{detail}"


def _figure(finding: Finding, problem: Problem, result: CheckResult) -> str:
    files = [name for name in (finding.file, finding.partner) if name]
    pictures = "".join(_thumbnail(Path(result.root) / name, problem, result) for name in files)
    return f"<figure><div class=pictures>{pictures}</div><figcaption>{_caption(finding)}</figcaption></figure>"


def _thumbnail(path: Path, problem: Problem, result: CheckResult) -> str:
    """An <img> of the file, or a box that says that there is nothing to see."""
    try:
        with open_stream(path) as stream, Image.open(stream) as image:
            image.load()
            width = min(_THUMB_WIDTH, image.width)
            size = (width, max(1, round(image.height * width / image.width)))
            ids = result.label_nc > 0 and image.mode in ID_MODES
            if ids and not problem.code.startswith(("leak", "sequence-size", "too-short", "photo")):
                small = _coloured(image.resize(size, Image.Resampling.NEAREST), problem, result)
            else:
                small = image.convert("RGB").resize(size, Image.Resampling.BICUBIC)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return "<div class=blank>no picture</div>"
    buffer = io.BytesIO()
    small.save(buffer, "PNG" if ids else "JPEG", quality=80)
    encoded = base64.b64encode(buffer.getvalue()).decode()
    kind = "png" if ids else "jpeg"
    return f'<img alt="{html.escape(path.name)}" src="data:image/{kind};base64,{encoded}">'


def _coloured(ids: Image.Image, problem: Problem, result: CheckResult) -> Image.Image:
    """Ids in colour. Where ids outside the range are the problem, they are pink and the rest is dimmed."""
    values = np.asarray(ids).astype(np.int64)
    if problem.code.startswith("instance"):
        return Image.fromarray(colourise(values * 37 % 256, 256))
    allowed = (values >= 0) & (values < result.label_nc)
    colours = colourise(values, result.label_nc)
    if problem.code == "label-range":
        wrong = ~allowed & ~np.isin(values, result.ignore)
        colours = np.where(wrong[..., None], _WRONG, colours // 2 + 90)
    return Image.fromarray(colours.astype(np.uint8))
