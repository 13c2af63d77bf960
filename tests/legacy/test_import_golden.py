"""Import against the golden fixtures: published layouts, and a roll-out from files in the released naming."""

import importlib.util
import json
import os
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest
import torch

from vid2vid_core.cli import main
from vid2vid_core.config import ImageGeneratorConfig
from vid2vid_core.legacy.composite_keys import generator_layers
from vid2vid_core.legacy.discriminator_keys import discriminator_layers
from vid2vid_core.legacy.image_keys import feature_encoder_layers, image_generator_layers
from vid2vid_core.legacy.infer import infer_discriminators, infer_generators
from vid2vid_core.legacy.infer_image import infer_image_networks
from vid2vid_core.legacy.keys import to_ours
from vid2vid_core.models import FeatureEncoder, MultiscaleDiscriminator, VideoGenerator, build_image_generator
from vid2vid_core.models.weights import load_generator
from vid2vid_core.ops import encode_controls
from vid2vid_core.render.rollout import Rollout
from vid2vid_core.storage import read_table

GOLDEN = Path(os.environ.get("VID2VID_SHARED", Path(__file__).parents[3] / "shared")) / "golden" / "vid2vid"
ROLLOUT = "07a_inference_street_real_first"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not GOLDEN.is_dir() and os.environ.get("CI") != "true", reason=f"no golden fixtures: {GOLDEN}"),
]


def layouts() -> dict[str, dict[str, dict]]:
    """Published files by group and label: what the network is, and its tensors without memory."""
    path = GOLDEN / "12_checkpoint_layouts.json"
    groups: dict[str, dict[str, dict]] = {}
    for file in json.loads(path.read_text())["files"] if path.is_file() else []:
        tensors = {key: torch.empty(shape, device="meta") for key, shape, *_ in file["entries"]}
        label = file["file"].removeprefix("latest_net_").removesuffix(".pth")
        groups.setdefault(file["group"], {})[label] = {"network": file["network"], "tensors": tensors}
    return groups


def test_published_sequential_networks_are_told_from_their_shapes() -> None:
    checked = 0
    for group, files in layouts().items():
        labels = sorted(label for label in files if label[0] == "G" and label[1:].isdigit())
        if not labels:
            continue
        found = infer_generators([files[label]["tensors"] for label in labels], labels)
        said = files["G0"]["network"]
        config = found.config
        assert (config.ngf, config.n_blocks, config.n_downsample_G) == (
            said["ngf"], said["n_blocks"], said["n_downsampling"],
        )  # fmt: skip
        assert (config.fg, config.no_flow) == (said["fg"], said["no_flow"])
        assert found.control_channels * config.n_frames_G == said["input_nc"]
        assert 3 * (config.n_frames_G - 1) == said["prev_output_nc"]
        with torch.device("meta"):
            network = VideoGenerator(config, found.control_channels)
        for scale, label in enumerate(labels):
            to_ours(network.scales[scale], generator_layers(config, scale), files[label]["tensors"], label)
            checked += 1
        judges = infer_discriminators(files["D"]["tensors"], files["D_T0"]["tensors"], {"D": "D", "D_T0": "D_T0"})
        for label in (label for label in files if label[0] == "D"):
            said = files[label]["network"]
            assert (judges.config.ndf, judges.config.n_layers_D) == (said["ndf"], said["n_layers"])
            with torch.device("meta"):
                judge = MultiscaleDiscriminator(said["input_nc"], judges.config, said["num_D"])
            table = discriminator_layers(said["num_D"], said["n_layers"], one_list=judges.one_list)
            to_ours(judge, table, files[label]["tensors"], label)
            checked += 1
        assert group != "label2city_1024_g1" or judges.config.n_frames_D == 2
    assert checked == 9 + 13  # generators, discriminators


def test_published_single_image_networks_are_told_from_their_shapes() -> None:
    checked = 0
    for files in layouts().values():
        encoder = files.get("E", {}).get("tensors")
        for label in (label for label in files if label == "G" or label.startswith("G_")):
            said, tensors = files[label]["network"], files[label]["tensors"]
            found = infer_image_networks(tensors, label, encoder, "E")
            config: ImageGeneratorConfig = found.config
            kinds = (config.netG, config.ngf, config.n_downsample_global, config.n_blocks_global, config.norm)
            assert kinds == (said["type"], said["ngf"], said["n_downsampling"], said["n_blocks"], said["norm"])
            assert (found.control_channels, config.max_width) == (said["input_nc"], 1024)
            assert config.features == said.get("nz", 0)
            with torch.device("meta"):
                to_ours(
                    build_image_generator(config, found.control_channels),
                    image_generator_layers(config),
                    tensors,
                    label,
                )
                if encoder is not None:
                    to_ours(FeatureEncoder(config), feature_encoder_layers(config), encoder, "E")
            checked += 1
    assert checked == 4


def recipe() -> ModuleType:
    spec = importlib.util.spec_from_file_location("golden_recipe", GOLDEN / "recipe.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Files in the released naming, with the fixture's weights, imported by the command."""
    states = recipe().load_states(str(GOLDEN / f"{ROLLOUT}.json"))
    for name, state in states.items():
        (tmp_path / "street").mkdir(exist_ok=True)
        torch.save(state, tmp_path / "street" / f"latest_net_{name.removeprefix('net')}.pth")
    flags = json.loads((GOLDEN / f"{ROLLOUT}.json").read_text())["config"]
    labels = [str(label) for label in flags["fg_labels"]]
    command = ["import-checkpoint", str(tmp_path / "street"), "--out", str(tmp_path / "w.safetensors")]
    assert main([*command, "--label-nc", str(flags["label_nc"]), "--fg-labels", *labels]) == 0
    return tmp_path / "w.safetensors"


def roll_out(weights: Path, arrays: dict[str, torch.Tensor], prefix: str = "in.") -> torch.Tensor:
    """(T - tG + 1, 3, H, W) in float64."""
    generator, info = load_generator(weights)
    rollout, past = Rollout(generator.double()), info.stage.generator.n_frames_G - 1
    usual = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        labels, instances = arrays[f"{prefix}A"].long(), arrays[f"{prefix}inst"].long()
        controls = encode_controls(labels, instances, info.label_nc)[None]
        rollout.reset(arrays[f"{prefix}B"][None, :past])
        with torch.inference_mode():
            steps = range(controls.shape[1] - past)
            return torch.cat([rollout.step(controls[:, t : t + past + 1]).image for t in steps])
    finally:
        torch.set_default_dtype(usual)


def load_arrays() -> dict[str, torch.Tensor]:
    with np.load(GOLDEN / f"{ROLLOUT}.npz") as stored:
        return {key: torch.from_numpy(stored[key]).double() for key in stored.files}


def test_an_imported_checkpoint_gives_the_golden_pictures(weights: Path) -> None:
    arrays = load_arrays()
    for prefix, expected in (("in.", arrays["out.frames"]), ("in.second.", arrays["out.second.frames"])):
        got = roll_out(weights, arrays, prefix)
        assert (got - expected).abs().max() <= 1e-5 * expected.abs().max() + 1e-8


def levels(pictures: torch.Tensor) -> np.ndarray:
    """(..., 3, H, W) in [-1, 1] to (..., H, W, 3), 0 .. 255, not rounded."""
    return ((pictures + 1) * 127.5).movedim(-3, -1).numpy()


def write_pngs(folder: Path, pictures: np.ndarray) -> None:
    folder.mkdir()
    for number, picture in enumerate(pictures):
        assert cv2.imwrite(str(folder / f"{number}.png"), picture)


def test_the_render_command_gives_the_golden_pictures_to_eight_bits(weights: Path, tmp_path: Path) -> None:
    arrays = load_arrays()
    first = levels(arrays["in.B"]).round().clip(0, 255)
    write_pngs(tmp_path / "A", arrays["in.A"][:, 0].numpy().astype(np.uint8))
    write_pngs(tmp_path / "inst", arrays["in.inst"][:, 0].numpy().astype(np.uint16))
    write_pngs(tmp_path / "B", first[:2, ..., ::-1].astype(np.uint8))
    command = ["render", "--weights", str(weights), "--controls", str(tmp_path / "A"), "--images", str(tmp_path / "B")]
    assert main([*command, "--instances", str(tmp_path / "inst"), "--out", str(tmp_path / "out")]) == 0
    table, _ = read_table(tmp_path / "out" / "render.parquet")
    got = np.stack([cv2.imread(str(tmp_path / "out" / name))[..., ::-1].astype(float) for name in table["output"]])
    rounded = arrays | {"in.B": torch.from_numpy(first).movedim(-1, -3) / 127.5 - 1}
    assert np.abs(got - levels(roll_out(weights, rounded))).max() < 0.51  # what rounding the result costs
    assert np.abs(got - levels(arrays["out.frames"])).mean() < 0.6  # and rounding the first pictures: chaotic weights
