"""Rendering a folder of controls that belongs to no dataset."""

import logging
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from vid2vid_core.config import RenderConfig
from vid2vid_core.dataset.frames import FrameReader
from vid2vid_core.dataset.layout import CONTROLS, LAYOUTS, NAMES, read_layout
from vid2vid_core.dataset.manifest import frame_rows, frame_table, write_manifest
from vid2vid_core.models.device import choose_device
from vid2vid_core.models.weights import WeightsInfo, load_generator
from vid2vid_core.render.first_frame import choose_start
from vid2vid_core.render.renderer import Renderer
from vid2vid_core.render.stand_in import find_stand_in
from vid2vid_core.shards.access import folder_name
from vid2vid_core.storage import atomic_directory

logger = logging.getLogger("vid2vid_core.render")

TABLE = "render.parquet"
"""The render table, inside the output folder."""


@dataclass(frozen=True)
class Folders:
    """Folders of one sequence, or of folders of sequences, whose files are paired by name."""

    controls: Path
    instances: Path | None
    densepose: Path | None
    images: Path | None


def render_folder(
    weights: Path,
    controls: Path,
    out_dir: Path,
    config: RenderConfig,
    *,
    instances: Path | None = None,
    densepose: Path | None = None,
    images: Path | None = None,
    fps: float = 15.0,
    device: str = "auto",
) -> None:
    """Render controls as video.

    Args:
        weights: weights.safetensors of a stage.
        controls: Folder of label images, landmark files or OpenPose files (or DensePose pictures, for weights trained
            on these alone), which make one sequence; or of folders of them, a sequence each.
        out_dir: Written anew: `<sequence>/<frame>.png`, `<sequence>.mp4`, `<sequence>.side_by_side.mp4` and
            `render.parquet`, as `render_video`'s table. A former rendering in its place is replaced.
        config: What to render. With first_frame 'real', and with 'single' and an image generator with features,
            `images` must hold the first n_frames_G - 1 frames of each sequence.
        instances: Instance images in the same folders under the same names; for weights trained with use_instance.
        densepose: DensePose pictures, likewise; for weights trained on key points and body surfaces.
        images: Real pictures, likewise. The side-by-side video shows them if every frame has one. Faces need them, and
            key points without DensePose pictures, since nothing else says how large the frames are.
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
        manifest = _manifest(Path(scratch), Folders(controls, instances, densepose, images), info)
        reader = FrameReader(manifest, info.stage.data, info.stage.controls, find_stand_in(config, info, weights))
        renderer = Renderer(generator, reader, info.label_nc, config, fps, choose_start(config, info, target))
        with atomic_directory(out_dir) as folder:
            account = renderer.render(reader.runs("test"), folder)
            facts = {"video": controls.name, "weights": str(weights), "stage": info.stage.name, "dataset": info.dataset}
            more = {"device": str(target), "fps": fps, "single": config.single, "retarget": config.retarget}
            account.write(folder / TABLE, "", facts | more)


def _require_free(out_dir: Path) -> None:
    if out_dir.is_file() or (out_dir.is_dir() and any(out_dir.iterdir()) and not (out_dir / TABLE).is_file()):
        raise ValueError(f"{out_dir}: exists and is no former rendering, so it is left alone; give another folder")


def _manifest(scratch: Path, folders: Folders, info: WeightsInfo) -> Path:
    """A manifest of the folders: they are read as the canonical layout, of which they are a part."""
    kind = info.stage.controls.kind
    mode = "street" if kind == "labels" else kind
    first = "densepose" if info.stage.controls.densepose_only else CONTROLS[mode][0]
    parts = {"densepose": folders.densepose, "instance": folders.instances, first: folders.controls}
    chosen = {column: part for column, part in parts.items() if part is not None and column in LAYOUTS[mode]}
    if kind == "pose" and not info.stage.controls.openpose_only and "densepose" not in chosen:
        raise ValueError(f"{folders.controls}: the weights read body surfaces too; give DensePose pictures (densepose)")
    sized = kind == "labels" or "densepose" in chosen
    if not sized:
        if folders.images is None:
            raise ValueError(
                f"{folders.controls}: {NAMES[first]}s do not say how large their frames are; give the frames (images)"
            )
        chosen["image"] = folders.images
    table = _listing(scratch / "controls", mode, chosen)
    if sized and folders.images is not None:  # any of them may be missing, so they are listed apart
        pictures = _listing(scratch / "images", "street", {"label": folders.images})
        files = dict(zip(zip(pictures["video"], pictures["frame"], strict=True), pictures["label"], strict=True))
        table["image"] = [files.get(key, "") for key in zip(table["video"], table["frame"], strict=True)]
        if kind == "pose":  # key points are pixels of the photographs
            for video, (width, height) in (
                pictures[pictures["valid"]].groupby("video")[["width", "height"]].first().iterrows()
            ):
                table.loc[table["video"] == video, ["width", "height"]] = width, height
    invalid = table[~table["valid"]]
    if len(invalid):
        reason = invalid["reason"].iloc[0]
        logger.warning("%s: frames cannot be used (%d); the first: %s", folders.controls, len(invalid), reason)
    places = [Path(path).parent.relative_to(folders.controls.absolute()) for path in table[first]]
    name = folders.controls.resolve().name
    table["sequence"] = [
        name if place == Path() else place.with_name(folder_name(place)).as_posix() for place in places
    ]
    manifest = scratch / "manifest.parquet"
    write_manifest(manifest, table, {"mode": mode, "label_nc": info.label_nc, "ignore": list(info.ignore)})
    return manifest


def _listing(root: Path, mode: str, folders: dict[str, Path]) -> pd.DataFrame:
    """Rows of the frames in some folders, by the column of the manifest that their files belong to.

    Files and messages name the folders as they were given, not the links under `root` through which they are listed.
    """
    root.mkdir()
    given: dict[str, Path] = {}
    for column, folder in folders.items():
        if not folder.is_dir():
            raise ValueError(f"{folder}: no such folder; give a folder of files, or of folders of files")
        link = root / f"test_{LAYOUTS[mode][column]}"
        link.symlink_to(folder.resolve())
        given[link.name] = folder.absolute()
    contents = read_layout(root, mode)
    for problem in contents.problems:
        logger.warning("%s", _as_given(problem.message, root, given))
    first = next(iter(folders))
    rows = [row for row in frame_rows(contents.table) if first in row.files]  # an instance image alone is no frame
    if not rows:
        raise ValueError(f"{folders[first]}: no {NAMES[first]} in it or in the folders below it")
    table = frame_table([row.with_files(_places(row.files, given)) for row in rows])
    table["reason"] = [_as_given(reason, root, given) for reason in table["reason"]]
    return table


def _places(files: dict[str, str], given: dict[str, Path]) -> dict[str, str]:
    """Absolute paths of files that are listed below links."""
    parts = {column: Path(path).parts for column, path in files.items()}
    return {column: str(given[link].joinpath(*below)) for column, (link, *below) in parts.items()}


def _as_given(message: str, root: Path, given: dict[str, Path]) -> str:
    """The message, in which links below `root` are called what they lead to."""
    links = "|".join(map(re.escape, given))
    return re.sub(rf"(?:{re.escape(str(root))}/)?\b({links})\b", lambda link: str(given[link[1]]), message)
