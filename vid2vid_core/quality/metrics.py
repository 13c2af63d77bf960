"""The metrics by name: what each means, in which unit, and which way is better."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.quality.drift import slope

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Metric:
    """One number per clip and method."""

    name: str
    title: str
    unit: str
    """Unit of the value, empty for pure numbers."""
    direction: Literal["higher", "lower", "ideal"]
    """Which way is better; ideal: the closer to `ideal`, in either direction."""
    ideal: float
    """The value that nothing can beat."""
    definition: str

    def loss(self, value: Values | float) -> Values:
        """The value, or each of several, turned so that smaller is better."""
        values = np.asarray(value, dtype=np.float64)
        if self.direction == "ideal":
            return np.abs(values - self.ideal)
        return -values if self.direction == "higher" else values


METRICS = (
    Metric(
        "psnr", "PSNR", "dB", "higher", 100.0,
        "Peak signal-to-noise ratio over all pixels and channels of a frame (8 bit), at most 100 dB; mean of the "
        "clip's frames.",
    ),
    Metric(
        "ssim", "SSIM", "", "higher", 1.0,
        "Structural similarity (Wang et al. 2004) of a frame: Gaussian window 11x11, sigma 1.5, K1 0.01, K2 0.03, "
        "windows inside the picture only, mean of the RGB channels; mean of the clip's frames.",
    ),
    Metric(
        "video_ssim", "Video SSIM", "", "higher", 1.0,
        "Half of it is the SSIM of the clip's frames, half the SSIM, over the clip's pairs, of what motion does not "
        "explain (a frame minus the frame before it moved along the flow of the real pair), output against real; "
        "nothing counts where the flow cannot be trusted. It falls with pictures that look wrong, with flicker, and "
        "with things that stand still though they should move.",
    ),
    Metric(
        "warping_error", "Warping error", "", "lower", 0.0,
        "Mean squared difference (RGB in 0..1) between a frame and the frame before it moved along the flow of the "
        "real pair, pixels weighted by that flow's confidence, so occlusions do not count (after Lai et al. 2018); "
        "mean of the clip's pairs. The real video has a warping error too: below it means smoother than real.",
    ),
    Metric(
        "tof", "tOF", "px", "lower", 0.0,
        "Mean end-point error between the flow of a pair of output frames and the flow of the real pair, both "
        "estimated by DIS at the rendered size (after Chu et al. 2020); mean of the clip's pairs.",
    ),
    Metric(
        "flicker_ratio", "Flicker ratio", "", "ideal", 1.0,
        "Temporal change that motion does not explain, output over real: mean absolute difference between a frame and "
        "the frame before it moved along the flow of the real pair (pixels weighted by confidence), summed over the "
        "clip's pairs, divided by the same of the real video. Above 1: flickers more than the real video; below 1: "
        "smoother.",
    ),
    Metric(
        "colour_distance", "Colour distance", "levels", "lower", 0.0,
        "Euclidean distance between the mean RGB colours of output and real frame, 8-bit levels; mean of the clip's "
        "frames.",
    ),
    Metric(
        "colour_drift", "Colour drift", "levels/frame", "ideal", 0.0,
        "Slope over the clip's frames (least squares) of the colour distance. Above 0: colours run away.",
    ),
    Metric(
        "sharpness_ratio", "Sharpness ratio", "", "ideal", 1.0,
        "Standard deviation of the 3x3 Laplacian of the grey frame, output over real; mean of the clip's frames. Below "
        "1: blurrier.",
    ),
    Metric(
        "sharpness_drift", "Sharpness drift", "1/frame", "ideal", 0.0,
        "Slope over the clip's frames (least squares) of the sharpness ratio. Below 0: pictures blur as the roll-out "
        "goes on.",
    ),
)  # fmt: skip


def clip_metrics(frames: Mapping[str, Values]) -> dict[str, float]:
    """Metrics of one clip from its per-frame measurements (the keys of `measure`), each an array over the frames.

    A frame without a pair before it has NaN in the pair's measurements. What a clip cannot tell (no pair, one frame
    only, a real video without change or texture) is left out of the result.
    """
    pairs = ~np.isnan(frames["change"]) & ~np.isnan(frames["real_change"])
    real_change = float(frames["real_change"][pairs].sum())
    values = {
        "psnr": _mean(frames["psnr"]),
        "ssim": _mean(frames["ssim"]),
        "video_ssim": (_mean(frames["ssim"]) + _mean(frames["change_ssim"])) / 2,
        "warping_error": _mean(frames["squared_change"]),
        "tof": _mean(frames["flow_error"]),
        "flicker_ratio": float(frames["change"][pairs].sum()) / real_change if real_change > 0 else float("nan"),
        "colour_distance": _mean(frames["colour_distance"]),
        "colour_drift": _trend(frames["colour_distance"]),
        "sharpness_ratio": _mean(frames["sharpness_ratio"]),
        "sharpness_drift": _trend(frames["sharpness_ratio"]),
    }
    return {name: value for name, value in values.items() if np.isfinite(value)}


def _mean(values: Values) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def _trend(values: Values) -> float:
    return slope(values) if len(values) > 1 else float("nan")
