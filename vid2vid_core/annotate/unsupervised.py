"""Segmenter 'unsupervised': superpixels in clusters fitted on the training split; needs no weights and no labels."""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from vid2vid_core.annotate.frame_table import read_frames
from vid2vid_core.annotate.segmenter import Frame, Picture, Segmentation
from vid2vid_core.annotate.superpixels import HEIGHT_FEATURE, NUM_FEATURES, describe, shrink, superpixels, weighted
from vid2vid_core.config import AnnotateConfig
from vid2vid_core.storage import atomic_file
from vid2vid_core.video.confidence import photometric
from vid2vid_core.video.dis import DisFlow
from vid2vid_core.video.lookup import sample

logger = logging.getLogger("vid2vid_core.annotate")

_SAMPLED_FRAMES = 120
"""Training frames the clusters are fitted on, spread evenly."""
_INERTIA = 0.9
"""Weight of what the previous frame said about a point that is still in view: removes flicker."""
_SAME_COLOUR = 0.05
"""Squared colour difference up to which a point counts as still in view."""


def fit_segmenter(frame_tables: list[Path], out: Path, config: AnnotateConfig) -> None:
    """Fit the clusters on the training frames of these tables and write them to `out` (.npz, no pickles).

    Labels are numbered by mean height in the picture, from the top down, so the same data gives the same ids.

    Raises:
        ValueError: no usable training frame, or fewer superpixels than clusters.
    """
    from sklearn.cluster import KMeans

    frames = _training_frames(frame_tables)
    chosen = np.unique(np.linspace(0, len(frames) - 1, min(len(frames), _SAMPLED_FRAMES)).round().astype(int))
    samples = []
    for index in tqdm(chosen, desc="fit segmenter", unit="frame", disable=None):
        picture = shrink(frames[index].read())
        samples.append(describe(picture, superpixels(picture, config.superpixels)))
    features = np.concatenate(samples)  # (S, F)
    if len(features) < config.clusters:
        raise ValueError(
            f"annotate.clusters ({config.clusters}) exceeds the {len(features)} superpixels of all training frames; "
            "use fewer clusters or raise annotate.superpixels"
        )
    mean, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    points = weighted(features, mean, scale)
    centres = KMeans(config.clusters, n_init=4, random_state=0).fit(points).cluster_centers_
    centres = centres[np.lexsort((centres[:, 0], centres[:, HEIGHT_FEATURE]))]
    spread = _squared_distances(points, centres).min(axis=1).mean()
    with atomic_file(out) as temporary, temporary.open("wb") as handle:
        np.savez(
            handle, centres=centres, mean=mean, scale=scale, spread=max(spread, 1e-9), superpixels=config.superpixels
        )
    logger.info("%s: %d clusters from %d superpixels of %d frames", out, len(centres), len(features), len(chosen))


def _training_frames(frame_tables: list[Path]) -> list[Frame]:
    frames: list[Frame] = []
    for table in frame_tables:
        found, metadata = read_frames(table)
        if metadata["split"] == "train":
            frames += [frame for frame in found if frame]
    if not frames:
        named = ", ".join(str(table) for table in frame_tables) or "none given"
        raise ValueError(f"no usable training frame to fit the unsupervised segmenter on (frame tables: {named})")
    return frames


class UnsupervisedSegmenter:
    """Gives every superpixel its nearest cluster, weighed over time along the motion, so that labels do not flicker."""

    def __init__(self, fitted: Path) -> None:
        """Read what `fit_segmenter` wrote. Raises ValueError for any other file."""
        try:
            with np.load(fitted, allow_pickle=False) as data:
                self._centres, self._mean, self._scale = data["centres"], data["mean"], data["scale"]
                self._spread, self._num_superpixels = float(data["spread"]), int(data["superpixels"])
        except (OSError, ValueError, KeyError) as error:
            raise ValueError(f"{fitted}: not a fitted segmenter ({error}); delete it and run again") from error
        if self._centres.shape[1] != NUM_FEATURES:
            raise ValueError(f"{fitted}: has {self._centres.shape[1]} features, needs {NUM_FEATURES}; delete it")
        self._flow = DisFlow("fast")

    def segment(self, frames: Iterable[Frame]) -> Iterator[Segmentation]:
        """See `Segmenter`."""
        sequence, before, belief = "", None, None
        for frame in frames:
            picture = shrink(frame.read())
            if frame.sequence != sequence:
                sequence, before, belief = frame.sequence, None, None
            regions = superpixels(picture, self._num_superpixels)
            membership = self._membership(picture, regions)[regions]  # (h, w, K)
            if before is not None and belief is not None and before.shape == picture.shape:
                membership = self._blend(picture, before, membership, belief)
            before, belief = picture, membership
            labels = membership.argmax(axis=2).astype(np.uint8)
            size = (frame.width, frame.height)
            yield Segmentation(labels=cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST_EXACT))

    def _membership(self, picture: Picture, regions: NDArray[np.int64]) -> NDArray[np.float32]:
        """(S, K) share of each cluster in each region, by distance; rows sum to 1."""
        points = weighted(describe(picture, regions), self._mean, self._scale)
        exponent = -_squared_distances(points, self._centres) / self._spread
        shares = np.exp(exponent - exponent.max(axis=1, keepdims=True))
        return (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)

    def _blend(
        self, picture: Picture, before: Picture, membership: NDArray[np.float32], belief: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Mix the (h, w, K) membership of this frame with that of the previous one, moved along the flow."""
        flow = self._flow.estimate(picture, before)
        inertia = _INERTIA * photometric(picture, before, flow, _SAME_COLOUR)[..., None]
        carried = np.dstack([sample(belief[..., k : k + 4], flow) for k in range(0, belief.shape[2], 4)])
        return (inertia * carried + (1 - inertia) * membership).astype(np.float32)


def _squared_distances(points: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """(S, K) from (S, F) and (K, F)."""
    return ((points[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
