import json
import os
import subprocess
import sys
from pathlib import Path

import golden
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("VID2VID_SHARED", ROOT.parent / "shared"))


def write_fixture(folder: Path, name: str = "a", kind: str = "masked_l1", **changes: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    arrays = {key: rng.normal(size=(1, 3, 4, 5)).astype(np.float32) for key in ("in.input", "in.target")}
    arrays["in.mask"] = np.ones((1, 1, 4, 5), np.float32)
    arrays["out.loss"] = np.abs(arrays["in.input"] - arrays["in.target"]).mean()
    arrays |= changes
    folder.mkdir(exist_ok=True)
    np.savez(folder / f"{name}.npz", **arrays)
    side = {"kind": kind, "tolerance": {"rtol_float64_run": 1e-5}, "arrays": {k: v.shape for k, v in arrays.items()}}
    (folder / f"{name}.json").write_text(json.dumps(side))


def test_agreement_is_one_line_and_exit_code_0(tmp_path, capsys):
    write_fixture(tmp_path, "05b_masked_l1")
    assert golden.main([str(tmp_path)]) == 0
    line, summary = capsys.readouterr().out.splitlines()
    assert line.startswith("05b_masked_l1   worst ")
    assert line.endswith(" of 1e-05 (loss)   ok")
    assert summary == "1 fixtures, 0 failed"


@pytest.mark.parametrize("wrong", [1.0001, np.nan])
def test_wrong_number_fails(tmp_path, capsys, wrong):
    write_fixture(tmp_path)
    loss = np.load(tmp_path / "a.npz")["out.loss"]
    write_fixture(tmp_path, "b", **{"out.loss": loss * wrong})
    assert golden.main([str(tmp_path)]) == 1
    right, failed, reason, _ = capsys.readouterr().out.splitlines()
    assert right.endswith("ok")
    assert failed.startswith("b ") and failed.endswith("FAIL")
    assert "loss: off by" in reason


def test_unknown_kind_fails_and_the_others_go_on(tmp_path, capsys):
    write_fixture(tmp_path, "a", kind="dream")
    write_fixture(tmp_path, "b")
    assert golden.main([str(tmp_path)]) == 1
    failed, reason, right, _ = capsys.readouterr().out.splitlines()
    assert failed.endswith("FAIL") and "unknown kind 'dream'" in reason
    assert right.endswith("ok")


def test_array_that_nothing_compares_fails(tmp_path, capsys):
    write_fixture(tmp_path, **{"out.gradient": np.zeros(3, np.float32)})
    assert golden.main([str(tmp_path)]) == 1
    assert "not compared: gradient" in capsys.readouterr().out


def test_missing_expected_array_fails(tmp_path, capsys):
    write_fixture(tmp_path, "a")
    arrays = dict(np.load(tmp_path / "a.npz"))
    del arrays["out.loss"]
    np.savez(tmp_path / "a.npz", **arrays)
    assert golden.main([str(tmp_path)]) == 1
    assert "no array out.loss" in capsys.readouterr().out


def test_exception_fails_with_its_message_and_the_others_go_on(tmp_path, capsys):
    write_fixture(tmp_path, "a", **{"in.mask": np.ones((2, 7), np.float32)})
    write_fixture(tmp_path, "b")
    assert golden.main([str(tmp_path)]) == 1
    failed, reason, right, _ = capsys.readouterr().out.splitlines()
    assert failed.endswith("FAIL") and "RuntimeError" in reason
    assert right.endswith("ok")


def test_folders_without_fixtures_are_failures(tmp_path, capsys):
    (tmp_path / "weights.json").write_text('{"about": "no kind, so no fixture"}')
    assert golden.main([str(tmp_path)]) == 1
    assert "holds no fixture" in capsys.readouterr().out
    assert golden.main([str(tmp_path / "nowhere")]) == 1
    assert "no such folder" in capsys.readouterr().out
    (tmp_path / "broken.json").write_text("{")
    assert golden.main([str(tmp_path)]) == 1
    assert "broken.json: cannot be read as JSON" in capsys.readouterr().out


def test_subfolders_are_left_alone(tmp_path, capsys):
    write_fixture(tmp_path)
    write_fixture(tmp_path / "quirks", "b", kind="dream")
    assert golden.main([str(tmp_path)]) == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vid2vid", "flownet2", "data"])
def test_all_golden_fixtures(name):
    folder = SHARED / "golden" / name
    if not folder.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{folder} is missing; set VID2VID_SHARED to the folder that holds golden/")
        pytest.skip(f"{folder} is missing (VID2VID_SHARED says where the golden fixtures are)")
    done = subprocess.run(
        [sys.executable, "tests/golden.py", str(folder)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
