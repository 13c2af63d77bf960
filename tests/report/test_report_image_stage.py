"""The image stage of a recipe on the page: a row, curves and provenance like any other stage."""

import dataclasses
import shutil
from pathlib import Path

import pytest
from fabricated import FabricatedRun

from vid2vid_core.config import ImageGeneratorConfig, ImageStageConfig
from vid2vid_core.report.figures import key_figures
from vid2vid_core.report.inputs import RunInputs, read_inputs
from vid2vid_core.report.origin import configs
from vid2vid_core.report.training import stage_curves, stage_rows


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> RunInputs:
    run = FabricatedRun(tmp_path_factory.mktemp("run"), frames=6, clips=2)
    for folder in ("stages", "check"):
        shutil.copytree(run.run_dir / folder / "half-size", run.run_dir / folder / "first")
    stage = ImageStageConfig(name="first", generator=ImageGeneratorConfig(netG="local"))
    recipe = dataclasses.replace(run.recipe, image_stage=stage)
    return read_inputs(*run.arguments()[:4], recipe, run.dataset)


def test_it_has_the_first_row_and_curves(inputs: RunInputs) -> None:
    rows = stage_rows(inputs)
    assert [row.name for row in rows] == ["first", "half-size", "full-size"]
    assert rows[0].clip == "single pictures" and rows[0].scales == 2 and rows[0].epochs == "100 + 100"
    curves = stage_curves(inputs)
    assert [stage.name for stage in curves] == ["first", "half-size", "full-size"] and curves[0].samples


def test_its_time_checks_and_provenance_count(inputs: RunInputs) -> None:
    assert [title for title, _ in configs(inputs)][3:] == [
        f"Provenance of stage {name}" for name in ("first", "half-size", "full-size")
    ]
    assert len(inputs.checks) == 3
    assert any(figure.note == "in 3 stages" for figure in key_figures(inputs))


def test_a_missing_image_stage_is_named(inputs: RunInputs, tmp_path: Path) -> None:
    run = FabricatedRun(tmp_path, frames=6, clips=2)
    recipe = dataclasses.replace(run.recipe, image_stage=ImageStageConfig(name="first"))
    with pytest.raises(ValueError, match=r"stages/first/log.jsonl: missing"):
        read_inputs(*run.arguments()[:4], recipe, run.dataset)
