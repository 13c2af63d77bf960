"""What training leaves out of pose maps at random, so that a model copes with parts that no detector found.

Drawn once for a clip, so that nothing flickers; anew for every frame as published with `drop_per_frame`.
Source: Wang et al., Video-to-Video Synthesis (2018), its augmentation of poses.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.config import ControlConfig
from vid2vid_core.maps.densepose import HEAD_PARTS, PARTS
from vid2vid_core.maps.person import Person, Points
from vid2vid_core.maps.pose_limbs import HEAD_JOINTS, LIMBS

HEAD_NOISE, FACE_NOISE = 5.0, 2.0
"""Standard deviation of the shift of each head joint, and of the whole face, pixels."""


@dataclass(frozen=True)
class Variation:
    """How the pose maps of a frame differ from what was found."""

    limbs: tuple[bool, ...] = (True,) * len(LIMBS)
    """Which limbs are drawn."""
    left_hand: bool = True
    right_hand: bool = True
    face: bool = True
    cleared: frozenset[int] = frozenset()
    """Parts that are cleared in the DensePose picture."""
    head_shift: tuple[tuple[float, float], ...] = ((0.0, 0.0),) * len(HEAD_JOINTS)
    """Shift of each joint of the head (nose, eyes, ears), pixels."""
    face_shift: tuple[float, float] = (0.0, 0.0)
    """Shift of the whole face, pixels."""

    def moved(self, person: Person) -> Person:
        """The person with head and face shifted; points that were not found stay missing."""
        body = person.body.copy()
        body[list(HEAD_JOINTS)] = _shifted(body[list(HEAD_JOINTS)], np.array(self.head_shift))
        return Person(body, _shifted(person.face, np.array(self.face_shift)), person.left_hand, person.right_hand)


AS_FOUND = Variation()
"""Everything is drawn where it was found."""


def rendering_variation(controls: ControlConfig) -> Variation:
    """What holds when rendering: nothing is random, but a head whose labels training never showed is cleared."""
    return Variation(cleared=HEAD_PARTS) if controls.remove_face_labels else AS_FOUND


def clip_variations(controls: ControlConfig, frames: int, rng: np.random.Generator) -> list[Variation]:
    """The variation of each frame of a training clip.

    Args:
        controls: `random_drop_prob`, `remove_face_labels` and `drop_per_frame`.
        frames: number of frames.
        rng: of the clip.
    """
    if controls.drop_per_frame:
        return [_drawn(controls, rng) for _ in range(frames)]
    return [_drawn(controls, rng)] * frames


def _drawn(controls: ControlConfig, rng: np.random.Generator) -> Variation:
    probability = controls.random_drop_prob
    if probability == 0:
        return rendering_variation(controls)
    *limbs, left_hand, right_hand, face = (rng.random(len(LIMBS) + 3) >= probability).tolist()
    cleared = frozenset((np.flatnonzero(rng.random(PARTS) < probability) + 1).tolist())
    drawn = Variation(tuple(limbs), left_hand, right_hand, face, cleared)
    if not controls.remove_face_labels:
        return drawn
    head = rng.normal(0, HEAD_NOISE, (len(HEAD_JOINTS), 2))
    return Variation(
        drawn.limbs,
        left_hand,
        right_hand,
        face,
        cleared | HEAD_PARTS,
        tuple((x, y) for x, y in head.tolist()),
        tuple(rng.normal(0, FACE_NOISE, 2).tolist()),
    )


def _shifted(points: Points, shift: NDArray[np.float64]) -> Points:
    found = points[:, 2:] > 0
    return np.concatenate([points[:, :2] + shift * found, points[:, 2:]], axis=1)
