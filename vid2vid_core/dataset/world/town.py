"""Lays out the town along a drive: blocks of houses between side streets, and everything that stands or moves there."""

import dataclasses
from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.dataset.world.cars import BODIES, CAR, PAINTS, build_car
from vid2vid_core.dataset.world.houses import build_house
from vid2vid_core.dataset.world.light import Light, Shadows, make_light
from vid2vid_core.dataset.world.movers import Mover
from vid2vid_core.dataset.world.props import (
    PERSON,
    PERSON_JOINTS,
    PERSON_PIVOTS,
    build_fence,
    build_hedge,
    build_lamp,
    build_person,
    build_sign,
    build_traffic_light,
    build_tree,
)
from vid2vid_core.dataset.world.road import FRONTAGE, JUNCTION_HALF_WIDTH, KERB, LANE, Road
from vid2vid_core.dataset.world.surfaces import Builder, Surfaces

Array = NDArray[Any]

AHEAD = 260.0
"""Metres of town beyond the end of the drive."""
_BEHIND = 25.0
_PARKED = KERB - 1.05


@dataclasses.dataclass
class Town:
    """Everything that is seen on one drive."""

    road: Road
    light: Light
    shadows: Shadows
    standing: Surfaces
    movers: list[Mover]


class _Layout:
    """The town while it is being built."""

    def __init__(self, rng: np.random.Generator, length: float) -> None:
        self.rng, self.length = rng, length
        self.low, self.high = -_BEHIND, length + AHEAD
        self.road = _make_road(rng, self.low, self.high, length)
        self.light = make_light(rng)
        self.shadows = Shadows(self.road, self.light, self.low, self.high)
        self.builder = Builder()
        self._counts: Counter[int] = Counter()

    def stand(self, s: float, d: float) -> None:
        """The builder's next things stand at road coordinates, facing along the road."""
        x, z = self.road.place(s, d)
        self.builder.stand_at(float(x), float(z), float(self.road.heading(s)))

    def face(self, s: float, d: float) -> None:
        """As `stand`, but facing against the road's direction."""
        x, z = self.road.place(s, d)
        self.builder.stand_at(float(x), float(z), float(self.road.heading(s)) + np.pi)

    def new_instance(self, label: int) -> int:
        """The next Cityscapes instance id of `label`; after a thousand objects the numbers begin again."""
        self._counts[label] += 1
        return label * 1000 + (self._counts[label] - 1) % 1000

    def free(self, s: float, margin: float) -> bool:
        """Whether a thing may stand at s, `margin` metres clear of every side street."""
        return bool(np.abs(self.road.to_junction(np.array([s])))[0] > JUNCTION_HALF_WIDTH + margin)


def _make_road(rng: np.random.Generator, low: float, high: float, length: float) -> Road:
    junctions, s = [], float(rng.uniform(24, 40))
    while s < high:
        junctions.append(s)
        s += float(rng.uniform(58, 85))
    tightest = min(1 / 420, 0.8 / (length + AHEAD))
    curvature = float(rng.choice([-1.0, 1.0]) * rng.uniform(0.1, 1.0) * tightest)
    return Road(curvature, (junctions[0] - 75.0, *junctions))


def make_town(seed: tuple[int, int], length: float) -> Town:
    """The town of one drive of `length` metres; same seed, same town."""
    layout = _Layout(np.random.default_rng(seed), length)
    for side in (-1.0, 1.0):
        _houses(layout, side)
    layout.shadows.houses_done()
    for side in (-1.0, 1.0):
        _pavement(layout, side)
        _parked_cars(layout, side)
    _signals(layout)
    movers = _traffic(layout) + _walkers(layout)
    layout.shadows.finish()
    return Town(layout.road, layout.light, layout.shadows, layout.builder.build(), movers)


def _houses(layout: _Layout, side: float) -> None:
    """Lot after lot: a house at the pavement, a garden behind a fence with a house further back, or a lawn."""
    rng, s = layout.rng, layout.low
    for junction in (*layout.road.junctions, layout.high):
        end = junction - JUNCTION_HALF_WIDTH - 2.2
        s = max(s, layout.low)
        while end - s > 6.0:
            frontage = float(rng.uniform(8.0, 14.0))
            frontage = end - s if end - s < frontage + 6.0 else frontage
            kind = rng.random()
            if kind < 0.12:
                _lawn(layout, s + frontage / 2, frontage, side)
            else:
                _lot(layout, s + frontage / 2, frontage, side, 5.5 if kind < 0.30 else 0.0)
            s += frontage
        s = junction + JUNCTION_HALF_WIDTH + 2.2


def _lot(layout: _Layout, middle: float, frontage: float, side: float, setback: float) -> None:
    rng, builder = layout.rng, layout.builder
    depth = float(rng.uniform(9.0, 12.0))
    layout.stand(middle, side * (FRONTAGE + setback))
    height = build_house(builder, rng, frontage, depth, side)
    layout.shadows.add_box(middle, side * (FRONTAGE + setback + depth / 2), frontage, depth, height + 0.12 * depth)
    if setback == 0:
        return
    layout.stand(middle, side * (FRONTAGE + 0.15))
    build_fence(builder, frontage - 0.4)
    layout.stand(middle, side * (FRONTAGE + 1.3))
    build_hedge(builder, rng, frontage - 1.0)
    _tree(layout, middle + float(rng.uniform(-2, 2)), side * (FRONTAGE + 3.2), float(rng.uniform(5.0, 7.5)))


def _lawn(layout: _Layout, middle: float, frontage: float, side: float) -> None:
    """Open grass with trees, and a hedge at its far end."""
    for step in (-0.28, 0.28):
        height = float(layout.rng.uniform(5.0, 7.5))
        _tree(layout, middle + step * frontage, side * (FRONTAGE + float(layout.rng.uniform(3, 8))), height)
    layout.stand(middle, side * (FRONTAGE + 11.5))
    build_hedge(layout.builder, layout.rng, frontage)


def _tree(layout: _Layout, s: float, d: float, height: float) -> None:
    layout.stand(s, d)
    radius = build_tree(layout.builder, layout.rng, height)
    layout.shadows.add_ball(s, d, height - radius, radius * 0.95)
    layout.shadows.add_box(s, d, 0.25, 0.25, height * 0.6)


def _pavement(layout: _Layout, side: float) -> None:
    """Street trees and lamps along the kerb."""
    rng, s = layout.rng, layout.low + (4.0 if side > 0 else 9.0)
    number = 0
    while s < layout.high:
        if layout.free(s, 5.0):
            if number % 3 == 2:
                layout.stand(s, side * (KERB + 0.55))
                build_lamp(layout.builder, -side * 1.7)
                layout.shadows.add_box(s, side * (KERB + 0.55), 0.18, 0.18, 6.7)
            elif rng.random() < 0.62:
                _tree(layout, s, side * (KERB + 0.9), float(rng.uniform(5.2, 7.6)))
        number += 1
        s += float(rng.uniform(7.5, 10.5))


def _parked_cars(layout: _Layout, side: float) -> None:
    """Cars in the bays of the parking strip; on the left they face the camera."""
    rng, s = layout.rng, 6.2 * np.ceil(layout.low / 6.2) + 3.1
    while s < layout.high:
        if layout.free(s, 7.5) and rng.random() < 0.58:
            (layout.stand if side > 0 else layout.face)(s + float(rng.uniform(-0.4, 0.4)), side * _PARKED)
            kind = int(rng.integers(len(BODIES)))
            body = BODIES[kind]
            build_car(layout.builder, kind, PAINTS[rng.integers(len(PAINTS))], layout.new_instance(CAR))
            layout.shadows.add_box(s, side * _PARKED, body.length, body.width, body.height * 0.85)
        s += 6.2


def _signals(layout: _Layout) -> None:
    """Traffic lights or signs where a side street comes, and now and then a speed limit."""
    rng = layout.rng
    for junction in layout.road.junctions:
        lights = rng.random() < 0.5
        for side in (-1.0, 1.0):
            s, d = junction - side * (JUNCTION_HALF_WIDTH + 5.0), side * (KERB + 0.5)
            (layout.stand if side > 0 else layout.face)(s, d)
            if lights:
                build_traffic_light(layout.builder, 0)
            else:
                build_sign(layout.builder, 2)
            layout.shadows.add_box(s, d, 0.12, 0.12, 3.0)
        s = junction - float(rng.uniform(18, 26))
        layout.stand(s, KERB + 0.5)
        build_sign(layout.builder, int(rng.choice([0, 1, 3])))
        layout.shadows.add_box(s, KERB + 0.5, 0.12, 0.12, 2.9)


def _traffic(layout: _Layout) -> list[Mover]:
    """A car ahead in our lane, and cars that come towards us."""
    rng = layout.rng
    movers = [_car(layout, float(rng.uniform(17, 24)), LANE, float(rng.uniform(7.6, 8.8)))]
    s = float(rng.uniform(26, 40))
    while s < 2.2 * layout.length + AHEAD:
        movers.append(_car(layout, s, -LANE, -8.5))
        s += float(rng.uniform(22, 60))
    return movers


def _car(layout: _Layout, s: float, d: float, speed: float) -> Mover:
    rng, builder = layout.rng, Builder()
    kind = int(rng.integers(len(BODIES)))
    build_car(builder, kind, PAINTS[rng.integers(len(PAINTS))], layout.new_instance(CAR))
    body = BODIES[kind]
    return Mover(builder.build(), (s, d), (speed, 0.0), (body.width / 2, body.height / 2, body.length / 2), 140.0)


def _walkers(layout: _Layout) -> list[Mover]:
    """People on both pavements, and one or two who cross at each zebra crossing."""
    rng, movers = layout.rng, []
    for side in (-1.0, 1.0):
        s = float(rng.uniform(9, 14))
        while s < layout.high:
            pace = float(rng.uniform(1.1, 1.5) * rng.choice([-1.0, 1.0]))
            movers.append(_person(layout, (s, side * float(rng.uniform(KERB + 1.7, FRONTAGE - 0.5))), (pace, 0.0)))
            s += float(rng.uniform(4, 13))
    for junction in layout.road.junctions[2:]:
        pace = float(rng.uniform(1.0, 1.3) * rng.choice([-1.0, 1.0]))
        movers.append(_person(layout, (junction - 6.2, float(rng.uniform(-4, 4))), (0.0, pace)))
    return movers


def _person(layout: _Layout, start: tuple[float, float], velocity: tuple[float, float]) -> Mover:
    builder = Builder()
    build_person(builder, layout.rng, layout.new_instance(PERSON))
    joints, pivots = np.array(PERSON_JOINTS), np.array(PERSON_PIVOTS)
    stride = float(layout.rng.uniform(0, 2 * np.pi))
    return Mover(builder.build(), start, velocity, (0.28, 0.85, 0.24), 85.0, joints, pivots, stride)
