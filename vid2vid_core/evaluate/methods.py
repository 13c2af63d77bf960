"""Every method on the same scenes: the model and the baselines it has to beat."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.evaluate.baselines import METHODS, MeanColour
from vid2vid_core.evaluate.footage import Scene
from vid2vid_core.evaluate.protocol import DIS_PRESET
from vid2vid_core.quality.fidelity import Picture
from vid2vid_core.quality.measure import NO_PAIR, Motion, measure_frame, measure_pair
from vid2vid_core.video.dis import DisFlow, opencv_on_one_thread

Values = dict[str, NDArray[np.float64]]
"""Measurements by name, each over the frames of a run."""


def measure_run(scenes: Iterable[Scene], colours: MeanColour) -> dict[str, Values]:
    """Measure every method on the scenes of one run, in order; one scene is in memory at a time."""
    estimator = DisFlow(DIS_PRESET)
    collected: dict[str, dict[str, list[float]]] = {method: defaultdict(list) for method in METHODS}
    before: dict[str, Picture] = {}
    for scene in scenes:
        pictures = _pictures(scene, colours)
        with opencv_on_one_thread():
            measured = _measure_scene(scene, pictures, before, estimator)
        for method, values in measured.items():
            for name, value in values.items():
                collected[method][name].append(value)
        before = pictures
    return {method: {name: np.array(value) for name, value in values.items()} for method, values in collected.items()}


def _pictures(scene: Scene, colours: MeanColour) -> dict[str, Picture]:
    return {
        "model": scene.output,
        "copy_previous": scene.real_before,
        "mean_colour": colours.picture(scene.labels),
        "real": scene.real,
    }


def _measure_scene(
    scene: Scene, pictures: dict[str, Picture], before: dict[str, Picture], estimator: DisFlow
) -> dict[str, dict[str, float]]:
    """Measurements by method; `before` holds the pictures of the scene before, empty for the first."""
    values = {method: measure_frame(picture, scene.real) for method, picture in pictures.items()}
    if scene.motion is None:
        return {method: value | NO_PAIR for method, value in values.items()}
    pairs = {method: (picture, before[method]) for method, picture in pictures.items()}
    flows = {method: estimator.estimate(*pair) for method, pair in pairs.items()}
    motion = Motion(*scene.motion, estimated=flows["real"])
    return {
        method: values[method] | measure_pair(pair, pairs["real"], motion, flows[method])
        for method, pair in pairs.items()
    }
