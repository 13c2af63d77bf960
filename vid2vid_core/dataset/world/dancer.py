"""A drawn person who dances. Lengths are in heads, angles in radians from straight down; x to the right, y down.

Pose estimators find this figure as they find people (tests/dataset/test_pose_world.py).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.dataset.world.limbs import Array, Colour, draw_rod
from vid2vid_core.dataset.world.waves import Wave, wave

Point = NDArray[np.float64]

HEIGHT = 7.7
"""From the top of the hair to the soles, heads."""
_SKIN, _HAIR, _SHOE, _WHITE, _LIP = (226, 172, 142), (84, 56, 34), (46, 38, 40), (248, 246, 240), (186, 66, 70)
_SHIRT = (206, 96, 44)
_SLEEVES: tuple[Colour, Colour] = ((48, 128, 148), (214, 164, 52))
_TROUSERS: tuple[Colour, Colour] = ((66, 74, 122), (118, 60, 92))
_SIDES = (-1, 1)


@dataclass(frozen=True)
class Stance:
    """Where somebody is at a moment; pairs are those on the left of the picture, then on the right."""

    hip: Point
    """Middle of the hips, from where the dancer began."""
    lean: float
    """Of the upper body."""
    nod: float
    """Of the head, beyond that."""
    arms: tuple[tuple[float, float], tuple[float, float]]
    """Angles of upper arm and forearm, outwards."""
    lifts: tuple[float, float]
    """0 .. 1: how far a foot is lifted."""
    speech: float
    """0 .. 1: how far the mouth is open."""


class Dancer:
    """Moves made up from a seed."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._steps, self._sway, self._lean = wave(rng, 0.8), wave(rng, 0.35), wave(rng, 0.4)
        self._nod, self._speech = wave(rng, 0.5), wave(rng, 1.3)
        self._arms: list[tuple[Wave, Wave]] = [(wave(rng, 0.45), wave(rng, 0.6)) for _ in _SIDES]

    def stance(self, time: float) -> Stance:
        """At a time, seconds."""
        arms = [(1.25 + 1.3 * upper(time), 1.5 * lower(time)) for upper, lower in self._arms]
        step = self._steps(time)
        bounce = 0.12 * abs(step)
        return Stance(
            hip=np.array([0.5 * self._sway(time), bounce]),
            lean=0.14 * self._lean(time),
            nod=0.16 * self._nod(time),
            arms=((arms[0][0], arms[0][0] + 0.5 + arms[0][1]), (arms[1][0], arms[1][0] + 0.5 + arms[1][1])),
            lifts=(max(0.0, -step), max(0.0, step)),
            speech=max(0.0, self._speech(time)),
        )


class Brush:
    """Draws a stance at a place and size of a picture."""

    def __init__(self, picture: Array, origin: Point, head: float) -> None:
        """Args: the picture as in `draw_rod`; where the hips began, pixels; pixels of a head."""
        self._picture, self._origin, self._head = picture, origin, head

    def rod(self, start: Point, end: Point, radii: tuple[float, float], colour: Colour) -> None:
        """As `draw_rod`, in heads."""
        a, b = (self._origin + self._head * point for point in (start, end))
        draw_rod(self._picture, a, b, self._head * radii[0], self._head * radii[1], colour)

    def draw(self, stance: Stance) -> None:
        """The whole figure."""
        up, right = _turned(np.pi + stance.lean), _turned(np.pi / 2 + stance.lean)
        neck = stance.hip + 2.4 * up
        for side, lift, colour in zip(_SIDES, stance.lifts, _TROUSERS, strict=True):
            self._leg(stance.hip + 0.36 * side * right, side, lift, stance.hip[1], colour)
        self._torso(stance.hip, neck, right)
        self._face(neck, stance.lean + stance.nod, stance.speech)
        for side, arm, colour in zip(_SIDES, stance.arms, _SLEEVES, strict=True):
            self._arm(neck - 0.32 * up + 0.74 * side * right, side, arm, colour)

    def _leg(self, hip: Point, side: int, lift: float, sunk: float, colour: Colour) -> None:
        """A lifted knee comes towards us, so that the thigh looks shorter; standing legs bend as the hips sink."""
        knee = hip + (1.8 - 0.5 * sunk - 0.7 * lift) * _turned(side * (0.12 + 0.35 * lift))
        ankle = knee + (1.75 - 0.5 * sunk - 0.25 * lift) * _turned(side * (0.02 - 0.25 * lift))
        self.rod(ankle + [0, 0.08], ankle + [0.2 * side, 0.2], (0.16, 0.14), _SHOE)
        self.rod(knee, ankle, (0.25, 0.15), colour)
        self.rod(hip, knee, (0.38, 0.26), colour)

    def _torso(self, hip: Point, neck: Point, right: Point) -> None:
        down = (hip - neck) / 2.4
        self.rod(hip - 0.24 * right - 0.1 * down, hip + 0.24 * right - 0.1 * down, (0.4, 0.4), _TROUSERS[0])
        self.rod(neck + 1.5 * down, neck + 2.1 * down, (0.58, 0.62), _SHIRT)
        self.rod(neck + 0.85 * down, neck + 1.6 * down, (0.74, 0.57), _SHIRT)
        self.rod(neck + 0.4 * down - 0.62 * right, neck + 0.4 * down + 0.62 * right, (0.32, 0.32), _SHIRT)
        self.rod(neck + 0.15 * down, neck - 0.3 * down, (0.24, 0.22), _SKIN)

    def _arm(self, shoulder: Point, side: int, arm: tuple[float, float], colour: Colour) -> None:
        elbow = shoulder + 1.3 * _turned(side * arm[0])
        along, across = _turned(side * arm[1]), _turned(side * arm[1] + np.pi / 2)
        wrist = elbow + 1.12 * along
        self.rod(shoulder, elbow, (0.29, 0.21), colour)
        self.rod(elbow, wrist, (0.21, 0.13), colour)
        self.rod(wrist + 0.06 * along, wrist + 0.3 * along, (0.13, 0.17), _SKIN)
        for finger in np.arange(4) - 1.5:
            knuckle = wrist + 0.36 * along + 0.085 * finger * across
            self.rod(knuckle, knuckle + 0.3 * along + 0.05 * finger * across, (0.05, 0.036), _SKIN)
        thumb = wrist + 0.12 * along + 0.14 * side * across
        self.rod(thumb, thumb + 0.2 * along + 0.16 * side * across, (0.056, 0.04), _SKIN)

    def _face(self, neck: Point, tilt: float, speech: float) -> None:
        up, right = _turned(np.pi + tilt), _turned(np.pi / 2 + tilt)

        def at(x: float, y: float) -> Point:
            """Place on the face: to the right and up from its middle."""
            return neck + (0.68 + y) * up + x * right

        self.rod(at(0, 0.13), at(0, 0.16), (0.42, 0.42), _HAIR)
        self.rod(at(0, 0.06), at(0, -0.16), (0.34, 0.26), _SKIN)
        for side in _SIDES:
            self.rod(at(0.36 * side, 0.0), at(0.36 * side, -0.08), (0.05, 0.04), _SKIN)
            self.rod(at(0.1 * side, 0.03), at(0.17 * side, 0.03), (0.042, 0.042), _WHITE)
            self.rod(at(0.135 * side, 0.03), at(0.135 * side, 0.03), (0.032, 0.032), _HAIR)
            self.rod(at(0.08 * side, 0.12), at(0.2 * side, 0.12), (0.018, 0.014), _HAIR)
        self.rod(at(0, 0.02), at(0, -0.1), (0.036, 0.056), (236, 182, 152))
        self.rod(at(-0.09, -0.22), at(0.09, -0.22), (0.026, 0.026), _LIP)
        self.rod(at(-0.03, -0.225), at(0.03, -0.225), (0.012 + 0.04 * speech, 0.012 + 0.04 * speech), (70, 22, 26))


def _turned(angle: float) -> Point:
    """Unit vector at an angle from straight down, positive angles to the right."""
    return np.array([np.sin(angle), np.cos(angle)])
