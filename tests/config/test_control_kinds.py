"""Which control channels a stage reads, and of which datasets."""

from pathlib import Path

import pytest

from vid2vid_core.config import ControlConfig, DataConfig, GeneratorConfig, StageConfig, control_channels, parse


def stage(kind: str = "labels", *, use_instance: bool = False, **switches: bool) -> StageConfig:
    controls = ControlConfig(kind=kind, **switches)  # type: ignore[arg-type]
    return StageConfig(name="s", controls=controls, data=DataConfig(use_instance=use_instance))


@pytest.mark.parametrize(
    ("config", "label_nc", "channels"),
    [
        (stage(), 35, 35),
        (stage(use_instance=True), 35, 36),
        (stage("face"), 0, 15),
        (stage("face", no_dist_map=True), 0, 1),
        (stage("pose"), 0, 6),
        (stage("pose", densepose_only=True), 0, 3),
        (stage("pose", openpose_only=True), 0, 3),
    ],
)
def test_channels_of_one_frame(config: StageConfig, label_nc: int, channels: int) -> None:
    assert control_channels(config, label_nc) == channels


@pytest.mark.parametrize(
    ("kind", "label_nc", "message"),
    [
        ("labels", 0, "reads label maps.*drawn controls.*face or pose"),
        ("face", 35, "reads face controls.*label maps .label_nc 35.*labels"),
        ("pose", 35, "reads pose controls.*label maps .label_nc 35.*pose dataset"),
    ],
)
def test_a_dataset_of_another_kind_is_refused(kind: str, label_nc: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        control_channels(stage(kind), label_nc)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"kind": "pose", "no_dist_map": True}, "no_dist_map is for kind face, kind is pose"),
        ({"densepose_only": True}, "densepose_only is for kind pose, kind is labels"),
        ({"kind": "face", "openpose_only": True}, "openpose_only is for kind pose"),
        ({"kind": "pose", "densepose_only": True, "openpose_only": True}, "exclude each other"),
    ],
)
def test_switches_of_another_kind_are_refused(data: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=f"recipe.yaml: .*{message}"):
        parse(ControlConfig, data, str(Path("recipe.yaml")))


def test_labels_only_features_are_refused_elsewhere() -> None:
    with pytest.raises(ValueError, match="data.use_instance needs controls.kind labels, it is face"):
        stage("face", use_instance=True)
    with pytest.raises(ValueError, match="generator.fg needs controls.kind labels, it is pose"):
        StageConfig(name="s", controls=ControlConfig(kind="pose"), generator=GeneratorConfig(fg=True))
