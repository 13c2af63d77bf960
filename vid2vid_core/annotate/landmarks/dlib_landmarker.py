"""Backend dlib: frontal faces by histograms of gradients, then 68 points by an ensemble of regression trees."""

import dlib  # type: ignore[import-untyped]
import numpy as np

from vid2vid_core.annotate.landmarks.face import Face
from vid2vid_core.assets import require_asset
from vid2vid_core.assets.store import DLIB68
from vid2vid_core.config import FaceAnnotateConfig
from vid2vid_core.video.reference_flow import Picture


class DlibLandmarker:
    """A `FaceLandmarker`; every frame stands for itself.

    Source: Kazemi and Sullivan, One Millisecond Face Alignment with an Ensemble of Regression Trees, CVPR 2014.
    """

    def __init__(self, config: FaceAnnotateConfig) -> None:
        """Read the model. Raises ValueError if it is not here or another file."""
        self._detector = dlib.get_frontal_face_detector()
        self._predictor = dlib.shape_predictor(str(require_asset(DLIB68)))
        self._upsample, self._threshold = config.upsample, config.min_confidence or 0.0

    def start(self) -> None:
        """See `FaceLandmarker`."""

    def find(self, picture: Picture) -> list[Face]:
        """See `FaceLandmarker`; the confidence is the detector's score, about 0 to 3."""
        boxes, scores, _ = self._detector.run(picture, self._upsample, self._threshold)
        found = []
        for box, score in zip(boxes, scores, strict=True):
            points = [(point.x, point.y) for point in self._predictor(picture, box).parts()]
            found.append(Face(np.array(points, np.float64), float(score)))
        return found
