"""Whether the perceptual loss is computed: it needs a file that may not be at hand."""

import logging
from pathlib import Path

from vid2vid_core.assets import asset_dir, vgg19_file

logger = logging.getLogger("vid2vid_core.train")


def perceptual_file(no_vgg: bool) -> Path | None:
    """The VGG file if the perceptual loss is to be computed; the log says what was decided.

    Args:
        no_vgg: `losses.no_vgg` of the stage.
    """
    if no_vgg:
        logger.info("perceptual loss: off (losses.no_vgg)")
        return None
    path = vgg19_file()
    if path is None:
        logger.info(
            "perceptual loss: off, since the asset vgg19 is not in %s; `vid2vid assets get vgg19` fetches it",
            asset_dir(),
        )
    else:
        logger.info("perceptual loss: on, with %s", path)
    return path
