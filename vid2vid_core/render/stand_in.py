"""Whom the people of the rendered frames stand in for, when motion of one person is given to another."""

from pathlib import Path

from vid2vid_core.config import RenderConfig
from vid2vid_core.maps.stature import Stature
from vid2vid_core.models.weights import WeightsInfo


def find_stand_in(config: RenderConfig, info: WeightsInfo, weights: Path) -> Stature | None:
    """The person of the training frames, where poses shall be matched to them; None leaves poses as they are.

    Args:
        config: `retarget` asks for it.
        info: what the weights say about themselves.
        weights: their file, for messages.

    Raises:
        ValueError: the weights were not trained on poses, or do not say how large the person is.
    """
    if not config.retarget:
        return None
    if info.stage.controls.kind != "pose":
        raise ValueError(
            f"{weights}: retarget moves poses of one person to where another stands, but these weights were trained on "
            f"{info.stage.controls.kind}; leave retarget out"
        )
    if info.stature is None:
        raise ValueError(
            f"{weights}: does not say how large the person of its training frames is, which retarget needs: it was "
            f"imported, or trained without key points; train it again with key points, or leave retarget out"
        )
    return info.stature
