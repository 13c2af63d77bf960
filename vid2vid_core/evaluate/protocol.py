"""The protocol: what a reader needs to know to trust, repeat or compare the numbers. It travels with them."""

import platform
from typing import Any, Final

import cv2
import numpy as np

import vid2vid_core
from vid2vid_core.config import STAGE_VERSIONS, EvaluateConfig, to_dict
from vid2vid_core.evaluate.baselines import METHODS
from vid2vid_core.evaluate.bootstrap import LEVEL

DIS_PRESET: Final = "medium"
"""OpenCV's DIS preset behind tOF."""
COLOUR_FRAMES = 200
"""Training frames, evenly spread, from which 'mean_colour' learns its colours."""


def protocol(config: EvaluateConfig) -> dict[str, Any]:
    """Rules that hold for every metric, method and video."""
    return {
        "methods": METHODS,
        "frames": "Only frames that the model generated are scored, for all methods alike: the first n_frames_G - 1 "
        "frames of a sequence never are. Pairs are neighbouring generated frames of one sequence.",
        "size": "Comparison happens at the rendered size: the real frame goes through the geometry of the test set, "
        "as the model's controls do. Pictures are 8-bit RGB.",
        "flow": "Pairs are compared along the dataset's stored flow of the real pair, resized to the rendered size; "
        "its confidence is the occlusion mask. tOF estimates both flows by OpenCV DIS on one thread, preset "
        f"{DIS_PRESET}, at the rendered size.",
        "clips": f"The scored frames of a sequence are cut into n // {config.clip_frames} (at least one) clips of "
        "nearly equal length. A pair belongs to the clip of its later frame.",
        "interval": f"Central {LEVEL:.0%} of the means of {config.bootstrap} bootstrap resamples over clips (seed "
        f"{config.seed}), the same draws for all methods. Clips of one sequence resemble each other, so intervals are "
        "on the narrow side; with fewer than about 10 clips they are rough, with fewer than 2 there is none (null).",
        "mean_colour_frames": COLOUR_FRAMES,
        "parameters": to_dict(config),
        "versions": {
            "vid2vid_core": vid2vid_core.__version__,
            "evaluate": STAGE_VERSIONS["evaluate"],
            "python": platform.python_version(),
            "numpy": np.__version__,
            "opencv": cv2.__version__,
        },
    }
