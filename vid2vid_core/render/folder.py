"""Rendering a folder of control images that belongs to no dataset."""

import logging
import tempfile
from pathlib import Path

import pandas as pd

from vid2vid_core.config import RenderConfig
from vid2vid_core.dataset.frames import FrameReader
from vid2vid_core.dataset.layout import read_layout
from vid2vid_core.dataset.manifest import write_manifest
from vid2vid_core.models.device import choose_device
from vid2vid_core.models.weights import WeightsInfo, load_generator
from vid2vid_core.render.first_frame import choose_start
from vid2vid_core.render.renderer import Renderer
from vid2vid_core.storage import atomic_directory

logger = logging.getLogger("vid2vid_core.render")

TABLE = "render.parquet"
"""The render table, inside the output folder."""


def render_folder(
    weights: Path,
    controls: Path,
    out_dir: Path,
    config: RenderConfig,
    *,
    instances: Path | None = None,
    images: Path | None = None,
    fps: float = 15.0,
    device: str = "auto",
) -> None:
    """Render label images as video.

    Args:
        weights: weights.safetensors of a stage.
        controls: Folder of label images, which make one sequence, or of folders of them, a sequence each.
        out_dir: Written anew: `<sequence>/<frame>.png`, `<sequence>.mp4`, `<sequence>.side_by_side.mp4` and
            `render.parquet`, as `render_video`'s table. A former rendering in its place is replaced.
        config: What to render. With first_frame 'real', and with 'single' and an image generator with features,
            `images` must hold the first n_frames_G - 1 frames of each sequence.
        instances: Instance images in the same folders under the same names; for weights trained with use_instance.
        images: Real pictures, likewise. The side-by-side video shows them if every frame has one.
        fps: Frames per second of the videos.
        device: "auto" (a GPU if there is one), or a name that torch knows.

    Raises:
        ValueError: If an input cannot be used or `out_dir` holds other files; says what to do about it.
    """
    if fps <= 0:
        raise ValueError(f"fps must be above 0, got {fps}")
    _require_free(out_dir)
    target = choose_device(device)
    generator, info = load_generator(weights, target)
    with tempfile.TemporaryDirectory() as scratch:
        manifest = _manifest(Path(scratch), controls, instances, images, info)
        reader = FrameReader(manifest, info.stage.data)
        renderer = Renderer(generator, reader, info.label_nc, config, fps, choose_start(config, info, target))
        with atomic_directory(out_dir) as folder:
            account = renderer.render(reader.runs("test"), folder)
            facts = {"video": controls.name, "weights": str(weights), "stage": info.stage.name, "dataset": info.dataset}
            account.write(folder / TABLE, "", facts | {"device": str(target), "fps": fps, "single": config.single})


def _require_free(out_dir: Path) -> None:
    if out_dir.is_file() or (out_dir.is_dir() and any(out_dir.iterdir()) and not (out_dir / TABLE).is_file()):
        raise ValueError(f"{out_dir}: exists and is no former rendering, so it is left alone; give another folder")


def _manifest(scratch: Path, controls: Path, instances: Path | None, images: Path | None, info: WeightsInfo) -> Path:
    """A manifest of the folders: they are read as the canonical layout, of which they are a part."""
    table = _listing(scratch / "controls", {"A": controls, "inst": instances})
    if images is not None:
        pictures = _listing(scratch / "images", {"A": images})  # any of them may be missing, so they are listed apart
        files = dict(zip(zip(pictures["video"], pictures["frame"], strict=True), pictures["label"], strict=True))
        table["image"] = [files.get(key, "") for key in zip(table["video"], table["frame"], strict=True)]
    invalid = table[~table["valid"]]
    if len(invalid):
        logger.warning("%s: %d frames cannot be used; the first: %s", controls, len(invalid), invalid["reason"].iloc[0])
    folders = [Path(label).parent.relative_to(scratch / "controls" / "test_A") for label in table["label"]]
    table["sequence"] = [controls.resolve().name if folder == Path() else folder.as_posix() for folder in folders]
    manifest = scratch / "manifest.parquet"
    write_manifest(manifest, table, {"label_nc": info.label_nc, "ignore": list(info.ignore)})
    return manifest


def _listing(root: Path, folders: dict[str, Path | None]) -> pd.DataFrame:
    """Rows of the frames in some folders, by the ending that their kind has in the canonical layout."""
    root.mkdir()
    for ending, folder in folders.items():
        if folder is not None and not folder.is_dir():
            raise ValueError(f"{folder}: no such folder; give a folder of images, or of folders of images")
        if folder is not None:
            (root / f"test_{ending}").symlink_to(folder.resolve())
    contents = read_layout(root)
    for problem in contents.problems:
        logger.warning("%s", problem.message)
    table = contents.table
    for kind in ("image", "label", "instance"):
        table[kind] = [str(root / path) if path else "" for path in table[kind]]
    table = table[table["label"] != ""].reset_index(drop=True)  # an instance image alone is no frame
    if table.empty:
        raise ValueError(f"{folders['A']}: no image in it or in the folders below it")
    return table
