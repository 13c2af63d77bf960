"""The recipes and render presets of the original's scripts."""

import json
import os
from pathlib import Path

import pytest

from vid2vid_core.config import RecipeConfig, RenderConfig, load
from vid2vid_core.config.schedule import schedule, training_window

CONFIG = Path(__file__).parents[2] / "config"
SHARED = Path(os.environ.get("VID2VID_SHARED", Path(__file__).parents[3] / "shared"))

CHAINS = [
    ("street-512", "street-1024", "street-2048"),
    ("street-1024", "street-2048-crop"),
    ("street-g1-256", "street-g1-512", "street-g1-1024"),
    ("face-g1-256", "face-g1-512"),
    ("pose-256p", "pose-512p", "pose-1024p"),
    ("pose-g1-256p", "pose-g1-512p", "pose-g1-1024p"),
]
ALONE = ("street-512-bs", "street-512-no-fg", "face-512", "face-512-bs7")
ORIGINAL = sorted({name for chain in CHAINS for name in chain} | set(ALONE))

SCRIPTS = {
    "street/train_g1_256.sh": ("street-g1-256", "size-256"),
    "street/train_g1_512.sh": ("street-g1-512", "size-512"),
    "street/train_512.sh": ("street-512", "size-512"),
    "street/train_2048.sh": ("street-2048", "size-2048"),
    "face/train_512.sh": ("face-512", "size-512"),
    "pose/train_256p.sh": ("pose-256p", "256p"),
}


def recipe(name: str) -> RecipeConfig:
    return load(RecipeConfig, CONFIG / f"recipes/{name}.yaml")


@pytest.mark.parametrize("name", ORIGINAL)
def test_every_script_of_the_original_has_a_recipe_of_its_name(name: str) -> None:
    assert recipe(name).name == name


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain[-1])
def test_a_chain_begins_with_the_chain_before_it(chain: tuple[str, ...]) -> None:
    for shorter, longer in zip(chain, chain[1:], strict=False):
        before, after = recipe(shorter).stages, recipe(longer).stages
        assert after[: len(before)] == before and len(after) == len(before) + 1


@pytest.mark.parametrize("path", sorted((CONFIG / "render").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_preset_begins_videos_as_its_recipe_can(path: Path) -> None:
    start, model = load(RenderConfig, path).first_frame, recipe(path.stem)
    assert (start == "none") == model.stages[-1].generator.no_first_img
    assert (start == "single") == (model.image_stage is not None)


@pytest.mark.shared
@pytest.mark.parametrize("script", SCRIPTS)
def test_schedules_are_the_published_ones(script: str) -> None:
    path = SHARED / "golden/vid2vid/10_schedules.json"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    name, stage_name = SCRIPTS[script]
    (stage,) = (stage for stage in recipe(name).stages if stage.name == stage_name)
    tables = [t for t in json.loads(path.read_text(encoding="utf-8"))["schedules"] if t["script"] == script]
    assert tables
    for table in tables:
        length = table["sequence_length"]
        states = schedule(stage, length)
        assert len(states) == len(table["rows"])
        for state, values in zip(states, table["rows"], strict=True):
            row = dict(zip(table["columns"], values, strict=True))
            window = training_window(
                length, state.n_frames_total, state.chunk_frames, stage.generator.n_frames_G, stage.data.max_t_step
            )
            assert state.lr == pytest.approx(row["lr"])
            assert (state.n_frames_total, state.chunk_frames, state.n_frames_bp, state.train_all_scales) == (
                row["n_frames_total"],
                row["n_frames_load"],
                row["n_frames_bp"],
                row["finetune_all"],
            )
            assert (window.frames_read, window.chunks) == (row["frames_read"], row["chunk_starts"])
