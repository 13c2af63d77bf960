"""Config files: every problem at once, with file, key, value and choices."""

from pathlib import Path

import pytest

from vid2vid_core.config import ConfigError, DatasetConfig, RecipeConfig, RunsConfig, load, parse, to_dict


def write(folder: Path, text: str) -> Path:
    path = folder / "file.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def errors(cls: type, path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(cls, path)
    return str(caught.value)


def test_lists_all_problems_with_file_key_value_and_choices(tmp_path: Path) -> None:
    path = write(tmp_path, "name: x\nlabel_nc: 0\nvideos:\n  - {path: a, split: trian}\nframes: {image_format: gif}\n")
    lines = errors(DatasetConfig, path).splitlines()
    assert len(lines) == 3
    assert all(line.startswith(f"{path}: ") for line in lines)
    text = "\n".join(lines)
    assert "videos[0].split: should be 'train' or 'test', got 'trian'" in text
    assert "label_nc: should be greater than or equal to 1, got 0" in text
    assert "frames.image_format: should be 'png' or 'jpg', got 'gif'" in text


def test_unknown_key_names_the_nearest_valid_one(tmp_path: Path) -> None:
    text = errors(DatasetConfig, write(tmp_path, "name: x\nframes: {scal: [2, 2]}\n"))
    assert "frames.scal: unknown key; did you mean 'scale'?" in text


def test_problem_in_common_is_reported_once_and_there(tmp_path: Path) -> None:
    recipe = "name: r\ncommon: {generator: {ngff: 8}}\nstages: [{name: a}, {name: b}]\n"
    text = errors(RecipeConfig, write(tmp_path, recipe))
    assert text.count("\n") == 0
    assert "common.generator.ngff: unknown key; did you mean 'ngf'?" in text


def test_common_holds_unless_the_stage_says_otherwise(tmp_path: Path) -> None:
    text = "name: r\ncommon: {generator: {ngf: 8, n_blocks: 2}}\nstages: [{name: a}, {name: b, generator: {ngf: 16}}]\n"
    first, second = load(RecipeConfig, write(tmp_path, text)).stages
    assert (first.generator.ngf, first.generator.n_blocks) == (8, 2)
    assert (second.generator.ngf, second.generator.n_blocks) == (16, 2)


def test_number_in_yaml_1_1_notation_is_a_number(tmp_path: Path) -> None:
    recipe = load(RecipeConfig, write(tmp_path, "name: r\nstages: [{name: a, optimizer: {lr: 2e-4}}]\n"))
    assert recipe.stages[0].optimizer.lr == 2e-4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: x\nname: y\n", "key 'name' is given twice"),
        ("- a\n- b\n", "expected `key: value` lines, found list"),
        ("name: [\n", "not valid YAML"),
        ("{}\n", "name: missing; this key is required"),
    ],
)
def test_unusable_file(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in errors(DatasetConfig, write(tmp_path, text))


def test_missing_file_is_named(tmp_path: Path) -> None:
    assert "nowhere.yaml: cannot be read" in errors(DatasetConfig, tmp_path / "nowhere.yaml")


def test_plain_data_does_not_depend_on_key_order(tmp_path: Path) -> None:
    one = load(DatasetConfig, write(tmp_path, "name: x\nlabel_nc: 5\nframes: {fps: 5, scale: [4, 4]}\n"))
    other = load(DatasetConfig, write(tmp_path, "frames: {scale: [4, 4], fps: 5}\nlabel_nc: 5\nname: x\n"))
    assert str(to_dict(one)) == str(to_dict(other))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: r\nstages: []\n", "should have at least 1 item"),
        ("name: r\nstages: [{name: a}, {name: a}]\n", "stages need different names"),
        ("name: r\nstages: [{name: a, generator: {n_scales_spatial: 3, ngf: 6}}]\n", "must be a multiple of 4"),
        ("name: r\nstages: [{name: a, schedule: {niter_fix_global: 2}}]\n", "needs generator.n_scales_spatial > 1"),
        (
            "name: r\nstages: [{name: a, generator: {n_scales_spatial: 2}}, {name: b}]\n",
            "stage 'b' has fewer scales than stage 'a'",
        ),
    ],
)
def test_recipe_that_contradicts_itself(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in errors(RecipeConfig, write(tmp_path, text))


def run_with(render: object) -> dict[str, object]:
    return {"runs": [{"name": "a", "dataset": "d.yaml", "recipe": "r.yaml", "render": render}]}


def test_preset_gives_what_the_run_does_not_say(tmp_path: Path) -> None:
    preset = str(write(tmp_path, "first_frame: none\nhow_many: 7\n"))
    (run,) = parse(RunsConfig, run_with({"preset": preset, "how_many": 3}), "x").runs
    assert (run.render.first_frame, run.render.how_many, run.render.crf) == ("none", 3, 18)


def test_fault_in_a_preset_names_its_file(tmp_path: Path) -> None:
    preset = write(tmp_path, "first_frame: nothing\n")
    with pytest.raises(ConfigError, match=r"file\.yaml: first_frame: should be 'real', 'none' or 'single'"):
        parse(RunsConfig, run_with({"preset": str(preset)}), "x")
    with pytest.raises(ConfigError, match="nowhere.yaml: cannot be read"):
        parse(RunsConfig, run_with({"preset": "nowhere.yaml"}), "x")
