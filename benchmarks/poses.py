"""Pose estimation with subject, hands checked and silhouettes packed, against the bare mediapipe Holistic loop.

Both read nothing and run the same model with segmentation on the same frames, in turns; the aim is 0.9. Without a clip,
a photograph that scikit-image brings is moved about. The built-in body-part map is timed beside it.

    python benchmarks/poses.py [VIDEO]
"""

import statistics
import sys
import time
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from vid2vid_core.annotate.pose.body_parts import draw_parts
from vid2vid_core.annotate.pose.estimator import Figure
from vid2vid_core.annotate.pose.holistic import HolisticEstimator
from vid2vid_core.annotate.quiet import quiet_stderr
from vid2vid_core.config import PoseAnnotateConfig
from vid2vid_core.video.read import read_video
from vid2vid_core.video.reference_flow import Picture

FRAMES, ROUNDS, WARM_UP = 60, 2, 5


def drawn_frames() -> list[Picture]:
    from skimage.data import astronaut

    person = cv2.resize(astronaut(), (480, 480), interpolation=cv2.INTER_AREA)
    frames = []
    for number in range(FRAMES):
        frame = np.full((480, 640, 3), 90, np.uint8)
        left = 80 + round(40 * np.sin(number / 6))
        frame[:, left : left + 480] = person
        frames.append(frame)
    return frames


def measured(frames: list[Picture]) -> tuple[list[float], list[float], list[Figure]]:
    """Processor time of each frame, ms: ours, bare; and who was found. In turns, so that both meet the same machine."""
    from mediapipe.python.solutions.holistic import Holistic  # type: ignore[import-untyped]

    estimator = HolisticEstimator(PoseAnnotateConfig(), silhouettes=True)
    estimator.start()
    fast, slow = [], []
    found: list[Figure] = []
    with quiet_stderr("mediapipe"), Holistic(enable_segmentation=True, refine_face_landmarks=True) as model:
        for frame in frames[:WARM_UP]:
            estimator.find(frame)
            model.process(frame)
        for frame in frames * ROUNDS:
            start = time.process_time()
            model.process(frame)
            between = time.process_time()
            found += estimator.find(frame)
            slow.append(1000 * (between - start))
            fast.append(1000 * (time.process_time() - between))
    return fast, slow, found


def parts_ms(figures: list[Figure], size: tuple[int, int]) -> float:
    """Milliseconds of one thread to draw the body parts of a figure."""
    cv2.setNumThreads(1)
    times = []
    for figure in figures:
        silhouette = None if figure.silhouette is None else figure.silhouette.unpack()
        start = time.thread_time()
        draw_parts(figure.person, silhouette, size, True)
        times.append(1000 * (time.thread_time() - start))
    return statistics.median(times)


def main() -> None:
    """Print the times and, last, the claim."""
    clip = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    frames = drawn_frames() if clip is None else list(islice(read_video(clip), FRAMES))
    size = (frames[0].shape[1], frames[0].shape[0])
    print(f"{clip or 'drawn'}: {len(frames)} frames of {size[0]}x{size[1]}, processor time of all threads")
    fast, slow, found = measured(frames)
    print(f"found in {len(found)} of {len(fast)} frames")
    print(f"built-in body parts: {parts_ms(found, size):.1f} ms a frame, one thread")
    mine, bare = (statistics.median(times) for times in (fast, slow))
    print(f"poses: {bare / mine:.2f}x (ours {mine:.1f} ms, baseline {bare:.1f} ms)")


if __name__ == "__main__":
    main()
