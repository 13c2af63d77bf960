"""Golden kinds of poses: drawn maps of people, of limbs left out, of a head that is moved.

Our drawing is the compatible one, so its pixels are compared; the bounds of a clean renderer hold besides. Where the
original had a defect, what it drew is compared only as far as it is none: points at x = 0, which it took for missing,
may be drawn besides; strokes shorter than a pixel, which it lost, leave the bounds of a clean renderer.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parity.fixture import Comparison, Fixture
from parity.masks import covered, difference, iou, near
from vid2vid_core.maps.face_crop import Box
from vid2vid_core.maps.openpose_file import read_openpose
from vid2vid_core.maps.person import BODY_SEEN, FACE_SEEN, Person
from vid2vid_core.maps.pose_augment import Variation
from vid2vid_core.maps.pose_limbs import FACE_STROKES, FINGERS, LIMBS
from vid2vid_core.maps.pose_map import draw_pose

Picture = NDArray[np.uint8]
NECK = (153, 0, 51)
"""Colour that the face region finder looks for."""


def run_pose(fixture: Fixture, comparison: Comparison) -> None:
    """All maps of one file of people."""
    people = read_openpose(fixture.folder / f"{fixture.name}.json")
    with np.load(fixture.folder / f"{fixture.name}.npz") as stored:
        maps = {key: stored[key] for key in stored.files if key.startswith("map_")}
        frame = Box(0, 0, *(int(side) for side in stored["size_wh"]))
    comparison.equal("people", len(people), fixture.side["case"]["people"])
    for key, expected in maps.items():
        kind, *which = key.removeprefix("map_").split("_")
        basic = kind == "basic"
        if not which and f"{key}_clipped" in maps:
            continue  # smeared along the border
        alone = [picture for name, picture in maps.items() if name.startswith(f"{key}_person")]
        if not which and alone:  # their sums wrap around
            _compare_masks(fixture, comparison, key, draw_pose(people, frame, basic=basic), np.maximum.reduce(alone))
            continue
        shown = [people[int(which[0].removeprefix("person"))]] if which and which[0] != "clipped" else people
        _compare(fixture, comparison, key, shown, frame, basic, expected)


def run_variants(fixture: Fixture, comparison: Comparison) -> None:
    """What training leaves out and moves, with prescribed draws."""
    case = fixture.side["case"]
    people = read_openpose(fixture.folder / case["source_json"])
    frame = Box(0, 0, *case["size_wh"])
    with np.load(fixture.folder / "variants.npz") as stored:
        for variant in case["variants"]:
            drawn = draw_pose(people, frame, variation=_variation(variant))
            _compare_pixels(fixture, comparison, variant["key"], drawn, stored[variant["key"]], "identical")


def _variation(variant: dict[str, Any]) -> Variation:
    if "limbs_kept" not in variant:
        return Variation(
            head_shift=tuple(map(tuple, variant["joint_noise_px_for_0_15_16_17_18"])),
            face_shift=tuple(variant["face_shift_px"]),
        )
    return Variation(
        limbs=tuple(variant["limbs_kept"]),
        left_hand=variant["hand_left_kept"],
        right_hand=variant["hand_right_kept"],
        face=variant["face_kept"],
    )


def _compare(
    fixture: Fixture,
    comparison: Comparison,
    name: str,
    people: list[Person],
    frame: Box,
    basic: bool,
    expected: Picture,
) -> None:
    as_original = [_without_zero(person) for person in people]
    drawn = draw_pose(as_original, frame, basic=basic)
    segments = np.concatenate([_segments(person) for person in as_original] or [np.zeros((0, 2, 2))])
    steps = np.abs(segments[:, 1] - segments[:, 0])
    least = "identical" if not len(people) or (steps.min(axis=1) > 0).all() else "identical on axes"
    if len(steps) and (steps.max(axis=1) < 1).any():
        least = "clean"
    _compare_pixels(fixture, comparison, name, drawn, expected, least)
    whole = draw_pose(people, frame, basic=basic)
    comparison.at_least(f"{name} with points at x = 0", covered(expected.any(axis=2), whole.any(axis=2)), 0.97)
    neck, own = ((picture == NECK).all(axis=2).sum() for picture in (expected, drawn))
    if neck:
        comparison.at_least(f"{name} neck limb", float(own / neck), 0.8)


def _without_zero(person: Person) -> Person:
    """As the original read the joints: those at x = 0 are missing."""
    return replace(person, body=person.body * (person.body[:, :1] != 0))


def _segments(person: Person) -> NDArray[np.float64]:
    """(K, 2, 2): ends of all that is drawn of a person."""
    body = person.body[:, 2] > BODY_SEEN
    found = [person.body[[limb.start, limb.end], :2] for limb in LIMBS if body[limb.start] and body[limb.end]]
    rows = [hand[list(points)] for hand in (person.left_hand, person.right_hand) for points, _ in FINGERS]
    rows = [row for row in rows if (row[:, 2] > BODY_SEEN).all()]
    face = [person.face[list(points)] for points in FACE_STROKES]
    rows += [row for row in face if (row[:, 2] > FACE_SEEN).all()]
    found += [row[at : at + 2, :2] for row in rows for at in range(len(row) - 1)]
    return np.array(found).reshape(-1, 2, 2)


def _compare_pixels(
    fixture: Fixture, comparison: Comparison, name: str, ours: Picture, theirs: Picture, least: str
) -> None:
    limits = fixture.side["tolerances"]["pose"]["compat_renderer"]
    shares = {
        "identical": limits["identical_foreground_share_min"],
        "identical on axes": limits["axis_aligned_cases_identical_share_min"],
        "clean": 0.0,
    }
    foreground = ours.any(axis=2) | theirs.any(axis=2)
    if not theirs.any():
        comparison.require(f"{name} is black", not ours.any())
        return
    comparison.at_least(name, float((ours == theirs).all(axis=2)[foreground].mean()), shares[least])
    _compare_masks(fixture, comparison, name, ours, theirs)
    both = ours.any(axis=2) & theirs.any(axis=2)
    off = np.median(np.abs(difference(ours, theirs))[both])
    clean = fixture.side["tolerances"]["pose"]["clean_renderer"]
    comparison.at_most(f"{name} colour", float(off), clean["median_colour_diff_max"])


def _compare_masks(fixture: Fixture, comparison: Comparison, name: str, ours: Picture, theirs: Picture) -> None:
    clean = fixture.side["tolerances"]["pose"]["clean_renderer"]
    first, second = ours.any(axis=2), theirs.any(axis=2)
    comparison.at_least(f"{name} near", near(first, second), clean["near_min"])
    comparison.at_least(f"{name} iou", iou(first, second), clean["iou_min"])


KINDS = {"data_pose": run_pose, "data_pose_variants": run_variants}
