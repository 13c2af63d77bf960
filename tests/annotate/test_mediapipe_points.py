import numpy as np

from vid2vid_core.annotate.pose.mediapipe_points import FACE_MESH, body_points, face_points, fine_points

SIZE = (200, 100)


def landmarks(visibility=0.9):
    """33 landmarks, number i at share i/50 in x and i/40 in y."""
    i = np.arange(33)
    return np.column_stack([i / 50, i / 40, np.full(33, visibility)])


def test_left_and_right_are_the_persons_and_middles_lie_between():
    body = body_points(landmarks(), SIZE, 0.5)

    def place(*numbers):
        i = np.mean(numbers)
        return [i / 50 * 200 - 0.5, i / 40 * 100 - 0.5, 0.9]

    sources = {0: [0], 1: [11, 12], 2: [12], 4: [16], 7: [15], 8: [23, 24], 15: [5], 18: [7], 22: [32]}
    for joint, numbers in sources.items():
        np.testing.assert_allclose(body[joint], place(*numbers))
    assert not body[[20, 23]].any()


def test_invented_points_are_missing():
    found = landmarks()
    found[13, 2] = 0.49
    found[23, 2] = 0.5
    found[14, :2] = -0.001, 0.5
    found[16, :2] = 0.5, 1.001
    found[15, :2] = 0.0, 1.0
    body = body_points(found, SIZE, 0.5)
    assert not body[[3, 4, 6]].any()
    np.testing.assert_allclose(body[7], [-0.5, 99.5, 0.9])  # on the border, at x = 0: found
    assert body[8, 2] == 0.5  # as sure as the less sure hip


def test_fine_points_outside_are_missing_one_by_one():
    points = fine_points(np.array([[0.5, 0.5], [1.2, 0.5]]), SIZE)
    np.testing.assert_allclose(points, [[99.5, 49.5, 1], [0, 0, 0]])


def test_face_is_picked_from_the_mesh():
    assert len(FACE_MESH) == 70 and len(set(FACE_MESH)) == 70
    mesh = np.column_stack([np.arange(478) / 478, np.full(478, 0.5)])
    face = face_points(mesh, SIZE)
    assert face.shape == (70, 3)
    np.testing.assert_allclose(face[[8, 36, 69], 0], np.array([152, 33, 473]) / 478 * 200 - 0.5)
    plain = face_points(mesh[:468], SIZE)
    assert plain.shape == (70, 3) and plain[:68, 2].all() and not plain[68:].any()
