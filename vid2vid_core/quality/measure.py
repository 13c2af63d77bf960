"""Measurements of one frame of one method; `metrics.clip_metrics` turns those of a clip into the clip's metrics."""

from dataclasses import dataclass

from vid2vid_core.quality.drift import colour_distance, sharpness
from vid2vid_core.quality.fidelity import Picture, psnr, ssim
from vid2vid_core.quality.temporal import Flow, Map, change_ssim, end_point_error, masked_mean, unexplained_change

_NAN = float("nan")
NO_PAIR = dict.fromkeys(("squared_change", "change", "real_change", "change_ssim", "flow_error"), _NAN)
"""Measurements of a frame that has no generated frame, or no known motion, before it."""


@dataclass(frozen=True)
class Motion:
    """How the real video moves from the previous frame to the current one, at the rendered size."""

    flow: Flow
    """Stored flow, current to previous: what pictures are moved along."""
    confidence: Map
    """(H, W), confidence of the stored flow; 0 where occluded."""
    estimated: Flow
    """Flow of the same pair from the estimator that also looks at the outputs; for tOF."""


def measure_frame(picture: Picture, real: Picture) -> dict[str, float]:
    """Measurements that need the current frame only."""
    real_sharpness = sharpness(real)
    return {
        "psnr": psnr(picture, real),
        "ssim": ssim(picture, real),
        "colour_distance": colour_distance(picture, real),
        "sharpness_ratio": sharpness(picture) / real_sharpness if real_sharpness > 0 else _NAN,
    }


def measure_pair(
    pair: tuple[Picture, Picture], real_pair: tuple[Picture, Picture], motion: Motion, estimated: Flow
) -> dict[str, float]:
    """Measurements that need the previous frame too.

    Args:
        pair: Current and previous picture of the method.
        real_pair: Current and previous real picture.
        motion: Motion of the real pair.
        estimated: Flow of the method's pair, by the estimator of `motion.estimated`.
    """
    change = unexplained_change(*pair, motion.flow)
    real_change = unexplained_change(*real_pair, motion.flow)
    return {
        "squared_change": masked_mean(change * change, motion.confidence),
        "change": masked_mean(abs(change), motion.confidence),
        "real_change": masked_mean(abs(real_change), motion.confidence),
        "change_ssim": change_ssim(change, real_change, motion.confidence),
        "flow_error": end_point_error(estimated, motion.estimated),
    }
