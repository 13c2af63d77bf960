import dataclasses

import numpy as np
import pytest

from vid2vid_core.annotate.pose.estimator import Figure
from vid2vid_core.annotate.pose.quality import track_quality
from vid2vid_core.annotate.pose.track import Sighting, largest_people, track_pose
from vid2vid_core.annotate.subject import surrounding_box
from vid2vid_core.config import PoseAnnotateConfig, SmoothingConfig
from vid2vid_core.maps.drawn_person import drawn_person
from vid2vid_core.maps.person import missing


def figure(x, height=300.0, **change):
    person = dataclasses.replace(drawn_person(x, 20, height), **change)
    return Figure(person, surrounding_box(drawn_person(x, 20, height).body[:, :2]))


def seen(*figures):
    return Sighting(figures=figures)


def track(sightings, **config):
    names = [f"{t:03d}" for t in range(len(sightings))]
    return track_pose(sightings, np.arange(len(names)) / 10, names, PoseAnnotateConfig(**config), ("clip", "s"))


WALK = [seen(figure(100 + 2 * t)) for t in range(12)]


def replaced(sightings, **at):
    result = list(sightings)
    for name, sighting in at.items():
        result[int(name[1:])] = sighting
    return result


def test_short_gap_is_filled_in_between_and_said_to_be():
    found = track(replaced(WALK, t4=seen(), t5=seen()))
    assert found.valid.all() and found.filled.tolist() == [t in (4, 5) for t in range(12)]
    np.testing.assert_allclose(found.people[5].body[0, 0], WALK[5].figures[0].person.body[0, 0], atol=0.01)
    assert found.confidence[5] == 0 and found.confidence[3] == 1


def test_person_who_leaves_and_returns_leaves_a_gap_that_cuts():
    found = track([*WALK[:3], *[seen()] * 6, *WALK[9:]])
    assert found.valid.tolist() == [True] * 3 + [False] * 6 + [True] * 3
    assert found.reasons[4] == "no person found"
    assert track(replaced(WALK, t4=seen()), gaps="cut").valid.tolist() == [t != 4 for t in range(12)]


def test_policy_fail_names_video_and_frames():
    with pytest.raises(ValueError, match=r"'clip'.*'s'.*no person in 1 of 12 frames: 004"):
        track(replaced(WALK, t4=seen()), gaps="fail")


def test_frames_without_picture_and_bad_files_are_never_filled():
    found = track(replaced(WALK, t4=Sighting(reason="broken", usable=False)))
    assert not found.valid[4] and found.reasons[4] == "broken"


def test_one_subject_is_kept_among_several_and_others_do_not_stand_in():
    other = figure(500, 200)
    both = [seen(other, *sighting.figures) for sighting in WALK[4:8]]
    found = track([*WALK[:4], *both, *[seen(other)] * 3], gaps="cut")
    xs = [person.body[0, 0] for person in found.people[:8]]
    np.testing.assert_allclose(xs, [100 + 2 * t for t in range(8)], atol=10)
    assert not found.valid[8:].any() and "only another one" in found.reasons[9]


def test_hand_lost_for_a_moment_is_filled_unless_files_say_so():
    without = [seen(figure(100 + 2 * t, left_hand=missing(21))) if t in (4, 5) else WALK[t] for t in range(12)]
    assert track(without).people[4].left_hand[:, 2].all()
    assert not track(without).filled.any()
    assert not track(without, gaps="cut").people[4].left_hand.any()
    assert not track(without, backend="given").people[4].left_hand.any()
    long = [seen(figure(100 + 2 * t, left_hand=missing(21))) if 2 < t < 10 else WALK[t] for t in range(12)]
    assert not track(long).people[5].left_hand.any()


def test_false_alarm_of_an_estimator_is_no_person_but_a_lone_file_is():
    lone = replaced([seen()] * 12, t4=WALK[4])
    found = track(lone)
    assert not found.valid.any() and "annotate.pose.min_frames" in found.reasons[4]
    assert track(lone, backend="given").valid.sum() == 1


def test_x_zero_is_a_place_not_a_missing_point():
    body = figure(100).person.body.copy()
    body[4] = 0, 50, 0.9
    found = track([seen(figure(100, body=body))] * 4)
    np.testing.assert_allclose(found.people[2].body[4], [0, 50, 0.9])


def test_smoothing_calms_joints_and_leaves_missing_ones_missing():
    rng = np.random.default_rng(0)
    shaky = []
    for _ in range(30):
        body = figure(100).person.body.copy()
        body[:, :2] += rng.normal(0, 2, (25, 2))
        body[20] = 0
        shaky.append(seen(figure(100, body=body)))
    raw, calm = track(shaky), track(shaky, smoothing=SmoothingConfig(min_cutoff=0.5, beta=0.1))

    def trembling(found):
        return np.abs(np.diff([person.body[:20, :2] for person in found.people], axis=0)).mean()

    assert trembling(calm) < 0.6 * trembling(raw)
    assert not calm.people[7].body[20].any()


def test_largest_of_each_frame_where_files_are_used_in_place():
    small, large = figure(100, 200), figure(400, 400)
    found = largest_people([seen(small, large), Sighting(reason="why"), seen(small)])
    assert [person and person.body[0, 0] > 300 for person in found.people] == [True, None, False]
    assert found.reasons == ["", "why", ""] and not found.filled.any()


def test_quality_counts_gaps_and_jumps():
    far = [seen(dataclasses.replace(WALK[0].figures[0], person=drawn_person(900, 20, 300)))]
    found = track([*WALK[:4], *far, seen(), *WALK[6:]])
    quality = track_quality("s", found)
    assert quality["frames"] == 12 and quality["detected"] == 11 and quality["filled"] == 1
    assert quality["longest_gap"] == 1 and quality["jumps"] >= 1 and quality["face"] == 1
    nobody = track_quality("s", track([seen()] * 3))
    assert nobody["invalid"] == 3 and nobody["shoulders"] is None and nobody["jumps"] == 0
