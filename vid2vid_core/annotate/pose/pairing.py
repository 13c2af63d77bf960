"""Which file of a folder belongs to which frame, as OpenPose, DensePose and people name them."""

import re
from collections.abc import Collection, Sequence
from pathlib import Path

from vid2vid_core.annotate.segmenter import Frame
from vid2vid_core.shards.access import file_names, is_folder

_TOOLS = re.compile(r"(_keypoints|_IUV|_rendered)$")
"""What tools append to the name."""
_NUMBER = re.compile(r"(?:^|_)([0-9]+)$")


def pair_files(folder: Path, endings: Collection[str], frames: Sequence[Frame], numbered: bool) -> dict[str, Path]:
    """Files of a folder by frame name.

    A file belongs to the frame it is named like; `_keypoints` and `_IUV` at the end of its name do not count. For a
    video it may also bear the number of the source frame, from 0, as OpenPose writes: `VIDEO_000000000012_keypoints`.

    Args:
        folder: read without its sub-folders.
        endings: in small letters, with their dot.
        frames: all of the video.
        numbered: whether numbers of frames count: for a video, not for a folder of pictures.

    Raises:
        ValueError: no such folder, or two files for one frame.
    """
    if not is_folder(folder):
        raise ValueError(f"{folder}: no such folder")
    by_name = {frame.name: frame.name for frame in frames}
    by_number = {frame.number: frame.name for frame in frames} if numbered else {}
    found: dict[str, Path] = {}
    for file in _listed(folder, endings):
        stem = _TOOLS.sub("", file.stem)
        number = _NUMBER.search(stem)
        name = by_name.get(file.stem) or by_name.get(stem) or (by_number.get(int(number[1])) if number else None)
        if name is None:
            continue
        if name in found:
            raise ValueError(
                f"{folder}: '{found[name].name}' and '{file.name}' both belong to frame '{name}'; keep one of them"
            )
        found[name] = file
    return found


def refuse_unpaired(found: dict[str, Path], folder: Path, endings: Collection[str], frames: Sequence[Frame]) -> None:
    """Raises ValueError if there are frames, and none has a file: then the names are meant otherwise."""
    if found or not frames:
        return
    files = _listed(folder, endings)
    if not files:
        raise ValueError(f"{folder}: no files in it with one of the endings {', '.join(sorted(endings))}")
    raise ValueError(
        f"{folder}: none of its {len(files)} files belongs to a frame; frames are named like '{frames[0].name}', "
        f"these like '{files[0].name}'. Name each file like its frame"
    )


def _listed(folder: Path, endings: Collection[str]) -> list[Path]:
    files = sorted(folder / name for name in file_names(folder))
    return [file for file in files if file.suffix.lower() in endings]
