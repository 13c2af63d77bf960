"""Rendering the test sequences of a video with the weights of a trained stage."""

import os
from pathlib import Path

from vid2vid_core.config import RenderConfig
from vid2vid_core.dataset.frames import FrameReader
from vid2vid_core.dataset.manifest import Manifest
from vid2vid_core.models.device import choose_device
from vid2vid_core.models.weights import load_generator
from vid2vid_core.render.first_frame import choose_start
from vid2vid_core.render.renderer import Renderer
from vid2vid_core.render.stand_in import find_stand_in
from vid2vid_core.storage import atomic_directory


def render_video(
    weights: Path, manifest: Path, video: str, out_dir: Path, table: Path, config: RenderConfig, device: str = "auto"
) -> None:
    """Render every test sequence of one video.

    A quarantined video, and a sequence shorter than tG frames, give no picture; they are named in the log and in the
    table's metadata.

    Args:
        weights: weights.safetensors of a stage.
        manifest: Manifest of the dataset.
        video: One of its test videos.
        out_dir: Becomes the folder of the pictures and videos; replaced if it exists.
        table: Written last. One row a generated frame: video, sequence, part (0, and one more after each gap of invalid
            frames), frame, output (path from the table's folder), width, height. Metadata: video, weights, stage,
            dataset, device, fps, first_frame, single (weights of its generator), styles ([{frame, share}], see
            `models.styles.Style`; the rows are those of the first), retarget, seconds_per_frame, skipped
            ([{sequence, frames, reason}]).
        config: What to render.
        device: "auto" (a GPU if there is one), or a name that torch knows.

    Raises:
        ValueError: If weights, manifest or a frame cannot be used; says what to do about it.
    """
    target = choose_device(device)
    generator, info = load_generator(weights, target)
    reader = FrameReader(manifest, info.stage.data, info.stage.controls, find_stand_in(config, info, weights))
    if reader.manifest.label_nc != info.label_nc:
        raise ValueError(
            f"{weights} was trained with {info.label_nc} labels (dataset '{info.dataset}'), {manifest} has "
            f"{reader.manifest.label_nc}; render with weights that were trained on a dataset of the same labels"
        )
    start = choose_start(config, info, target)
    runs = reader.runs("test", video)
    lost = "" if runs else _why_empty(reader.manifest, manifest, video)
    fps = float(reader.manifest.metadata["fps"].get(video, 0)) if runs else 0.0
    with atomic_directory(out_dir) as folder:
        account = Renderer(generator, reader, info.label_nc, config, fps, start).render(runs, folder)
        if lost:
            account.skip(video, 0, lost)
    prefix = os.path.relpath(out_dir.absolute(), table.parent.absolute())
    facts = {"video": video, "weights": str(weights), "stage": info.stage.name, "dataset": info.dataset, "fps": fps}
    more = {"device": str(target), "single": config.single, "retarget": config.retarget}
    account.write(table, f"{prefix}/", facts | more)


def _why_empty(manifest: Manifest, path: Path, video: str) -> str:
    """Why a video has no usable test frame. Raises ValueError if it is none of the test videos."""
    quarantined = manifest.metadata.get("quarantined", {}).get(video)
    if quarantined:
        return f"quarantined: {quarantined}"
    rows = manifest.table[manifest.table["video"] == video]
    tests = rows[rows["split"] == "test"]
    if tests.empty:
        known = sorted(manifest.table.loc[manifest.table["split"] == "test", "video"].unique())
        found = "only training frames" if len(rows) else "no frames"
        raise ValueError(f"{path} has {found} of video '{video}'; its test videos: {', '.join(known) or 'none'}")
    return f"none of its {len(tests)} frames is valid; the first: {tests['reason'].iloc[0]}"
