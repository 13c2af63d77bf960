"""How many channels make up what a stage is shown of a frame, and how many parts its pixels belong to."""

from vid2vid_core.config.controls import ControlConfig
from vid2vid_core.config.image_stage import ImageStageConfig
from vid2vid_core.config.recipe import StageConfig

_FACE_EDGES = 14
_FACE_PARTS = 6
_BODY_PARTS = 24


def control_channels(stage: StageConfig, label_nc: int) -> int:
    """Control channels of one frame, as the networks of a stage read them.

    Args:
        stage: what it is shown.
        label_nc: number of label ids of the dataset; 0 where it holds drawn controls (face, pose).

    Returns:
        Labels: label_nc, plus 1 for instance edges; face: 15, or 1 without distance maps; pose: 6, or 3 for one of its
        two pictures.

    Raises:
        ValueError: the dataset holds another kind of controls.
    """
    return picture_channels(stage, label_nc) + int(stage.data.use_instance)


def picture_channels(stage: StageConfig | ImageStageConfig, label_nc: int) -> int:
    """Control channels of one frame without instance edges, as generators of single pictures read them.

    Args:
        stage: what it is shown.
        label_nc: as in `control_channels`.

    Raises:
        ValueError: the dataset holds another kind of controls.
    """
    controls = stage.controls
    if controls.kind == "labels":
        if label_nc < 1:
            raise ValueError(
                f"stage '{stage.name}' reads label maps (controls.kind: labels), but the dataset holds drawn controls "
                "(label_nc 0); set controls.kind to face or pose, whichever the dataset is, or choose a street dataset"
            )
        return label_nc
    if label_nc > 0:
        raise ValueError(
            f"stage '{stage.name}' reads {controls.kind} controls (controls.kind: {controls.kind}), but the dataset "
            f"holds label maps (label_nc {label_nc}); set controls.kind to labels, or choose a {controls.kind} dataset"
        )
    if controls.kind == "face":
        return 1 if controls.no_dist_map else 1 + _FACE_EDGES
    return 3 if controls.densepose_only or controls.openpose_only else 6


def part_count(controls: ControlConfig, label_nc: int) -> int:
    """What a pixel can belong to: label ids; or 6 parts of a face, 24 of a body, and 0 for the rest of the picture."""
    return {"labels": label_nc, "face": 1 + _FACE_PARTS, "pose": 1 + _BODY_PARTS}[controls.kind]
