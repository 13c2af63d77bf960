"""Does the dataset give the image stage of a recipe what it asks for?"""

from collections.abc import Iterator

import numpy as np

from vid2vid_core.config import ImageStageConfig, picture_channels
from vid2vid_core.dataset.check_result import Finding, Problem
from vid2vid_core.dataset.check_schedule import shown_sizes
from vid2vid_core.dataset.geometry import Size, draw_geometry
from vid2vid_core.dataset.manifest import FrameRun, Manifest


def check_image_stage(manifest: Manifest, stage: ImageStageConfig) -> list[Problem]:
    """All problems of controls and sizes."""
    try:
        picture_channels(stage, manifest.label_nc)
        sizes = shown_sizes(manifest, stage.controls, "train")
    except ValueError as error:
        return [Problem("error", "controls", str(error))]
    return [*_instance_maps(manifest, stage), *_frame_sizes(stage, sizes)]


def _instance_maps(manifest: Manifest, stage: ImageStageConfig) -> Iterator[Problem]:
    """Frames without the instance map by which objects are told apart."""
    if stage.generator.features_of != "objects":
        return
    rows = [row for run in manifest.runs("train") for row in run.rows if not row.instance]
    if rows:
        message = (
            f"image stage '{stage.name}' tells objects apart (generator.features_of objects), but training frames have "
            f"no instance map; choose an annotate.instances that makes them, or set generator.features_of to labels"
        )
        findings = tuple(Finding(row.label, f"{row.sequence}/{row.frame}") for row in rows)
        yield Problem("error", "instances", message, findings)


def _frame_sizes(stage: ImageStageConfig, shown: dict[Size, FrameRun]) -> Iterator[Problem]:
    """Frames the geometry cannot use, and sizes the networks cannot be trained at."""
    sizes, data = stage.generator, stage.data.of_frames()
    multiple = 2 ** max(sizes.n_downsample_global + sizes.enhancers, sizes.n_downsample_E if sizes.features else 0)
    for size, run in shown.items():
        finding = Finding(run.rows[0].image, f"{run.name}: {size[0]}x{size[1]}")
        try:
            width, height = draw_geometry(data, size, np.random.default_rng(0)).size
        except ValueError as error:
            yield Problem("error", "frame-size", f"image stage '{stage.name}': {error}", (finding,))
            continue
        if width % multiple or height % multiple or min(width, height) < 2 * multiple:
            keys = [f"n_downsample_global {sizes.n_downsample_global}"]
            keys += [f"n_local_enhancers {sizes.enhancers}"] if sizes.enhancers else []
            keys += [f"n_downsample_E {sizes.n_downsample_E}"] if sizes.features else []
            message = (
                f"image stage '{stage.name}' reads frames at {width}x{height}, but its networks need multiples of "
                f"{multiple} and at least {2 * multiple} ({', '.join(keys)}); change data.loadSize, data.fineSize or "
                f"data.resize_or_crop"
            )
            yield Problem("error", "frame-size", message, (finding,))
