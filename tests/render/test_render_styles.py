"""One sequence rendered with several typical looks."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn_sequences import LABEL_NC, WIDTH, image_weights, labels, write_dataset, write_png, write_weights

from vid2vid_core.cli import main
from vid2vid_core.config import RenderConfig
from vid2vid_core.dataset.frames import FrameReader
from vid2vid_core.models.image_weights import load_image_model
from vid2vid_core.models.styles import find_styles
from vid2vid_core.models.weights import load_generator
from vid2vid_core.render.first_frame import SinglePicture
from vid2vid_core.render.render import render_video
from vid2vid_core.render.stream import render_run
from vid2vid_core.storage import read_table


def render(tmp_path: Path, manifest: Path, config: RenderConfig, **weights: object) -> Path:
    """The folder of the pictures; its table lies beside it."""
    file, out = write_weights(tmp_path / "weights.safetensors", **weights), tmp_path / "run" / "one"
    render_video(file, manifest, "one", out, out.with_suffix(".parquet"), config, "cpu")
    return out


def styled(tmp_path: Path, styles: int = 3, **generator: object) -> RenderConfig:
    kinds = {"netG": "global_with_features"} | generator
    file = image_weights(tmp_path / "first.safetensors", **kinds)
    return RenderConfig(first_frame="single", single=str(file), styles=styles)


def test_every_style_is_a_video_and_the_first_is_the_one_that_counts(tmp_path: Path) -> None:
    """No photograph is needed, though the generator reads features."""
    manifest = write_dataset(tmp_path / "data", {"one": 5}, photographs=False)
    out = render(tmp_path, manifest, styled(tmp_path))
    rows, metadata = read_table(out.with_suffix(".parquet"))
    assert rows["output"].tolist() == [f"one/one-000/{number:06d}.png" for number in (2, 3, 4)]
    assert len(metadata["styles"]) == 3 and sum(style["share"] for style in metadata["styles"]) == pytest.approx(1)
    names = ["one-000", "one-000.style-2", "one-000.style-3"]
    found = {path.name for path in out.iterdir()}
    assert found == {*names, *(f"{name}.mp4" for name in names), "one-000.side_by_side.mp4"}
    for frame in ("000002.png", "000004.png"):
        pictures = [cv2.imread(str(out / name / frame)) for name in names]
        assert all((one != other).any() for one, other in zip(pictures, pictures[1:], strict=False))
    video = cv2.VideoCapture(str(out / "one-000.side_by_side.mp4"))
    assert video.get(cv2.CAP_PROP_FRAME_WIDTH) == 4 * WIDTH + 3 * 4  # controls and three styles


@pytest.mark.parametrize("norm", ["batch", "instance"])
def test_styles_do_not_touch_each_other(tmp_path: Path, norm: str) -> None:
    manifest = write_dataset(tmp_path / "data", {"one": 5})
    config = styled(tmp_path)
    out = render(tmp_path, manifest, config, norm=norm)
    model, _ = load_image_model(Path(config.single or ""))
    assert model.table is not None
    generator, info = load_generator(tmp_path / "weights.safetensors")
    reader = FrameReader(manifest, info.stage.data)
    for style, name in zip(find_styles(model.table, 3), ("one-000", "one-000.style-2", "one-000.style-3"), strict=True):
        alone = SinglePicture(model, LABEL_NC, style.frame)
        *_, last = render_run(reader, reader.runs()[0], generator, LABEL_NC, first_picture=alone)
        assert np.array_equal(cv2.imread(str(out / name / "000004.png"))[..., ::-1], last.picture)


def test_what_does_not_work_is_named(tmp_path: Path) -> None:
    manifest = write_dataset(tmp_path / "data", {"one": 5})
    with pytest.raises(ValueError, match="first.safetensors: 4 styles were asked for, but there are features of 3"):
        render(tmp_path, manifest, styled(tmp_path, 4))
    with pytest.raises(ValueError, match="first.safetensors: styles need a single-image generator with features"):
        render(tmp_path, manifest, styled(tmp_path, netG="global"))
    with pytest.raises(ValueError, match=r"trained to begin from nothing \(no_first_img\)"):
        render(tmp_path, manifest, styled(tmp_path), no_first_img=True)
    with pytest.raises(ValueError, match="need first_frame single; first_frame is real"):
        RenderConfig(styles=2)


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(4):
        write_png(tmp_path / "in" / f"{number}.png", labels(number))
    weights, first = write_weights(tmp_path / "w"), styled(tmp_path).single
    call = ["render", "--weights", str(weights), "--controls", str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    assert main([*call, "--single", str(first), "--styles", "2", "--device", "cpu"]) == 0
    assert (tmp_path / "out" / "in.style-2.mp4").is_file()
    assert main([*call, "--styles", "2"]) == 1
    assert "need first_frame single" in capsys.readouterr().err
