"""Landmarks of a video through the annotate stage, against the bare library in a loop over the same frames.

The baseline reads each picture and calls the library, with the settings of our backends; ours also follows the subject,
fills gaps, and writes landmark files and table. All times are of the processor, so that a busy machine counts less.
Two videos at once in two processes, as `--cores 2` runs them, have twice the throughput if neither slows the other:
that is what is measured, again in processor time.

    python benchmarks/landmarks.py [VIDEO]          # without: 150 drawn frames of 640x360
"""

import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from vid2vid_core.annotate.landmarks import mediapipe_landmarker
from vid2vid_core.annotate.stage import annotate_video
from vid2vid_core.assets import require_asset
from vid2vid_core.assets.store import DLIB68
from vid2vid_core.config import AnnotateConfig, DatasetConfig, FaceAnnotateConfig, Source
from vid2vid_core.storage import read_table
from vid2vid_core.video.decode import decode_frames

ROUNDS = 2
NUM_DRAWN = 150


def draw_frames(folder: Path) -> Path:
    """The photograph of a person that ships inside scikit-image, moving about."""
    from skimage.data import astronaut

    folder.mkdir()
    for t in range(NUM_DRAWN):
        angle = np.array(0.06 * t)
        move = np.array([[0.75, 0, 150 + 120 * np.sin(angle)], [0, 0.75, 10 * np.cos(angle)]])
        picture = cv2.warpAffine(astronaut(), move, (640, 360), borderMode=cv2.BORDER_REFLECT)
        cv2.imwrite(str(folder / f"{t:04d}.png"), picture[..., ::-1])
    return folder


def decode(video: Path, root: Path) -> Path:
    kind = "folder" if video.is_dir() else "video"
    source = Source(id="clip", split="train", path=str(video), kind=kind)
    decode_frames(source, root / "clip", root / "clip.parquet", DatasetConfig(name="d", mode="face").frames)
    return root / "clip.parquet"


def ours(frames: Path, backend: str, root: Path) -> int:
    """The stage; returns how many frames have a face."""
    face = FaceAnnotateConfig(backend=backend)  # type: ignore[arg-type]
    config = DatasetConfig(name="d", mode="face", annotate=AnnotateConfig(face=face))
    source = Source(id="clip", split="train", path="clip", kind="video")
    annotate_video(frames, root / "out", root / "out.parquet", config, source, None)
    return int(read_table(root / "out.parquet")[0]["valid"].sum())


def bare_dlib() -> Callable[[np.ndarray], int]:
    import dlib

    detector, predictor = dlib.get_frontal_face_detector(), dlib.shape_predictor(str(require_asset(DLIB68)))

    def call(picture: np.ndarray) -> int:
        boxes = detector(picture, 0)
        for box in boxes:
            predictor(picture, box)
        return len(boxes)

    return call


def bare_mediapipe() -> Callable[[np.ndarray], int]:
    from mediapipe.python.solutions.face_mesh import FaceMesh

    module = mediapipe_landmarker
    mesh = FaceMesh(
        max_num_faces=module._LARGEST_NUMBER,
        min_detection_confidence=module._DETECTION,
        min_tracking_confidence=module._PRESENCE,
    )
    return lambda picture: len(mesh.process(picture).multi_face_landmarks or [])


BARE = {"dlib": bare_dlib, "mediapipe": bare_mediapipe}


def baseline(pictures: list[Path], backend: str) -> int:
    call = BARE[backend]()
    return sum(call(cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)) > 0 for path in pictures)


def spent(work: Callable[[], int]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def job(arguments: tuple[Path, str]) -> float:
    """The stage in a process of its own."""
    frames, backend = arguments
    with tempfile.TemporaryDirectory() as folder:
        return spent(lambda: ours(frames, backend, Path(folder)))


def scaling(frames: Path, backend: str) -> float:
    """How many times the throughput of one process two have, each on a core."""
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.map(job, [(frames, backend)] * 2, chunksize=1)  # imports
        rounds = []
        for _ in range(ROUNDS):
            alone = pool.apply(job, ((frames, backend),))
            rounds.append((alone, max(pool.map(job, [(frames, backend)] * 2, chunksize=1))))
    alone, together = (min(column) for column in zip(*rounds, strict=True))
    return 2 * alone / together


def main() -> None:
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        frames = decode(Path(sys.argv[1]) if len(sys.argv) > 1 else draw_frames(root / "drawn"), root / "frames")
        rows = read_table(frames)[0]
        pictures = [frames.parent / path for path in rows["image"]]
        for backend in ("mediapipe", "dlib"):
            found = ours(frames, backend, root), baseline(pictures, backend)
            print(f"{backend}: {found[0]} of {len(rows)} frames with a face, {found[1]} by the bare library")
            pairs = [
                (spent(lambda b=backend: ours(frames, b, root)), spent(lambda b=backend: baseline(pictures, b)))
                for _ in range(ROUNDS)
            ]
            mine, theirs = (min(column) / len(rows) for column in zip(*pairs, strict=True))
            print(f"{backend}: {1 / mine:.0f} frames a second and core, {1 / theirs:.0f} by the bare library")
            print(f"{backend}: two processes have {scaling(frames, backend):.2f} times the throughput of one")
            print(
                f"landmarks {backend}: {theirs / mine:.2f}x (ours {1e3 * mine:.1f} ms, baseline {1e3 * theirs:.1f} ms)"
            )


if __name__ == "__main__":
    main()
