"""Released checkpoint folders become weights files: what is inferred, and what is refused."""

import os
import pickle
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml
from released import JUDGE, SMALL, save, write_discriminators, write_generators

from vid2vid_core.cli import main
from vid2vid_core.config import DataConfig, GeneratorConfig, StageConfig, parse
from vid2vid_core.legacy.checkpoint import import_checkpoint
from vid2vid_core.legacy.hints import Hints
from vid2vid_core.models.weights import load_generator, load_weights, read_info
from vid2vid_core.train.handover import take_over
from vid2vid_core.train.networks import build_networks

STREET = Hints(label_nc=5, fg_labels=(2,))


def run(folder: Path, out: Path, hints: Hints = STREET, **options: object):
    import_checkpoint(folder, out, hints, **options)
    return load_weights(out)


def nothing_left(folder: Path) -> bool:
    return not [path for path in folder.iterdir() if path.suffix in (".safetensors", ".yaml") or path.name[0] == "."]


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize(
    "config",
    [
        SMALL,
        replace(SMALL, n_scales_spatial=3, n_downsample_G=3, n_frames_G=3, n_blocks=4),
        replace(SMALL, n_scales_spatial=1, n_blocks_local=3, fg=False, fg_labels=(26,), norm="instance"),
        replace(SMALL, no_flow=True, n_frames_G=2, n_blocks=1),
    ],
)
def test_a_generator_comes_back_with_its_config_and_weights(tmp_path: Path, config: GeneratorConfig, old: bool) -> None:
    network = write_generators(tmp_path / "my_city", config, 6, old=old)
    _, info = run(tmp_path / "my_city", tmp_path / "city.safetensors")
    assert info.stage.generator == config and info.stage.generator.norm_mode == "train"
    assert (info.control_channels, info.label_nc, info.stage.data.use_instance) == (6, 5, True)
    loaded, _ = load_generator(tmp_path / "city.safetensors")
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), loaded.parameters(), strict=True))
    written = yaml.safe_load((tmp_path / "city.yaml").read_text())
    assert parse(StageConfig, written, "city.yaml").generator == config and "discriminator" not in written
    assert written["name"] == "my-city"


@pytest.mark.parametrize("one_list", [False, True])
def test_discriminators_come_along_so_that_training_can_go_on(tmp_path: Path, one_list: bool) -> None:
    write_generators(tmp_path / "in", replace(SMALL, fg=False, no_first_img=True), 6)
    judges = write_discriminators(tmp_path / "in", JUDGE, 6, one_list=one_list, face=True)
    tensors, info = run(tmp_path / "in", tmp_path / "w.safetensors", Hints())  # 6 channels: pose
    assert info.stage.controls.kind == "pose" and info.stage.generator.no_first_img and info.label_nc == 0
    assert info.stage.discriminator == replace(JUDGE, add_face_disc=True)
    assert info.stage.losses.no_ganFeat == one_list
    for name, network in judges.items():
        for key, value in network.state_dict().items():
            assert torch.equal(tensors[f"{name}.{key}"], value)
    networks = build_networks(info.stage, info.control_channels, 5, None, torch.device("cpu"))
    take_over(tmp_path / "w.safetensors", networks)
    assert all(
        torch.equal(value, tensors[f"{name}.{key}"])
        for name, network in networks.trained().items()
        for key, value in network.state_dict().items()
    )
    written = yaml.safe_load((tmp_path / "w.yaml").read_text())
    assert written["discriminator"]["n_frames_D"] == 2 and written["losses"] == {"no_ganFeat": one_list}


def test_another_epoch_and_a_size_to_scale_to(tmp_path: Path) -> None:
    write_generators(tmp_path / "in", SMALL, 6, epoch="7")
    with pytest.raises(ValueError, match=r"no file latest_net.*epochs 7 \(--which-epoch\)"):
        run(tmp_path / "in", tmp_path / "w.safetensors")
    _, info = run(tmp_path / "in", tmp_path / "w.safetensors", replace(STREET, load_size=96), epoch="7")
    assert info.stage.data == DataConfig(loadSize=96, resize_or_crop="scaleWidth", use_instance=True)


@pytest.mark.parametrize(
    ("channels", "hints", "found"),
    [
        (36, Hints(), ("labels", 35, True)),
        (35, Hints(), ("labels", 35, False)),
        (15, Hints(), ("face", 0, False)),
        (15, Hints(label_nc=15), ("labels", 15, False)),
        (6, Hints(), ("pose", 0, False)),
        (3, Hints(openpose_only=True), ("pose", 0, False)),
        (1, Hints(kind="face"), ("face", 0, False)),
        (20, Hints(label_nc=20), ("labels", 20, False)),
        (20, Hints(label_nc=19), ("labels", 19, True)),
    ],
)
def test_what_the_control_channels_are(tmp_path: Path, channels: int, hints: Hints, found: tuple) -> None:
    write_generators(tmp_path / "in", replace(SMALL, fg=False), channels)
    _, info = run(tmp_path / "in", tmp_path / "w.safetensors", hints)
    assert (info.stage.controls.kind, info.label_nc, info.stage.data.use_instance) == found


@pytest.mark.parametrize(
    ("channels", "hints", "text"),
    [
        (20, Hints(), "20 control channels .* --label-nc 19 for label maps and instance edges"),
        (20, Hints(kind="labels"), "give --label-nc: 20 without instance edges, 19 with them"),
        (20, Hints(label_nc=7), "--label-nc 7: .* so label_nc is 20, or 19"),
        (6, Hints(fg_labels=(2,)), "a foreground branch: label maps; give --label-nc: 6 without instance edges"),
        (3, Hints(), "--densepose-only or --openpose-only"),
        (3, Hints(kind="pose"), "pose controls have 6; 3 are one picture"),
        (6, Hints(kind="face"), "face controls have 15 or 1"),
        (6, Hints(label_nc=6), "foreground branch; give --fg-labels"),
        (6, Hints(label_nc=6, fg_labels=(6,)), "--fg-labels 6: allowed are 0 .. 5"),
    ],
)
def test_what_nothing_tells_is_asked_for_by_flag(tmp_path: Path, channels: int, hints: Hints, text: str) -> None:
    write_generators(tmp_path / "in", SMALL, channels)
    with pytest.raises(ValueError, match=text):
        run(tmp_path / "in", tmp_path / "w.safetensors", hints)
    assert nothing_left(tmp_path)


class Malicious:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, victim: Path) -> None:
        self.victim = victim

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.victim),)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_file_that_would_run_code_is_refused(tmp_path: Path, zipped: bool) -> None:
    write_generators(tmp_path / "in", SMALL, 6)
    path, victim = tmp_path / "in" / "latest_net_G1.pth", tmp_path / "victim"
    tensors = torch.load(path, weights_only=True)
    torch.save(OrderedDict(tensors, extra=Malicious(victim)), path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(ValueError, match=r"latest_net_G1.pth: refused, since it holds posix.mkdir"):
        run(tmp_path / "in", tmp_path / "w.safetensors")
    assert nothing_left(tmp_path) and not victim.exists()
    path.write_bytes(pickle.dumps(Malicious(victim)))
    with pytest.raises(ValueError, match=r"latest_net_G1.pth: "):
        run(tmp_path / "in", tmp_path / "w.safetensors")
    assert nothing_left(tmp_path) and not victim.exists()


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.999])
def test_truncated_files_are_named(tmp_path: Path, share: float, old: bool) -> None:
    write_generators(tmp_path / "in", SMALL, 6, old=old)
    path = tmp_path / "in" / "latest_net_G0.pth"
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(ValueError, match=r"latest_net_G0.pth: (truncated|refused)"):
        run(tmp_path / "in", tmp_path / "w.safetensors")
    assert nothing_left(tmp_path)


def test_text_in_place_of_a_checkpoint_is_named(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "latest_net_G0.pth").write_text("<html>Not found</html>")
    with pytest.raises(ValueError, match=r"latest_net_G0.pth: .*no file that torch.save wrote"):
        run(tmp_path / "in", tmp_path / "w.safetensors")


def damage(tensors: dict, how: str) -> None:
    if how == "shape":
        tensors["model_final_img.1.weight"] = torch.zeros(3, 4, 5, 5)
    elif how == "missing":
        del tensors["model_up_flow.0.conv_block.5.bias"]
    elif how == "extra":
        tensors["model_attention.0.weight"] = torch.zeros(2)
    elif how == "nan":
        tensors["model_final_w.1.bias"][0] = float("nan")
    elif how == "no tensor":
        tensors["epoch"] = 7


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ("shape", r"model_final_img.1.weight \(3, 4, 5, 5\), expected \(3, 4, 7, 7\)"),
        ("missing", r"missing: model_up_flow.0.conv_block.5.bias"),
        ("extra", r"not known: model_attention.0.weight"),
        ("nan", r"model_final_w.1.bias holds NaN"),
        ("no tensor", r"'epoch' is a int where a tensor is expected"),
    ],
)
def test_every_key_is_mapped_or_named(tmp_path: Path, how: str, text: str) -> None:
    write_generators(tmp_path / "in", SMALL, 6)
    path = tmp_path / "in" / "latest_net_G1.pth"
    tensors = torch.load(path, weights_only=True)
    damage(tensors, how)
    torch.save(tensors, path)
    with pytest.raises(ValueError, match=rf"(?s)latest_net_G1.pth: .*{text}"):
        run(tmp_path / "in", tmp_path / "w.safetensors")
    assert nothing_left(tmp_path)


def test_files_of_different_trainings_and_other_programs_are_refused(tmp_path: Path) -> None:
    out = tmp_path / "w.safetensors"
    write_generators(tmp_path / "in", SMALL, 6)
    write_generators(tmp_path / "other", replace(SMALL, ngf=16), 6)
    (tmp_path / "other" / "latest_net_G1.pth").rename(tmp_path / "in" / "latest_net_G1.pth")
    with pytest.raises(ValueError, match=r"(?s)in/latest_net_G1.pth: .*of another shape: model_down_seg"):
        run(tmp_path / "in", out)
    save(tmp_path / "in", "G0", {"conv1.weight": torch.zeros(2, 2, 3, 3)})
    with pytest.raises(ValueError, match=r"latest_net_G0.pth: model_down_seg.1.weight is missing, .*conv1.weight"):
        run(tmp_path / "in", out)
    write_generators(tmp_path / "judged", SMALL, 6)
    write_discriminators(tmp_path / "judged", JUDGE, 5)
    with pytest.raises(ValueError, match=r"(?s)latest_net_D.pth: .*scale0_layer0.0.weight .*, expected .*9, 4, 4"):
        run(tmp_path / "judged", out)
    assert nothing_left(tmp_path)


def test_missing_files_are_named(tmp_path: Path) -> None:
    out = tmp_path / "w.safetensors"
    with pytest.raises(ValueError, match="nowhere: no such folder"):
        run(tmp_path / "nowhere", out)
    (tmp_path / "in").mkdir()
    with pytest.raises(ValueError, match=r"it holds no <epoch>_net_\*.pth"):
        run(tmp_path / "in", out)
    write_generators(tmp_path / "in", SMALL, 6)
    (tmp_path / "in" / "latest_net_G0.pth").unlink()
    with pytest.raises(ValueError, match=r"latest_net_G0.pth is missing, though latest_net_G1.pth is there"):
        run(tmp_path / "in", out)
    (tmp_path / "in" / "latest_net_G1.pth").rename(tmp_path / "in" / "latest_net_D.pth")
    with pytest.raises(ValueError, match=r"no generator .* among latest_net_D.pth"):
        run(tmp_path / "in", out)


def test_an_existing_file_is_never_replaced(tmp_path: Path) -> None:
    write_generators(tmp_path / "in", SMALL, 6)
    (tmp_path / "w.yaml").write_text("mine")
    with pytest.raises(ValueError, match=r"w.yaml: exists already"):
        run(tmp_path / "in", tmp_path / "w.safetensors")
    with pytest.raises(ValueError, match="ends in .safetensors"):
        run(tmp_path / "in", tmp_path / "w.pth")
    assert (tmp_path / "w.yaml").read_text() == "mine" and not (tmp_path / "w.safetensors").exists()


def test_the_verb_says_what_it_took_for_granted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_generators(tmp_path / "in", replace(SMALL, fg_labels=(26,)), 36)
    save(tmp_path / "in", "G", {"a": torch.zeros(1)})
    out = tmp_path / "w.safetensors"
    assert main(["import-checkpoint", str(tmp_path / "in"), "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "Assumed: 35 labels and instance edges" in said and "Assumed: foreground label 26 (car)" in said
    assert read_info(out).stage.generator == replace(SMALL, fg_labels=(26,))
    assert main(["import-checkpoint", str(tmp_path / "in"), "--out", str(out)]) == 1
    assert "exists already" in capsys.readouterr().err
