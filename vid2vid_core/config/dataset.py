"""One dataset: where its videos come from, which annotators run, what counts as an error."""

import dataclasses
from typing import Annotated, Literal

from pydantic import Field

from vid2vid_core.config.annotate_face import FaceAnnotateConfig
from vid2vid_core.config.annotate_pose import PoseAnnotateConfig
from vid2vid_core.config.base import config_class

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$")]
Positive = Annotated[int, Field(ge=1)]
NonNegative = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Split = Literal["train", "test"]


@config_class
class VideoEntry:
    """A video file, a folder of frames, or a glob that matches several of either."""

    path: str
    """File, folder of images or glob, relative to the folder snakemake runs in. Never written to."""
    split: Split
    """Which split the frames belong to."""
    name: Identifier | None = None
    """Identifier of the video; by default made from the file name. Not for globs that match several."""
    labels: str | None = None
    """Label video, or folder of label images named like the frames; `{stem}`: the video's name without ending."""
    instances: str | None = None
    """Instance-id video (16-bit grey) or folder, in the same way."""
    keypoints: str | None = None
    """Faces: folder of landmark files (68 lines `x,y`) named like the frames, for annotate.face.backend given."""
    openpose: str | None = None
    """Poses: folder of OpenPose or COCO-WholeBody JSON files named like the frames, for annotate.pose.backend given."""
    densepose: str | None = None
    """Poses: folder of DensePose pictures named like the frames, for annotate.pose.densepose given."""
    start: Annotated[float, Field(ge=0)] | None = None
    """Skip what is shown before this time, in seconds."""
    end: Annotated[float, Field(gt=0)] | None = None
    """Stop before this time, in seconds."""
    start_frame: NonNegative = 0
    """Skip this many source frames."""
    max_frames: Positive | None = None
    """Take at most this many frames."""

    def __post_init__(self) -> None:
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError(f"end ({self.end} s) must be later than start ({self.start} s)")


@config_class
class WorldConfig:
    """A built-in world that makes its own videos; `street_demo` also labels, instances and exact flow."""

    kind: Literal["street_demo", "face_demo", "pose_demo"] = "street_demo"
    """Drives through a made-up town, a photographed face that speaks, or a drawn person who dances."""
    seed: NonNegative = 0
    """Same seed, same videos."""
    train: Positive = 3
    """Number of training clips."""
    test: Positive = 1
    """Number of test clips."""
    seconds: Annotated[float, Field(gt=0, le=600)] = 2.0
    """Length of a clip."""
    fps: Annotated[int, Field(ge=1, le=120)] = 15
    """Frames per second."""
    width: Annotated[int, Field(ge=64, le=4096, multiple_of=2)] = 256
    """Frame width, pixels."""
    height: Annotated[int, Field(ge=32, le=2160, multiple_of=2)] = 128
    """Frame height, pixels."""

    @property
    def mode(self) -> str:
        """The mode of the datasets it is for."""
        return self.kind.removesuffix("_demo")


@config_class
class FramesConfig:
    """How videos become frames."""

    fps: Annotated[float, Field(gt=0, le=1000)] | None = None
    """Resample to this rate; by default every source frame is kept with its own presentation time."""
    crop: tuple[NonNegative, NonNegative, Positive, Positive] | None = None
    """x, y, width, height in source pixels (after rotation), applied before `scale`."""
    scale: tuple[Positive, Positive] | None = None
    """Width and height of the frames, pixels; by default as in the source."""
    image_format: Literal["png", "jpg"] = "png"
    """png is lossless; jpg is smaller."""
    jpeg_quality: Annotated[int, Field(ge=2, le=31)] = 2
    """ffmpeg's -q:v for jpg: 2 is best, 31 worst."""
    folder_fps: Annotated[float, Field(gt=0, le=1000)] = 15.0
    """Frame rate assumed for a folder of images, which has no times of its own."""
    shot_threshold: Annotated[float, Field(gt=0)] | None = 27.0
    """Content change (PySceneDetect, 0..255) above which a new sequence begins; null: never cut."""
    min_shot_frames: Positive = 2
    """Shots shorter than this are kept in the table as invalid."""


@config_class
class AnnotateConfig:
    """How frames get what the networks are shown: labels and instance ids, or landmarks."""

    segmenter: Literal["given", "unsupervised", "panoptic"] = "given"
    """given: from label files; unsupervised: superpixels and clustering, no weights; panoptic: a transformers model."""
    id_map: str | dict[int, int] = "identity"
    """For given and panoptic: identity, cityscapes-train-to-id, camvid-to-id, or {source id: our id}."""
    clusters: Annotated[int, Field(ge=2, le=255)] = 12
    """unsupervised: number of labels."""
    superpixels: Annotated[int, Field(ge=4)] = 400
    """unsupervised: superpixels per frame."""
    model: str | None = None
    """panoptic: an asset (cityscapes-panoptic), or local folder or hub id of a Mask2Former, OneFormer or EoMT model."""
    batch_size: Positive = 4
    """panoptic: frames per forward pass."""
    instances: Literal["given", "segments", "components", "none"] = "components"
    """Where instance ids come from: files, panoptic segments, connected components of `instance_labels`, or nowhere."""
    instance_labels: tuple[NonNegative, ...] = (24, 25, 26, 27, 28, 29, 30, 31, 32, 33)
    """Labels whose connected components are objects of their own (Cityscapes: people and vehicles)."""
    min_instance_pixels: Positive = 16
    """Smaller components get no instance of their own."""
    face: FaceAnnotateConfig = dataclasses.field(default_factory=FaceAnnotateConfig)
    """Mode face: how frames get landmarks; the keys above are for mode street."""
    pose: PoseAnnotateConfig = dataclasses.field(default_factory=PoseAnnotateConfig)
    """Mode pose: how frames get key points and body parts."""

    def __post_init__(self) -> None:
        if self.segmenter == "panoptic" and self.model is None:
            raise ValueError("segmenter 'panoptic' needs 'model': an asset, a local folder or a hub id")
        if self.instances == "segments" and self.segmenter != "panoptic":
            raise ValueError("instances 'segments' needs segmenter 'panoptic'; use 'components', 'given' or 'none'")


@config_class
class CheckConfig:
    """What the checker tolerates."""

    near_duplicate_bits: Annotated[int, Field(ge=0, le=64)] = 2
    """Train and test frames are near-duplicates if their 64-bit difference hashes differ in at most this many bits."""
    leakage: Literal["error", "warning", "off"] = "error"
    """What a test frame that is also a training frame, or nearly so, is."""
    constant_labels: Literal["error", "warning", "off"] = "warning"
    """What a label image of one single value is."""


@config_class
class FlowConfig:
    """Reference flow between neighbouring frames."""

    backend: Literal["dis", "flownet2"] = "dis"
    """dis: OpenCV's dense inverse search, no weights; flownet2: the network, whose checkpoint must be at hand."""
    preset: Literal["ultrafast", "fast", "medium", "fine"] = "medium"
    """dis: quality; fine is medium down to full resolution, at four times the cost."""
    checkpoint: str | None = None
    """flownet2: the official checkpoint file; by default the asset `flownet2` (`vid2vid assets get flownet2`)."""
    batch_size: Positive = 4
    """flownet2: pairs of frames per forward pass."""
    photometric: Annotated[float, Field(gt=0)] = 0.02
    """Confidence needs a squared colour difference (summed over RGB in [-1, 1]) below this."""
    forward_backward: Annotated[float, Field(gt=0)] = 1.0
    """dis: confidence needs forward and backward flow to agree within this many pixels (plus 5 % of their length)."""


@config_class
class DatasetConfig:
    """One dataset YAML."""

    name: Identifier
    """Names the folder under results/datasets."""
    mode: Literal["street", "face", "pose"] = "street"
    """Which kind of controls: label maps, landmarks of a face, or key points of a body."""
    videos: tuple[VideoEntry, ...] = ()
    """Where the videos are; or give `layout` or `world`."""
    layout: str | None = None
    """Root of an existing dataset in the canonical layout (train_A, train_B, ...); used in place, never written to."""
    world: WorldConfig | None = None
    """A built-in world in place of videos of one's own."""
    label_nc: Annotated[int, Field(ge=1, le=255)] = 35
    """Mode street: number of label ids, 0 .. label_nc-1."""
    ignore: tuple[NonNegative, ...] = ()
    """Ids outside that range that mean 'no label' (such as 255); they become all-zero controls."""
    max_quarantined: Share = 0.5
    """The run stops when more than this share of the videos cannot be read."""
    frames: FramesConfig = dataclasses.field(default_factory=FramesConfig)
    """How videos become frames."""
    annotate: AnnotateConfig = dataclasses.field(default_factory=AnnotateConfig)
    """How frames get labels and instance ids, or landmarks."""
    check: CheckConfig = dataclasses.field(default_factory=CheckConfig)
    """What the checker tolerates."""
    flow: FlowConfig = dataclasses.field(default_factory=FlowConfig)
    """Reference flow between neighbouring frames."""
    videos_per_job: Positive | Literal["auto"] = "auto"
    """Videos that one job of a stage takes; auto: one up to 1,000 videos, above that so many that there are about 200
    jobs. Results are those of each video all the same, and a video that is done stays done."""
    storage: Literal["files", "shards"] = "files"
    """files: a file a picture, label map, flow, ...; shards: the files of each kind of a sequence in one file, so that
    a shared file system does not see millions of small ones. The pictures of a `layout` are used as they are."""

    @property
    def labels(self) -> int:
        """Number of label ids; 0 where controls are drawn."""
        return self.label_nc if self.mode == "street" else 0

    def __post_init__(self) -> None:
        if self.mode == "street":
            self._check_street()
        elif self.mode == "face":
            self._check_face()
        self._check_pose()
        self._check_world()
        if self.mode != "face" and self.annotate.face != FaceAnnotateConfig():
            raise ValueError(f"annotate.face is for mode face, mode is {self.mode}")
        for i, entry in enumerate(self.videos):
            if entry.keypoints is not None and (self.mode != "face" or self.annotate.face.backend != "given"):
                raise ValueError(f"videos[{i}].keypoints is for mode face with annotate.face.backend given")

    def _check_street(self) -> None:
        if self.annotate.segmenter == "unsupervised" and self.annotate.clusters > self.label_nc:
            raise ValueError(f"annotate.clusters ({self.annotate.clusters}) must be <= label_nc ({self.label_nc})")
        if self.annotate.segmenter == "given":
            for i, entry in enumerate(self.videos):
                if entry.labels is None:
                    raise ValueError(f"videos[{i}].labels is missing, needed by annotate.segmenter 'given'")
                if entry.instances is None and self.annotate.instances == "given":
                    raise ValueError(f"videos[{i}].instances is missing, needed by annotate.instances 'given'")

    def _check_face(self) -> None:
        for i, entry in enumerate(self.videos):
            if entry.keypoints is None and self.annotate.face.backend == "given":
                raise ValueError(f"videos[{i}].keypoints is missing, needed by annotate.face.backend given")

    def _check_pose(self) -> None:
        pose = self.annotate.pose
        if self.mode != "pose" and pose != PoseAnnotateConfig():
            raise ValueError(f"annotate.pose is for mode pose, mode is {self.mode}")
        for key, wanted, setting in (
            ("openpose", pose.backend == "given", "annotate.pose.backend given"),
            ("densepose", pose.densepose == "given", "annotate.pose.densepose given"),
        ):
            for i, entry in enumerate(self.videos):
                if getattr(entry, key) is None and wanted:
                    raise ValueError(f"videos[{i}].{key} is missing, needed by {setting}")
                if getattr(entry, key) is not None and not wanted:
                    raise ValueError(f"videos[{i}].{key} is for mode pose with {setting}")

    def _check_world(self) -> None:
        if self.world is None:
            return
        if self.world.mode != self.mode:
            raise ValueError(f"world.kind {self.world.kind} is for mode {self.world.mode}, mode is {self.mode}")
        if "given" in (self.annotate.face.backend, self.annotate.pose.backend, self.annotate.pose.densepose):
            raise ValueError("a built-in world brings no files of faces or poses, annotate needs another backend")
