"""Reading of id images (labels, instances) and bringing them to the size of the frames, by nearest neighbour only."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vid2vid_core.config.sources import IMAGE_ENDINGS
from vid2vid_core.shards.access import file_names, is_folder, open_stream

Ids = NDArray[np.integer]
_LOSSY = (".jpg", ".jpeg")


def index_folder(folder: Path) -> dict[str, Path]:
    """Image files of a folder by stem.

    Raises:
        ValueError: no folder, or two images with the same stem.
    """
    if not is_folder(folder):
        raise ValueError(f"{folder}: no such folder of images")
    found: dict[str, Path] = {}
    for file in sorted(folder / name for name in file_names(folder)):
        if file.suffix.lower() not in IMAGE_ENDINGS:
            continue
        if file.stem in found:
            raise ValueError(f"{folder}: '{found[file.stem].name}' and '{file.name}' both name frame '{file.stem}'")
        found[file.stem] = file
    return found


def picture_size(folder: Path) -> tuple[int, int]:
    """Width and height of the first picture of a folder. Raises ValueError if there is none, or it cannot be read."""
    from PIL import Image, UnidentifiedImageError

    file = next(iter(index_folder(folder).values()), None)
    if file is None:
        raise ValueError(f"{folder}: no images in it (endings looked for: {', '.join(IMAGE_ENDINGS)})")
    try:
        with open_stream(file) as stream, Image.open(stream) as image:
            return image.size
    except (OSError, UnidentifiedImageError) as error:
        raise ValueError(f"{file}: not a readable image ({error})") from error


def read_ids(file: Path) -> Ids:
    """Read (H, W) ids, 8 or 16 bit; of a palette image the indices.

    Raises:
        ValueError: unreadable file, JPEG (lossy) or several channels.
    """
    # Pillow, because OpenCV replaces palette indices by colours.
    from PIL import Image, UnidentifiedImageError

    if file.suffix.lower() in _LOSSY:
        raise ValueError(f"{file}: JPEG changes ids; store label images as PNG")
    try:
        with open_stream(file) as stream, Image.open(stream) as image:
            mode = image.mode
            pixels = np.asarray(image)
    except (OSError, UnidentifiedImageError, SyntaxError) as error:
        raise ValueError(f"{file}: not a readable image ({error})") from error
    if pixels.ndim != 2 or not (mode in ("1", "L", "P") or mode.startswith("I")):
        raise ValueError(
            f"{file}: a label image must hold ids in one channel (8-bit grey, 16-bit grey or palette), "
            f"found colour mode {mode}; convert its colours to ids first"
        )
    if pixels.dtype == np.bool_:
        return pixels.astype(np.uint8)
    if pixels.size and not 0 <= pixels.min() <= pixels.max() <= 65535:
        raise ValueError(f"{file}: ids must be 0..65535, found {pixels.min()}..{pixels.max()}")
    return pixels if pixels.dtype == np.uint8 else pixels.astype(np.uint16)


def write_ids(file: Path, ids: Ids) -> None:
    """Write (H, W) uint8 or uint16 ids as a PNG of that depth. Raises OSError, such as for a full disk."""
    ok, encoded = cv2.imencode(".png", ids)
    if not ok:
        raise ValueError(f"{file}: ids of shape {ids.shape} and type {ids.dtype} cannot be written as PNG")
    file.write_bytes(encoded.tobytes())


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where the frames lie in their source: a crop of it, scaled."""

    source: tuple[int, int]
    """Width and height of the source, pixels."""
    crop: tuple[int, int, int, int] | None
    """x, y, width, height in source pixels; None for all of it."""
    frame: tuple[int, int]
    """Width and height of the frames, pixels."""

    def place(self, ids: Ids, origin: str) -> Ids:
        """The ids (h, w) of a whole source picture, of any size with its aspect ratio, as seen in the frame (H, W).

        Every frame pixel takes the id at its own centre, in one step from the file to the frame.

        Raises:
            ValueError: naming `origin`, if the aspect ratio is another one.
        """
        height, width = ids.shape
        source_width, source_height = self.source
        # One pixel of rounding on the shorter side is allowed.
        if abs(width * source_height - height * source_width) > max(self.source):
            raise ValueError(
                f"{origin}: {width}x{height} pixels, but the pictures are {source_width}x{source_height}: another "
                "aspect ratio; labels must cover exactly the same view"
            )
        x, y, crop_width, crop_height = self.crop or (0, 0, source_width, source_height)
        columns = _nearest(x, crop_width, self.frame[0], source_width, width)
        rows = _nearest(y, crop_height, self.frame[1], source_height, height)
        return ids[rows[:, None], columns[None, :]]

    def place_points(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points (..., 2) x and y of a source picture, in pixels of the frame; integers are centres of pixels."""
        corner, size = np.array(self.crop or (0, 0, *self.source), np.float64).reshape(2, 2)
        return (points - corner + 0.5) * self.frame / size - 0.5


def _nearest(start: int, length: int, out: int, source: int, limit: int) -> NDArray[np.int64]:
    """Index, below `limit`, of the id pixel under the centre of each of `out` pixels.

    They span `length` of the `source` pixels from `start`; the `limit` id pixels span all of them. In whole
    numbers, so that no centre falls on the wrong side of an edge.
    """
    doubled = 2 * start * out + (2 * np.arange(out, dtype=np.int64) + 1) * length  # centres, in 1 / (2 out) pixels
    return np.minimum(doubled * limit // (2 * out * source), limit - 1)
