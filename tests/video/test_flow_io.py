"""Flow files."""

import cv2
import numpy as np
import pytest

from vid2vid_core.video.flow_io import LARGEST, read_flow, write_flow


def test_a_flow_comes_back_within_the_stated_error(tmp_path):
    rng = np.random.default_rng(0)
    flow = rng.uniform(-500, 500, (33, 47, 2)).astype(np.float32)
    confidence = rng.random((33, 47)).astype(np.float32)
    write_flow(tmp_path / "f.png", flow, confidence)
    read, certain = read_flow(tmp_path / "f.png")
    assert read.dtype == certain.dtype == np.float32
    assert np.abs(read - flow).max() <= 1 / 128 + 1e-4
    assert np.abs(certain - confidence).max() <= 1 / 65535


def test_the_file_is_what_the_format_says(tmp_path):
    flow = np.zeros((4, 5, 2), np.float32)
    flow[1, 2] = (3.5, -2.25)
    write_flow(tmp_path / "f.png", flow, np.ones((4, 5), np.float32))
    stored = cv2.imread(str(tmp_path / "f.png"), cv2.IMREAD_UNCHANGED)[..., ::-1]  # RGB
    assert stored.dtype == np.uint16
    assert stored[1, 2].tolist() == [32768 + 224, 32768 - 144, 65535]
    assert stored[0, 0].tolist() == [32768, 32768, 65535]


def test_vectors_out_of_range_are_clipped_and_not_trusted(tmp_path):
    flow = np.zeros((1, 3, 2), np.float32)
    flow[0, 0] = (600, 1)
    flow[0, 1] = (LARGEST, -LARGEST)
    write_flow(tmp_path / "f.png", flow, np.ones((1, 3), np.float32))
    read, certain = read_flow(tmp_path / "f.png")
    assert certain[0].tolist() == [0, 1, 1]
    assert read[0, 0].tolist() == [LARGEST, 1]
    assert read[0, 1].tolist() == [LARGEST, -LARGEST]


@pytest.mark.parametrize(
    ("flow", "confidence", "message"),
    [
        (np.zeros((4, 5, 3)), np.zeros((4, 5)), "must be"),
        (np.zeros((4, 5, 2)), np.zeros((5, 4)), "must be"),
        (np.full((4, 5, 2), np.nan), np.zeros((4, 5)), "not finite"),
        (np.zeros((4, 5, 2)), np.full((4, 5), 1.5), "0..1"),
    ],
)
def test_wrong_input_is_refused(tmp_path, flow, confidence, message):
    with pytest.raises(ValueError, match=message):
        write_flow(tmp_path / "f.png", flow.astype(np.float32), confidence.astype(np.float32))


@pytest.mark.parametrize(
    "content", [b"", b"no picture", cv2.imencode(".png", np.zeros((4, 4, 3), np.uint8))[1].tobytes()]
)
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "f.png").write_bytes(content)
    with pytest.raises(ValueError, match="f.png: a flow file is a 16-bit PNG"):
        read_flow(tmp_path / "f.png")
