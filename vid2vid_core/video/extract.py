"""Running that command: pictures into a folder; times, source numbers and cuts into memory."""

import logging
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from vid2vid_core.config.dataset import FramesConfig
from vid2vid_core.video.ffmpeg import output_error, rate
from vid2vid_core.video.ffmpeg_log import FfmpegLog
from vid2vid_core.video.graph import decode_command, written_size
from vid2vid_core.video.probe import UnreadableVideo, VideoInfo
from vid2vid_core.video.selection import Selection, resample
from vid2vid_core.video.shots import detection_size, find_cuts

logger = logging.getLogger("vid2vid_core.video")


@dataclass(frozen=True, slots=True)
class Extracted:
    """The frames that lie in the folder as `000000.png`, ...; entry k belongs to file k."""

    numbers: list[int]
    """Number of the source frame that is shown, from 0; with a higher rate some repeat."""
    times: list[float]
    """Presentation time, seconds from the beginning of the file."""
    cuts: list[int]
    """Positions in these lists that begin a new shot."""
    size: tuple[int, int]
    """Width and height, pixels."""
    fps: float
    """Mean rate."""


def extract_frames(info: VideoInfo, selection: Selection, folder: Path, config: FramesConfig) -> Extracted:
    """Decode a video once into numbered pictures in `folder`.

    Raises:
        UnreadableVideo: If no frame can be decoded, or the file is damaged or cut off.
        OSError: If the pictures cannot be written.
        RuntimeError: If ffmpeg was killed or ran out of memory.
    """
    log = FfmpegLog()
    cuts, returncode = _run(decode_command(info, selection, config), folder, info, selection, config, log)
    _judge(log, returncode, info.path, folder)
    source = _times(log, info.path)
    numbers = selection.positions([float(time) for time in source])
    if not numbers:
        raise UnreadableVideo(
            f"{info.path}: none of its {len(source)} decoded frames is in the part asked for: {selection}"
        )
    times = [source[number] for number in numbers]
    num_files = sum(1 for _ in folder.iterdir())
    if config.fps is not None:
        grid = Fraction(rate(config.fps))
        points, shown = resample([time * grid for time in times], num_files)
        numbers, times = [numbers[index] for index in shown], [point / grid for point in points]
    if len(numbers) != num_files:
        raise OSError(f"{folder}: {num_files} frames of {info.path} have arrived there, {len(numbers)} were decoded")
    size = config.scale or (config.crop[2:] if config.crop else log.size)
    return Extracted(numbers, [float(time) for time in times], cuts, size, _mean_rate(times, info, config))


def _run(
    command: list[str], folder: Path, info: VideoInfo, selection: Selection, config: FramesConfig, log: FfmpegLog
) -> tuple[list[int], int]:
    """Run ffmpeg to its end; returns the cuts and its exit status.

    Its two pipes are read by two threads: one alone would wait for ever as soon as the other pipe is full.
    """
    logger.info("running %s", " ".join(command))
    threshold = config.shot_threshold
    stdout = subprocess.DEVNULL if threshold is None else subprocess.PIPE
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE)
    try:
        with ThreadPoolExecutor(1) as pool:
            size = detection_size(*written_size(info, config))
            cuts = None if threshold is None else pool.submit(_cuts, process, size, threshold)
            expected = round((info.duration or 0) * info.fps) or None
            with tqdm(total=expected, unit="frame", desc=Path(info.path).name, disable=None, leave=False) as bar:
                for line in process.stderr:  # type: ignore[union-attr]
                    bar.update(log.add(line.decode(errors="replace")))
            return cuts.result() if cuts else [], process.wait()
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def _cuts(process: subprocess.Popen[bytes], size: tuple[int, int], threshold: float) -> list[int]:
    """Find the cuts while ffmpeg decodes; if that fails ffmpeg is ended, since nobody empties its pipe any more."""
    try:
        return find_cuts(_frames(process, size), threshold)
    except BaseException:
        process.kill()
        raise


def _frames(process: subprocess.Popen[bytes], size: tuple[int, int]) -> Iterator[npt.NDArray[Any]]:
    width, height = size
    while len(data := process.stdout.read(width * height * 3)) == width * height * 3:  # type: ignore[union-attr]
        yield np.frombuffer(data, np.uint8).reshape(height, width, 3)


def _judge(log: FfmpegLog, returncode: int, path: str, folder: Path) -> None:
    """Tell a bad video from a bad disk and from a bad day of ffmpeg; returns only if all went well."""
    said = "; ".join(list(dict.fromkeys(log.damage or log.errors))[:3]) or "nothing"
    if log.output_errors:
        raise output_error(folder, "\n".join(log.output_errors))
    if returncode < 0:
        raise RuntimeError(f"{path}: ffmpeg was ended by signal {-returncode}; is there enough memory?")
    if any("Cannot allocate memory" in error for error in log.errors):
        raise RuntimeError(f"{path}: ffmpeg ran out of memory ({said})")
    readable = len(log.ticks)
    if readable == 0:
        raise UnreadableVideo(f"{path}: no frame can be decoded; ffmpeg says: {said}")
    if log.damage or returncode != 0:
        raise UnreadableVideo(
            f"{path}: cut off or damaged: only {readable} frames could be read, some of them perhaps in part; "
            f"ffmpeg says: {said}"
        )
    if log.num_starts > 1:
        raise UnreadableVideo(f"{path}: its picture size or format changes half-way; convert it to one size first")
    if log.errors:
        logger.warning("%s: decoded in full, but ffmpeg says: %s", path, said)


def _mean_rate(times: list[Fraction], info: VideoInfo, config: FramesConfig) -> float:
    """Frames per second over the part that was taken; of a single frame the video's nominal rate."""
    length = times[-1] - times[0]
    return config.fps or (float((len(times) - 1) / length) if length > 0 else info.fps)


def _times(log: FfmpegLog, path: str) -> list[Fraction]:
    """Exact presentation times in seconds."""
    times = [tick * log.time_base for tick in log.ticks if tick is not None]
    if len(times) < len(log.ticks):
        raise UnreadableVideo(f"{path}: frame {log.ticks.index(None)} has no presentation time; convert it to MP4")
    return times
