"""One face followed through made-up sightings."""

import numpy as np
import pytest

from vid2vid_core.annotate.face_quality import track_quality
from vid2vid_core.annotate.face_track import NO_FACE, Sighting, track_face
from vid2vid_core.annotate.landmarks import Face
from vid2vid_core.config import FaceAnnotateConfig, SmoothingConfig

SHAPE = np.random.default_rng(0).uniform(-0.5, 0.5, (68, 2))
SHAPE[36], SHAPE[45] = (-0.3, 0), (0.3, 0)


def face(x, y=100.0, size=60.0, confidence=0.8):
    return Face(SHAPE * size + (x, y), confidence)


def follow(sightings, times=None, **config):
    names = [f"{t:06d}" for t in range(len(sightings))]
    times = np.arange(len(sightings)) / 25 if times is None else np.array(times)
    return track_face(sightings, times, names, FaceAnnotateConfig(**config), ("clip", "clip-000"))


def seen(text, step=2.0):
    """x: the subject; o: only somebody else, far away; .: nobody; !: no picture."""
    kinds = {"x": lambda t: Sighting(faces=[face(100 + step * t)]), "o": lambda t: Sighting(faces=[face(400)])}
    kinds |= {".": lambda t: Sighting(), "!": lambda t: Sighting(reason="broken", usable=False)}
    return [kinds[c](t) for t, c in enumerate(text)]


def valid(track):
    return "".join("F" if f else "x" if v else "." for v, f in zip(track.valid, track.filled, strict=True))


@pytest.mark.parametrize(
    ("text", "config", "expected"),
    [
        ("xxxxx..xxxxx", {}, "xxxxxFFxxxxx"),
        ("xxxxx..xxxxx", {"max_gap": 1}, "xxxxx..xxxxx"),
        ("xxxxx..xxxxx", {"gaps": "cut"}, "xxxxx..xxxxx"),
        ("..xxxxxx....", {}, "..xxxxxx...."),
        ("xxxxx!.xxxxx", {}, "xxxxx.Fxxxxx"),  # nothing is put into a frame without a picture
        ("xxxx......xx", {}, "xxxx........"),  # two frames are a false alarm
        ("xxxx......xx", {"min_frames": 2}, "xxxx......xx"),
        ("xx", {}, "xx"),  # a sequence of two frames
        ("x.x......xxxx", {}, ".........xxxx"),  # filled frames are no sightings
        ("....", {}, "...."),
        ("", {}, ""),
    ],
)
def test_policies(text, config, expected):
    assert valid(follow(seen(text), **config)) == expected


def test_reasons():
    track = follow(seen("xxxxoo!.xxxx......x"), gaps="cut")
    other = "the face that is followed is not found, only another one"
    assert track.reasons[:8] == [""] * 4 + [other, other, "broken", NO_FACE]
    assert track.reasons[-1] == "a face in 1 frames in a row only, fewer than annotate.face.min_frames (3)"


def test_filled_frames_lie_between_their_neighbours_in_time():
    track = follow(seen("xxx.xxx"), times=[0, 1, 2, 2.25, 3, 4, 5])
    np.testing.assert_allclose(track.points[3], SHAPE * 60 + (104 + 0.25 * 4, 100))
    assert track.confidence.tolist() == [0.8] * 3 + [0] + [0.8] * 3


def test_a_passer_by_is_never_taken_for_the_subject():
    sightings = [Sighting(faces=[face(100), face(-50 + 20 * t, size=130)][:: (-1) ** t]) for t in range(20)]
    sightings += [Sighting(faces=[face(100)]) for _ in range(20)]
    track = follow(sightings)
    assert valid(track) == "x" * 40 and (track.points == SHAPE * 60 + (100, 100)).all()


def test_two_faces_that_cross():
    def at(t):
        faces = [face(60 + 6 * t, size=62), face(300 - 6 * t, y=104, size=58)]
        return Sighting(faces=faces[:1] if abs(t - 20) < 3 else faces[:: (-1) ** t])  # one hides the other

    track = follow([at(t) for t in range(41)])
    np.testing.assert_allclose(track.points[:, 36, 0], 60 + 6 * np.arange(41) - 0.3 * 62)


def test_small_faces_are_not_seen():
    track = follow([Sighting(faces=[face(100, size=20)])] * 5, min_size=30)
    assert valid(track) == "....." and track.reasons[0] == "no face of annotate.face.min_size (30 pixels) or more"


def test_fail_names_video_sequence_and_frames():
    with pytest.raises(
        ValueError, match="video 'clip', sequence 'clip-000': no face in 2 of 7 frames: 000003 to 000004"
    ):
        follow(seen("xxx..xx"), gaps="fail")
    assert valid(follow(seen("xxx!xxx"), gaps="fail")) == "xxx.xxx"  # a broken picture is not the face's fault


def test_smoothing_calms_and_begins_anew_after_a_cut():
    draw = np.random.default_rng(1)
    where = [100 + draw.normal(0, 1) for _ in range(20)] + [None] * 8 + [115 + draw.normal(0, 1) for _ in range(20)]
    sightings = [Sighting() if x is None else Sighting(faces=[face(x)]) for x in where]
    rough, calm = follow(sightings), follow(sightings, smoothing=SmoothingConfig())
    assert valid(rough) == valid(calm) == "x" * 20 + "." * 8 + "x" * 20
    steps = [np.abs(np.diff(track.points[:20, 0, 0])).mean() for track in (rough, calm)]
    assert steps[1] < 0.5 * steps[0]
    assert (calm.points[28] == rough.points[28]).all()


def test_given_faces_are_taken_as_they_are():
    sightings = [Sighting(faces=[face(x, size=size)]) for x, size in ((100, 60), (900, 8), (0, 200))]
    sightings += [Sighting(), Sighting(reason="bad file", usable=False), *sightings[:1]]
    track = follow(sightings, backend="given")
    assert valid(track) == "xxxF.x" and track.reasons[4] == "bad file"


def test_quality():
    sightings = seen("xxxxx..xxx!......", step=1.0)
    sightings[8] = Sighting(faces=[face(160)])  # further than the eyes are apart, but the boxes still touch
    numbers = track_quality("clip-000", follow(sightings))
    assert numbers == {
        "sequence": "clip-000", "frames": 17, "detected": 8, "filled": 2, "invalid": 7, "longest_gap": 7, "jumps": 2,
        "interocular": pytest.approx(36),
    }  # fmt: skip
    nobody = track_quality("clip-001", follow(seen("....")))
    assert nobody["interocular"] is None and nobody["detected"] == nobody["jumps"] == 0
