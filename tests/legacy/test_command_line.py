import math

import pytest

from vid2vid_core.legacy.command_line import parse_command
from vid2vid_core.legacy.flags import FLAGS


def test_values_get_their_types():
    command = parse_command(
        "CUDA_VISIBLE_DEVICES=0 python -u street/train.py --name a_b --lr 0.00005 --fg --fg_labels 24,26 --niter=5"
    )
    assert command.phase == "train"
    assert command.given == {"name": "a_b", "lr": 5e-5, "fg": True, "fg_labels": (24, 26), "niter": 5}
    assert command.number("n_frames_G") == 3 and command.value("no_flow") is False


def test_a_command_over_several_lines():
    command = parse_command("python test.py --name a \\\n  --gpu_ids -1 \\\n  --dataroot 'my data'  # a remark")
    assert command.phase == "test"
    assert (command.value("gpu_ids"), command.value("dataroot")) == ("-1", "my data")


def test_every_problem_at_once():
    with pytest.raises(ValueError) as caught:
        parse_command(
            "python train.py --loadsize 3 --ngf wide --fg yes --lr --n_frames_totl 4 --fg_labels a --niter 3 stray"
        )
    text = str(caught.value)
    for part in (
        "--loadsize: unknown; did you mean --loadSize?",
        "--ngf takes a whole number, got 'wide'",
        "--fg takes no value, got 'yes'",
        "--lr needs a value",
        "--n_frames_totl: unknown; did you mean --n_frames_total?",
        "'stray' belongs to no flag",
        "--fg_labels takes whole numbers with commas between them, got 'a'",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("python run.py --fg", "neither train.py nor test.py"),
        ("python train.py --name 'a", "cannot be split"),
        ("", "neither"),
    ],
)
def test_what_is_no_command(text, expected):
    with pytest.raises(ValueError, match=expected):
        parse_command(text)


def test_every_flag_is_translated_or_says_why_not():
    for name, flag in FLAGS.items():
        assert (flag.fate == "stage") == bool(flag.to), name
        assert flag.fate in ("stage", "special") or flag.note, name
        kinds = {"int": int, "float": float, "text": str, "switch": bool, "ids": tuple}
        assert isinstance(flag.default, kinds[flag.kind]), name
        assert flag.kind != "int" or not math.isinf(flag.default), name
