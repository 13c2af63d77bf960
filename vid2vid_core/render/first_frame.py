"""What sequences begin with: real pictures, nothing, or pictures of a single-image generator."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor

from vid2vid_core.config import RenderConfig, picture_channels
from vid2vid_core.config.edits import resolve
from vid2vid_core.dataset.frames import FrameSample
from vid2vid_core.dataset.manifest import FrameRow
from vid2vid_core.models.image_model import ImageModel
from vid2vid_core.models.image_weights import load_image_model
from vid2vid_core.models.styles import Style, find_styles
from vid2vid_core.models.weights import WeightsInfo
from vid2vid_core.ops import encode_controls
from vid2vid_core.render.label_edit import LabelEdit
from vid2vid_core.render.padding import Padding

logger = logging.getLogger("vid2vid_core.render")

FirstPicture = Callable[[FrameRow, FrameSample], Tensor]
"""Makes the picture of one of the first tG-1 frames: (3, H, W) in [-1, 1], at the size of the sample."""


@dataclass(frozen=True)
class Variant:
    """Another way in which a sequence is rendered, beside the one that is scored."""

    name: str
    """Names its files, with a hyphen for each blank: `style 2`, or an edit."""
    picture: FirstPicture | None
    """Makes its first pictures; None: from nothing."""
    edit: LabelEdit | None = None
    """What its controls are changed by; None: they are those of the others."""


@dataclass(frozen=True)
class Start:
    """How sequences begin, and in which ways."""

    kind: str
    """real, none or single."""
    picture: FirstPicture | None
    """None: from nothing."""
    styles: tuple[Style, ...] = ()
    """The looks of the pictures, where they were chosen from the training frames: first that of `picture`."""
    more: tuple[Variant, ...] = ()
    """Further styles, then edits."""

    @property
    def names(self) -> tuple[str, ...]:
        """What the pictures of each way are called."""
        return ("style 1" if len(self.styles) > 1 else "output", *(variant.name for variant in self.more))


def choose_start(config: RenderConfig, info: WeightsInfo, device: torch.device) -> Start:
    """How sequences begin: as configured, but from nothing where the model has learned nothing else; and edits of them.

    Args:
        config: Says how.
        info: Of the weights that go on from there.
        device: Where a single-image generator shall run.

    Raises:
        ValueError: If the single-image generator is missing, made for other controls, or has not the styles or looks
            asked for; or an edit speaks of labels that there are not.
    """
    edits = [(edit.name, *resolve(edit, info.label_nc)) for edit in config.edits]
    start = _choose(config, info, device)
    variants = []
    for name, labels, looks in edits:
        picture, edit = start.picture, LabelEdit(labels)
        if isinstance(picture, SinglePicture):
            picture = replace(picture, edit=edit, looks=looks)
            picture.require_looks()
        elif labels and start.kind == "real":
            logger.warning(
                "edit '%s': sequences begin from real pictures, which show what it replaces, so the model may carry "
                "that on; begin from a single-image generator (first_frame single)",
                name,
            )
        variants.append(Variant(name, picture, edit))
    return replace(start, more=(*start.more, *variants))


def _choose(config: RenderConfig, info: WeightsInfo, device: torch.device) -> Start:
    """How sequences begin, without edits."""
    if info.stage.generator.no_first_img:
        if config.styles is not None or any(edit.looks for edit in config.edits):
            asked = "styles" if config.styles is not None else "looks of edits"
            raise ValueError(
                f"{asked} need a first picture, but this model was trained to begin from nothing "
                f"(no_first_img); leave {asked} out, or train without no_first_img"
            )
        if config.first_frame != "none":
            logger.info("sequences begin from nothing, since the model was trained so (no_first_img)")
        return Start("none", None)
    if config.first_frame == "none":
        logger.warning("sequences begin from nothing, though the model was trained to begin from real frames")
        return Start("none", None)
    if config.first_frame == "real":
        if config.retarget:
            logger.warning(
                "sequences begin from real pictures of the person whose poses are used, so the model may carry on "
                "their looks; begin from a single-image generator (first_frame single), or train with no_first_img"
            )
        return Start("real", real_picture)
    model = _load_fitting(config, info, device)
    if config.styles is None:
        return Start("single", SinglePicture(model, info.label_nc))
    styles = _styles(model, config)
    first, *more = (SinglePicture(model, info.label_nc, style.frame) for style in styles)
    variants = (Variant(f"style {number}", picture) for number, picture in enumerate(more, 2))
    return Start("single", first, styles, tuple(variants))


def real_picture(row: FrameRow, sample: FrameSample) -> Tensor:
    """The real picture of a frame. Raises ValueError if there is none."""
    if sample.image is None:
        raise ValueError(
            f"{row.sequence}/{row.frame}: first_frame 'real' begins a sequence from real pictures, and this frame "
            f"has none; give its picture, or set first_frame to 'none', or to 'single' with an image generator"
        )
    return sample.image


@dataclass(frozen=True)
class SinglePicture:
    """Makes first pictures with a single-image generator, each for itself; frames may have any size."""

    model: ImageModel
    label_nc: int
    """Number of labels; 0 for drawn controls."""
    style: int | None = None
    """Generators with features: the training frame whose looks every picture has; None: the one most like the real
    picture."""
    edit: LabelEdit | None = None
    """Other labels; the frame that is most like the real picture is found by the labels of that picture."""
    looks: Mapping[int, int] = field(default_factory=dict)
    """Labels that have other looks than in that frame, and which."""

    def require_looks(self) -> None:
        """Raise ValueError if a label has not the look that is chosen for it."""
        for label, number in self.looks.items():
            self.model.codes.look(label, number)

    @torch.inference_mode()
    def __call__(self, row: FrameRow, sample: FrameSample) -> Tensor:
        """As `FirstPicture`. Raises ValueError if the generator needs a real picture and there is none."""
        height, width = sample.controls.shape[-2:]
        padding = Padding.around(height, width, self.model.size_multiple)
        changed = sample if self.edit is None else self.edit.apply(sample)
        controls = encode_controls(self._padded(changed.controls, padding), None, self.label_nc)
        if not self.model.needs_real:
            return padding.crop(self.model.picture(controls)[0])
        parts = self._padded(changed.parts, padding)
        instances = None if changed.instances is None else self._padded(changed.instances, padding)
        frame = self.style
        if frame is None and sample.image is not None:
            real, own = self._padded(sample.image, padding), self._padded(sample.parts, padding)
            if self.edit is None:
                return padding.crop(self.model.picture(controls, parts, real, instances)[0])
            frame = self.model.frame_like(own, real)
        if frame is None:
            raise ValueError(
                f"{row.sequence}/{row.frame}: the image generator takes the looks of a first frame from its real "
                f"picture, and this frame has none; give its picture, set styles to 1, which takes the most common "
                f"looks of the training frames, or give an image generator without features"
            )
        return padding.crop(self.model.styled(controls, parts, frame, instances, self.looks)[0])

    def _padded(self, maps: Tensor, padding: Padding) -> Tensor:
        """On the device of the model, with a batch axis."""
        return padding.pad(maps.to(self.model.device))[None]


def _load_fitting(config: RenderConfig, info: WeightsInfo, device: torch.device) -> ImageModel:
    if config.single is None:
        raise ValueError(
            "first_frame 'single' needs the weights of a single-image generator: give them (--single, or `single` "
            "under `render` of the run), or train one with the recipe (image_stage)"
        )
    path = Path(config.single)
    model, image = load_image_model(path, device)
    wanted = picture_channels(info.stage, info.label_nc)
    if (image.label_nc, image.control_channels) != (info.label_nc, wanted):
        raise ValueError(
            f"{path}: made for {image.control_channels} control channels and {image.label_nc} labels (dataset "
            f"{image.dataset}), the video weights (dataset {info.dataset}) for {wanted} and {info.label_nc}, "
            f"instance edges left out; give an image generator that was trained on a dataset of the same controls"
        )
    return model


def _styles(model: ImageModel, config: RenderConfig) -> tuple[Style, ...]:
    """The looks to render. Raises ValueError naming the file, if its training frames have not so many."""
    if model.table is None:
        raise ValueError(
            f"{config.single}: styles need a single-image generator with features, this one is "
            f"{model.generator.config.netG}; train the image stage with generator.netG global_with_features or "
            f"local_with_features, or leave styles out"
        )
    try:
        styles = find_styles(model.table, config.styles or 1)
    except ValueError as error:
        raise ValueError(f"{config.single}: {error}; ask for fewer") from error
    for number, style in enumerate(styles, 1):
        logger.info("style %d: looks of training frame %d, like %.0f %%", number, style.frame, 100 * style.share)
    return tuple(styles)
