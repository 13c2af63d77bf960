"""Flow files."""

import struct
import zlib

import cv2
import numpy as np
import pyarrow as pa
import pytest

from vid2vid_core.video.flow_io import LARGEST, read_flow, write_flow


def test_a_flow_comes_back_within_the_stated_error(tmp_path):
    rng = np.random.default_rng(0)
    flow = rng.uniform(-500, 500, (33, 47, 2)).astype(np.float32)
    confidence = rng.random((33, 47)).astype(np.float32)
    write_flow(tmp_path / "f.flow", flow, confidence)
    read, certain = read_flow(tmp_path / "f.flow")
    assert read.dtype == certain.dtype == np.float32
    assert np.abs(read - flow).max() <= 1 / 128 + 1e-4
    assert np.abs(certain - confidence).max() <= 1 / 510 + 1e-6


def test_the_file_is_what_the_format_says(tmp_path):
    flow = np.zeros((1, 3, 2), np.float32)
    flow[0, 1] = (3.5, -2.25)
    write_flow(tmp_path / "f.flow", flow, np.ones((1, 3), np.float32))
    data = (tmp_path / "f.flow").read_bytes()
    assert struct.unpack("<4sII", data[:12]) == (b"vfl1", 3, 1)
    assert struct.unpack("<I", data[-4:]) == (zlib.crc32(data[:-4]),)
    planes = np.frombuffer(pa.Codec("zstd").decompress(data[12:-4], 15, asbytes=True), np.uint8).reshape(5, 3)
    x, y = planes[:2] + 256 * planes[2:4].astype(int)
    assert x.tolist() == [0, 2 * 224, 2 * 224 - 1]  # changes 0, 224, -224
    assert y.tolist() == [0, 2 * 144 - 1, 2 * 144]  # changes 0, -144, 144
    assert planes[4].tolist() == [255, 255, 255]


def test_jumps_as_large_as_the_range_survive(tmp_path):
    rng = np.random.default_rng(1)
    flow = np.where(rng.random((40, 50, 2)) < 0.5, -LARGEST, LARGEST).astype(np.float32)
    assert write_flow(tmp_path / "f.flow", flow, np.ones((40, 50), np.float32)) == 0
    assert (read_flow(tmp_path / "f.flow")[0] == flow).all()


def test_smooth_flow_takes_little_space(tmp_path):
    y, x = np.mgrid[0:128, 0:256].astype(np.float32)
    write_flow(tmp_path / "f.flow", np.dstack([x / 20, y / 30]), np.ones((128, 256), np.float32))
    assert (tmp_path / "f.flow").stat().st_size < 128 * 256 / 8


def test_vectors_out_of_range_are_clipped_and_not_trusted(tmp_path):
    flow = np.zeros((1, 3, 2), np.float32)
    flow[0, 0] = (600, 1)
    flow[0, 1] = (LARGEST, -LARGEST)
    assert write_flow(tmp_path / "f.flow", flow, np.ones((1, 3), np.float32)) == 1
    read, certain = read_flow(tmp_path / "f.flow")
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
        write_flow(tmp_path / "f.flow", flow.astype(np.float32), confidence.astype(np.float32))


@pytest.mark.parametrize("content", [b"", b"no flow", cv2.imencode(".png", np.zeros((4, 4, 3)))[1].tobytes()])
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "f.flow").write_bytes(content)
    with pytest.raises(ValueError, match="f.flow: a flow file begins with"):
        read_flow(tmp_path / "f.flow")


@pytest.mark.parametrize("damage", ["shorter", "longer", "flipped"])
def test_a_damaged_file_is_refused(tmp_path, damage):
    write_flow(tmp_path / "f.flow", np.ones((8, 9, 2), np.float32), np.ones((8, 9), np.float32))
    data = (tmp_path / "f.flow").read_bytes()
    broken = {"shorter": data[:-5], "longer": data + b"x", "flipped": data[:20] + bytes([data[20] ^ 1]) + data[21:]}
    (tmp_path / "f.flow").write_bytes(broken[damage])
    with pytest.raises(ValueError, match="f.flow: damaged flow file"):
        read_flow(tmp_path / "f.flow")
