"""The frames stage for folders of images: copied, or listed where they lie."""

import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from vid2vid_core.config.dataset import FramesConfig
from vid2vid_core.config.sources import IMAGE_ENDINGS, Source, natural_key
from vid2vid_core.shards.access import file_names
from vid2vid_core.shards.shard import DamagedShardError
from vid2vid_core.video.frame_table import FrameRow, sequence_id
from vid2vid_core.video.images import Outcome, bring_image, measure_image
from vid2vid_core.video.probe import UnreadableVideo
from vid2vid_core.video.selection import Selection, resample


def copy_folder(source: Source, folder: Path, base: Path, config: FramesConfig) -> list[FrameRow]:
    """Bring the images of a folder into `folder/<sequence>`: hard-linked if nothing changes, else written anew.

    Frames keep the stem of their image; images that cannot be read or differ in size become invalid rows.

    Args:
        source: A folder, sorted naturally (frame_9 before frame_10); it is one sequence.
        folder: Where to write.
        base: Its final place, relative to the table.
        config: Crop, scale, format and the rate to assume.

    Raises:
        UnreadableVideo: If the folder holds no image, mixes endings, or holds two images of one stem.
        ValueError: If it would have to be resampled to a higher rate.
    """
    if config.fps is not None and config.fps > config.folder_fps:
        raise ValueError(
            f"frames.fps ({config.fps}) must be <= frames.folder_fps ({config.folder_fps}) for the folder of images "
            f"{source.path}: images are not repeated"
        )
    sequence = sequence_id(source.id, 0)
    (folder / sequence).mkdir()
    images = list_images(Path(source.path))
    taken = _resampled(_chosen(source, len(images), config), config)
    names = [f"{images[number].stem}.{config.image_format}" for number, _ in taken]
    jobs = [(images[number], folder / sequence / name) for (number, _), name in zip(taken, names, strict=True)]
    results = _parallel(lambda job: bring_image(job[0], job[1], config), jobs, source)
    rows = []
    for (number, time), name, (size, problem) in zip(taken, names, _same_size(results), strict=True):
        if problem:
            (folder / sequence / name).unlink(missing_ok=True)
        image = "" if problem else str(base / sequence / name)
        written = size if problem else config.scale or (config.crop[2:] if config.crop else size)
        rows.append(FrameRow(sequence, images[number].stem, number, time, image, *written, problem))
    return rows


def list_in_place(source: Source, config: FramesConfig) -> list[FrameRow]:
    """List the photographs of one sequence of an existing layout, with absolute paths; nothing is written.

    Raises:
        UnreadableVideo: As `copy_folder`.
        ValueError: If the frames are to be resampled, cropped or scaled, which needs a copy.
    """
    asked = [key for key in ("fps", "crop", "scale") if getattr(config, key) is not None]
    if asked:
        raise ValueError(
            f"frames.{asked[0]} has no effect on a layout, which is used in place ({source.path}); "
            "take it out, or list the folders under `videos`"
        )
    images = list_images(Path(source.path))
    taken = _chosen(source, len(images), config)
    results = _parallel(measure_image, [images[number] for number, _ in taken], source)
    sequence = sequence_id(source.id, 0)
    return [
        FrameRow(sequence, images[number].stem, number, time, str(images[number].absolute()), *size, problem)
        for (number, time), (size, problem) in zip(taken, _same_size(results), strict=True)
    ]


def list_images(folder: Path) -> list[Path]:
    """The images of a folder in natural order; hidden files and other endings do not count.

    Raises:
        UnreadableVideo: If it cannot be read, holds no image, mixes endings, or holds two images of one stem.
    """
    try:
        files = (folder / name for name in file_names(folder))
        images = [file for file in files if file.suffix.lower() in IMAGE_ENDINGS]
    except OSError as error:
        raise UnreadableVideo(f"{folder}: cannot be read as a folder of images ({error.strerror})") from error
    except DamagedShardError as error:
        raise UnreadableVideo(str(error)) from error
    images = sorted(
        (file for file in images if not file.name.startswith(".")), key=lambda file: natural_key(Path(file.name))
    )
    if not images:
        raise UnreadableVideo(f"{folder}: holds no image (endings: {', '.join(IMAGE_ENDINGS)})")
    stems = Counter(image.stem for image in images)
    twice = sorted(image.name for image in images if stems[image.stem] > 1)
    if twice:
        raise UnreadableVideo(f"{folder}: two images of one frame: {', '.join(twice[:4])}; keep one of them")
    endings = Counter(image.suffix.lower() for image in images)
    if len(endings) > 1:
        counts = ", ".join(f"{count} {ending}" for ending, count in endings.most_common())
        raise UnreadableVideo(f"{folder}: mixes images of different endings ({counts}); keep the frames alone in it")
    return images


def _chosen(source: Source, num_images: int, config: FramesConfig) -> list[tuple[int, float]]:
    """Number and time of the images that the source asks for."""
    times = [index / config.folder_fps for index in range(num_images)]
    chosen = Selection.of(source).positions(times)
    if not chosen:
        raise UnreadableVideo(
            f"{source.path}: none of its {num_images} images is in the part asked for: {Selection.of(source)}"
        )
    return [(number, times[number]) for number in chosen]


def _resampled(frames: list[tuple[int, float]], config: FramesConfig) -> list[tuple[int, float]]:
    """Fewer frames, on the grid of `fps`, as ffmpeg would choose them from a video."""
    if config.fps is None:
        return frames
    grid = Fraction(config.fps)
    ticks = [number * grid / Fraction(config.folder_fps) for number, _ in frames]
    points, shown = resample(ticks, round(ticks[-1] - ticks[0]) + 1)
    return [(frames[index][0], point / config.fps) for point, index in zip(points, shown, strict=True)]


def _parallel(work: Callable[[Any], Outcome], jobs: list[Any], source: Source) -> list[Outcome]:
    """Do the jobs on all processors (OpenCV lets threads run side by side), with a progress bar."""
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        bar = partial(tqdm, total=len(jobs), unit="image", desc=source.id, disable=None, leave=False)
        return list(bar(pool.map(work, jobs)))


def _same_size(results: list[Outcome]) -> list[Outcome]:
    """Mark what differs in size from the first readable image."""
    first = next((size for size, problem in results if not problem), None)
    marked = []
    for size, problem in results:
        if not problem and size != first:
            problem = f"its size {size[0]}x{size[1]} differs from the {first[0]}x{first[1]} of the first image"  # type: ignore[index]
        marked.append((size, problem))
    return marked
