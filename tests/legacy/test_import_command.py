import json
import os
import re
import shlex
from pathlib import Path

import pytest
import yaml

from vid2vid_core.cli import _parser as parser
from vid2vid_core.cli import main
from vid2vid_core.config import DatasetConfig, RecipeConfig, RunsConfig, StageConfig, control_channels, load, parse
from vid2vid_core.legacy.command_line import parse_command
from vid2vid_core.legacy.flags import FLAGS
from vid2vid_core.legacy.translation import Translation, translate

SHARED = Path(os.environ.get("VID2VID_SHARED", Path(__file__).parents[3] / "shared"))

PUBLISHED = {
    "street-512": [
        "python train.py --name label2city_512 --label_nc 35 --loadSize 512 --use_instance --fg "
        "--gpu_ids 0,1,2,3,4,5,6,7 --n_gpus_gen 6 --n_frames_total 6 --max_frames_per_gpu 2"
    ],
    "street-g1-512": [
        "python train.py --name label2city_256_g1 --label_nc 35 --loadSize 256 --use_instance --fg --n_downsample_G 2 "
        "--num_D 1 --max_frames_per_gpu 6 --n_frames_total 6",
        "python train.py --name label2city_512_g1 --label_nc 35 --loadSize 512 --n_scales_spatial 2 --use_instance "
        "--fg --n_downsample_G 2 --max_frames_per_gpu 2 --n_frames_total 4 --niter_step 2 --niter_fix_global 8 "
        "--niter_decay 5 --load_pretrain checkpoints/label2city_256_g1",
    ],
    "face-512": [
        "python train.py --name edge2face_512 --dataroot datasets/face/ --dataset_mode face --input_nc 15 "
        "--loadSize 512 --num_D 3 --gpu_ids 0,1,2,3,4,5,6,7 --n_gpus_gen 6 --niter 20 --niter_decay 20 "
        "--n_frames_total 12"
    ],
    "pose-256p": [
        "python train.py --name pose2body_256p --dataroot datasets/pose --dataset_mode pose --input_nc 6 --num_D 2 "
        "--resize_or_crop randomScaleHeight_and_scaledCrop --loadSize 384 --fineSize 256 "
        "--gpu_ids 0,1,2,3,4,5,6,7 --batchSize 8 --max_frames_per_gpu 3 --niter 5 --niter_decay 5 --no_first_img "
        "--n_frames_total 12 --max_t_step 4"
    ],
}


def translated(*commands: str) -> Translation:
    return translate([parse_command(command) for command in commands])


def stage_of(command: str) -> dict:
    return translated(command).recipe["stages"][0]


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_commands_give_the_published_recipes(name):
    ours = load(RecipeConfig, Path(__file__).parents[2] / f"config/recipes/{name}.yaml").stages
    made = parse(RecipeConfig, translated(*PUBLISHED[name]).recipe, "made").stages
    assert [_without_name(stage) for stage in made] == [_without_name(stage) for stage in ours]


def _without_name(stage: StageConfig) -> dict:
    """The stage; of its controls how many there are, since poses of recipes are drawn our way."""
    return {**vars(stage), "name": "", "controls": control_channels(stage, 35 * (stage.controls.kind == "labels"))}


@pytest.mark.shared
def test_the_flags_of_every_fixture_give_files_that_load(capsys, tmp_path):
    if not (SHARED / "golden/vid2vid").is_dir():
        pytest.skip(f"{SHARED}/golden/vid2vid is not there")
    texts = [path.read_text(encoding="utf-8") for path in sorted((SHARED / "golden/vid2vid").glob("*.json"))]
    commands = {flags for text in texts for flags in re.findall(r'"flags": ("[^"]*")', text)}
    assert len(commands) > 20
    for number, flags in enumerate(sorted(commands)):
        plain = json.loads(flags)
        test = plain.startswith("test ") or "--use_real_img" in plain or "--use_single_G" in plain
        command = f"python {'test' if test else 'train'}.py {plain.removeprefix('test ')}"
        out = tmp_path / str(number)
        assert main(["import-command", command, "--out", str(out)]) == 0, command
        (recipe,) = (out / "recipes").iterdir()
        load(RecipeConfig, recipe)
        (run,) = load(RunsConfig, next((out / "runs").iterdir())).runs
        assert Path(run.recipe) == recipe and Path(run.dataset).exists()
        if Path(run.dataset).read_text(encoding="utf-8").startswith("# Not written"):
            assert "--label_nc 35" not in command
        else:
            load(DatasetConfig, Path(run.dataset))


def test_what_is_printed_is_the_three_files(capsys):
    assert main(["import-command", PUBLISHED["street-512"][0] + " --tf_log --continue_train"]) == 0
    printed = capsys.readouterr().out
    recipe, dataset, runs = yaml.safe_load_all(printed)
    assert parse(RecipeConfig, recipe, "").stages[0].generator.fg
    assert parse(DatasetConfig, dataset, "").label_nc == 35
    assert parse(RunsConfig, runs, "").runs[0].recipe == "config/recipes/label2city-512.yaml"
    for part in (
        "# --name label2city_512: names here hold letters, digits and hyphens, so label2city-512",
        "# --tf_log: dead in the original",
        "# --continue_train: not needed: training resumes by itself",
        "# --dataroot was not given",
        "# n_gpus_gen 6: a chunk is up to 6 x 2 = 12",
        "# --gpu_ids 0,1,2,3,4,5,6,7: the device is chosen when it runs",
    ):
        assert part in printed


def test_files_are_never_overwritten(tmp_path, capsys):
    out = tmp_path / "made"
    assert main(["import-command", PUBLISHED["street-512"][0], "--out", str(out)]) == 0
    recipe = out / "recipes/label2city-512.yaml"
    recipe.write_text("mine\n", encoding="utf-8")
    assert main(["import-command", PUBLISHED["street-512"][0], "--out", str(out)]) == 1
    assert recipe.read_text(encoding="utf-8") == "mine\n"
    assert "already there and left alone" in capsys.readouterr().err


def test_a_chain_is_one_recipe_and_a_lone_link_says_what_it_needs():
    chain = translated(*PUBLISHED["street-g1-512"])
    assert [stage["name"] for stage in chain.recipe["stages"]] == ["label2city-256-g1", "label2city-512-g1"]
    assert not any("load_pretrain" in note for note in chain.recipe_notes)
    (note,) = (note for note in translated(PUBLISHED["street-g1-512"][1]).recipe_notes if "load_pretrain" in note)
    assert "import-checkpoint checkpoints/label2city_256_g1" in note and "--init" in note


def test_a_test_adds_how_to_render():
    test = "python test.py --name label2city_512 --label_nc 35 --loadSize 512 --use_instance --fg"
    for flags, first in (
        ("--use_single_G", "single"),
        ("--use_real_img --use_single_G", "real"),
        ("--no_first_img --use_real_img", "none"),
    ):
        result = translated(f"{test} {flags}")
        assert result.render == {"first_frame": first, "how_many": 300}
    assert any("stopped with an error" in note for note in translated(test).render_notes)
    notes = translated(f"{test} --use_real_img --how_many 5 --start_frame 3 --lr 1").render_notes
    assert any("--how_many 5: frames in all" in note for note in notes)
    assert any("--start_frame 3: refused" in note for note in notes)
    assert any("--lr 1: test.py had no such flag" in note for note in translated(f"{test} --lr 1").recipe_notes)


@pytest.mark.parametrize(
    ("size", "sizes"),
    [
        (512, {"netG": "global"}),
        (1024, {"netG": "global", "n_downsample_global": 4}),
        (2048, {"netG": "local", "ngf": 32, "n_downsample_global": 4}),
    ],
)
def test_a_single_image_generator_is_the_published_one_of_that_size(size, sizes):
    recipe = translated(f"python test.py --label_nc 35 --use_single_G --loadSize {size}").recipe
    assert recipe["image_stage"]["generator"] == sizes and recipe["image_stage"]["data"] == {"loadSize": size}
    face = translated("python test.py --dataset_mode face --input_nc 15 --use_single_G").recipe["image_stage"]
    assert face["generator"] == {"netG": "global_with_features"} and face["controls"] == {"kind": "face"}


@pytest.mark.parametrize(
    "flags",
    [
        "--label_nc 35 --loadSize 2048 --fg --fg_labels 24,26 --use_instance --use_single_G --which_epoch 20",
        "--label_nc 20 --use_real_img --checkpoints_dir 'my models'",
        "--dataset_mode pose --input_nc 3 --openpose_only --no_first_img --resize_or_crop scaleHeight --loadSize 256",
    ],
)
def test_the_commands_for_the_checkpoint_are_commands_of_ours(flags):
    lines = translated(f"python test.py --name a_b {flags}").checkpoint_commands
    assert lines[0].startswith("vid2vid import-checkpoint ") and "--load-size" in lines[0]
    for line in lines:
        program, *words = shlex.split(line)
        options = parser().parse_args(words)
        assert program == "vid2vid" and options.out
    assert ("vid2vid render" in lines[-1]) == ("pose" not in flags)


@pytest.mark.parametrize(
    ("mode", "ours", "remark"),
    [
        ("scaleHeight", "scaleHeight", ""),
        ("ScaleHeight", "none", "'scaleHeight' was meant"),
        ("ScaleHeight_and_scaledCrop", "scaledCrop", "'scaleHeight_and_scaledCrop' was meant"),
        ("scaleWidth_and_Crop", "scaleWidth", "'scaleWidth_and_crop' was meant"),
        ("scalewidth", "none", "'scaleWidth' was meant"),
    ],
)
def test_mis_spelt_modes_are_named_and_do_what_the_original_did(mode, ours, remark):
    result = translated(f"python train.py --label_nc 35 --resize_or_crop {mode}")
    assert result.recipe["stages"][0]["data"]["resize_or_crop"] == ours
    notes = [note for note in result.recipe_notes if "resize_or_crop" in note]
    assert len(notes) == bool(remark) and all(remark in note for note in notes)


def test_a_mode_that_has_no_equal_is_refused():
    with pytest.raises(ValueError, match="scaled nothing and cropped by width.*'scaleWidth_and_scaledCrop' was meant"):
        translated("python train.py --label_nc 35 --resize_or_crop ScaleWidth_and_scaledCrop")


def test_generator_gpus_become_the_length_of_a_chunk():
    assert stage_of("python train.py --label_nc 35 --gpu_ids 0,1,2")["schedule"] == {"n_gpus_gen": 3}
    shared = translated("python train.py --label_nc 35 --gpu_ids 0,1,2 --batchSize 3")
    assert "schedule" not in shared.recipe["stages"][0]
    assert any("n_gpus_gen is 1" in note for note in shared.recipe_notes)


def test_what_the_original_did_without_saying():
    pose = stage_of("python train.py --dataset_mode pose --input_nc 3 --openpose_only --no_first_img")
    published = {"people": "all", "crop": "central", "drop_per_frame": True}
    assert pose["controls"] == {"kind": "pose", "openpose_only": True} | published
    assert pose["generator"] == {"no_flow": True, "no_first_img": True} and pose["data"]["no_flip"]
    gan = translated("python train.py --label_nc 35 --gan_mode hinge")
    assert gan.recipe["stages"][0]["losses"] == {"gan_mode": "ls"}
    assert any("dead in the original" in note and "gan_mode: hinge" in note for note in gan.recipe_notes)
    assert "schedule" not in stage_of("python train.py --label_nc 35 --niter_fix_global 5")


@pytest.mark.parametrize(
    ("flags", "controls"),
    [
        (
            "--dataset_mode face --input_nc 1 --no_dist_map --no_canny_edge",
            {"no_dist_map": True, "no_canny_edge": True},
        ),
        ("--dataset_mode face --input_nc 15 --random_scale_points", {"random_scale_points": True}),
        ("--dataset_mode pose --input_nc 6 --basic_point_only", {"basic_point_only": True}),
        (
            "--dataset_mode pose --input_nc 6 --remove_face_labels --random_drop_prob 0.2",
            {"remove_face_labels": True, "random_drop_prob": 0.2},
        ),
    ],
)
def test_flags_of_faces_and_poses_become_controls(flags, controls):
    for program in ("train", "test"):
        made = translated(f"python {program}.py --name a {flags}").recipe["stages"][0]["controls"]
        assert made.items() >= controls.items()


def test_a_flag_of_other_controls_was_dead():
    result = translated("python train.py --dataset_mode face --input_nc 15 --densepose_only --basic_point_only")
    assert result.recipe["stages"][0]["controls"] == {"kind": "face"}
    assert "--densepose_only: dead in the original with face controls" in result.recipe_notes
    assert not any("does not fit" in note for note in result.recipe_notes)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("--label_nc 35 --dataset_mode street", "--dataset_mode street: unknown"),
        ("--label_nc 35 --dataset_mode face", "face controls are no label maps"),
        ("--label_nc 35 --output_nc 1", "three picture channels"),
        ("--label_nc 35 --n_frames_G 1", r"stages\[0\]\.generator\.n_frames_G: should be greater than or equal to 2"),
        ("--dataset_mode pose --input_nc 6 --fg", "generator.fg needs controls.kind labels"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(flags, expected):
    with pytest.raises(ValueError, match=expected):
        translated(f"python train.py {flags}")


def test_commands_that_do_not_belong_together_are_refused():
    with pytest.raises(ValueError, match="--label_nc differs"):
        translated("python train.py --name a --label_nc 35", "python train.py --name b --label_nc 20")
    with pytest.raises(ValueError, match="2 commands call test.py"):
        translated("python test.py --label_nc 35", "python test.py --label_nc 35")


@pytest.mark.parametrize("name", [name for name, flag in FLAGS.items() if flag.fate in ("moot", "dead", "refused")])
def test_a_flag_without_a_key_is_accounted_for(name):
    flag = FLAGS[name]
    value = "" if flag.kind == "switch" else str(flag.default).replace("inf", "9")
    phase = "test" if flag.phase == "test" else "train"
    notes = translated(f"python {phase}.py --label_nc 35 --{name} {value}").recipe_notes
    assert any(note.startswith(f"--{name}") and flag.note in note for note in notes)
