"""Arrays as pictures inside the page: shrinking, data URIs, and colours for flow, confidence and instances."""

import base64
import math
from pathlib import Path

import cv2
import numpy as np


def read_trained(path: Path) -> np.ndarray:
    """A picture (H, W, 3) uint8 RGB that a training has left. Raises ValueError if it cannot be read."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if image is None:
        raise ValueError(f"{path}: not a readable picture; run `snakemake train` again")
    return np.asarray(image)


def shrink(image: np.ndarray, width: int, *, nearest: bool = False) -> np.ndarray:
    """`image` (H, W) or (H, W, C) at most `width` pixels wide, aspect kept; ids need `nearest`."""
    if image.shape[1] <= width:
        return image
    height = max(1, round(image.shape[0] * width / image.shape[1]))
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_NEAREST if nearest else cv2.INTER_AREA)


def data_uri(image: np.ndarray, *, lossless: bool) -> str:
    """`image` (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA, uint8, as a PNG (`lossless`) or JPEG data URI."""
    pixels = image
    if image.ndim == 3:
        pixels = cv2.cvtColor(image, cv2.COLOR_RGB2BGR if image.shape[2] == 3 else cv2.COLOR_RGBA2BGRA)
    ending, options, mime = (
        (".png", [cv2.IMWRITE_PNG_COMPRESSION, 9], "image/png")
        if lossless
        else (".jpg", [cv2.IMWRITE_JPEG_QUALITY, 88], "image/jpeg")
    )
    _, encoded = cv2.imencode(ending, pixels, options)
    return f"data:{mime};base64,{base64.b64encode(encoded.tobytes()).decode('ascii')}"


def flow_colours(flow: np.ndarray, maximum: float) -> np.ndarray:
    """Direction as hue (right = red), length as saturation: white is no motion, full colour `maximum` pixels or more.

    Args:
        flow: (H, W, 2) float, pixels, channel 0 = x, 1 = y.
        maximum: length at which the colour is full, pixels, > 0.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    degrees = np.degrees(np.arctan2(flow[..., 1], flow[..., 0])) % 360
    saturation = np.clip(np.hypot(flow[..., 0], flow[..., 1]) / maximum, 0, 1)
    value = 1 - 0.12 * saturation
    hsv = np.stack([degrees, saturation, value], axis=-1).astype(np.float32)
    return np.asarray(np.rint(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * 255), dtype=np.uint8)


def flow_wheel(size: int) -> np.ndarray:
    """The key to `flow_colours`: a disc (size, size, 4) RGBA of the colours of motion from its middle outwards."""
    offsets = (np.arange(size) - (size - 1) / 2) / (size / 2)
    flow = np.stack(np.meshgrid(offsets, offsets), axis=-1)
    colours = flow_colours(flow, 1.0)
    inside = np.clip((1 - np.hypot(flow[..., 0], flow[..., 1])) * size / 2, 0, 1)
    alpha = np.rint(inside * 255).astype(np.uint8)
    return np.dstack([colours, alpha])


def round_up(length: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50, ... pixels: a maximum that can be stated."""
    power = 10.0 ** math.floor(math.log10(max(length, 1.0)))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= length * 0.999)


def instance_colours(instances: np.ndarray) -> np.ndarray:
    """Every instance in a colour of its own, with white edges wherever neighbouring ids differ; 0 (none) is dark.

    Args:
        instances: (H, W) ids.

    Returns:
        (H, W, 3) uint8 RGB. The same id has the same colour in every frame.
    """
    picture = np.full((*instances.shape, 3), 44, np.uint8)
    for identity in np.unique(instances[instances > 0]):
        hue = (int(identity) * 137.508) % 360  # the golden angle keeps neighbouring ids apart
        hsv = np.array([[[hue, 0.55, 0.95]]], np.float32)
        picture[instances == identity] = np.rint(255 * cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0])
    edge = np.zeros(instances.shape, bool)
    edge[:, 1:] |= instances[:, 1:] != instances[:, :-1]
    edge[1:] |= instances[1:] != instances[:-1]
    picture[edge] = 255
    return picture
