"""The frames stage of one source: pictures in a folder for every shot, and one table."""

import logging
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from vid2vid_core.config.dataset import FramesConfig
from vid2vid_core.config.sources import Source
from vid2vid_core.storage import atomic_directory
from vid2vid_core.video.extract import Extracted, extract_frames
from vid2vid_core.video.folder import copy_folder, list_in_place
from vid2vid_core.video.frame_table import FrameRow, FrameTable, sequence_id
from vid2vid_core.video.probe import UnreadableVideo, VideoInfo, probe
from vid2vid_core.video.selection import Selection
from vid2vid_core.video.shots import split_shots

logger = logging.getLogger("vid2vid_core.video")


def decode_frames(source: Source, out_dir: Path, table: Path, config: FramesConfig) -> None:
    """Write the frames of a source to `out_dir/<sequence>/<frame>.<ending>` and describe them in `table`.

    A video or folder that cannot be used is quarantined: no exception, an empty folder, a table without rows whose
    metadata give the reason. A layout used in place leaves the folder empty too; its rows hold absolute paths.

    Args:
        source: What to decode. Of a video the frames from `start_frame` on that are shown from `start` (s) on and
            before `end` (s) are taken, and of these the first `max_frames`; a folder's times follow from `folder_fps`.
        out_dir: Made anew.
        table: The Parquet file; pictures are named relative to its folder.
        config: Rate, crop, scale, format and shot cuts.

    Raises:
        OSError: If the output cannot be written.
        ValueError: If an option makes no sense for this kind of source.
    """
    base = Path(os.path.relpath(out_dir, table.parent))
    try:
        with atomic_directory(out_dir) as temporary:
            frames = _decode(source, temporary, base, config)
    except UnreadableVideo as error:
        logger.warning("quarantined: %s", error)
        with atomic_directory(out_dir):
            frames = FrameTable(source, quarantined=str(error))
    frames.write(table)
    logger.info("%s: %d frames, %d sequences", source.id, len(frames.rows), len({row.sequence for row in frames.rows}))


def _decode(source: Source, folder: Path, base: Path, config: FramesConfig) -> FrameTable:
    """Fill `folder`; `base` is its final place, relative to the table."""
    if source.kind == "video":
        info = probe(source.path)
        _check_crop(info, config)
        extracted = extract_frames(info, Selection.of(source), folder, config)
        rows = _rows(source.id, extracted, folder, base, config)
        return FrameTable(source, rows, extracted.fps, info.rotation)
    rows = list_in_place(source, config) if source.kind == "layout" else copy_folder(source, folder, base, config)
    return FrameTable(source, rows, config.fps or config.folder_fps)


def _check_crop(info: VideoInfo, config: FramesConfig) -> None:
    if config.crop is None:
        return
    x, y, width, height = config.crop
    if x + width > info.width or y + height > info.height:
        raise UnreadableVideo(
            f"{info.path}: frames.crop {list(config.crop)} (x, y, width, height) does not fit into its frames of "
            f"{info.width}x{info.height} pixels"
        )


def _rows(video: str, extracted: Extracted, folder: Path, base: Path, config: FramesConfig) -> list[FrameRow]:
    """Move the numbered pictures into a folder for every shot, under the number of their source frame."""
    stems = list(_stems(extracted.numbers))
    rows = []
    for shot, positions in enumerate(split_shots(len(stems), extracted.cuts)):
        sequence = sequence_id(video, shot)
        (folder / sequence).mkdir()
        reason = ""
        if len(positions) < config.min_shot_frames:
            reason = f"its shot of {len(positions)} frames is shorter than min_shot_frames ({config.min_shot_frames})"
        for position in positions:
            name = f"{stems[position]}.{config.image_format}"
            (folder / f"{position:06d}.{config.image_format}").rename(folder / sequence / name)
            number, time = extracted.numbers[position], extracted.times[position]
            image = str(base / sequence / name)
            rows.append(FrameRow(sequence, stems[position], number, time, image, *extracted.size, reason))
    return rows


def _stems(numbers: list[int]) -> Iterator[str]:
    """File stems: the source frame's number; one repeated for a higher rate gets r1, r2, ... so that names differ."""
    repeats = Counter[int]()
    for number in numbers:
        yield f"{number:06d}" + (f"r{repeats[number]}" if repeats[number] else "")
        repeats[number] += 1
