"""What may be changed in a video of labels: other labels, other looks."""

import dataclasses

from vid2vid_core.config.base import config_class
from vid2vid_core.config.dataset import Identifier, Positive
from vid2vid_core.config.label_names import label_id


@config_class
class EditConfig:
    """A further video of each sequence, in which labels or their looks are changed."""

    name: Identifier
    """Names its files: <sequence>.<name>.mp4."""
    labels: dict[str | int, str | int] = dataclasses.field(default_factory=dict)
    """What is shown as what, such as {building: vegetation}; names (Cityscapes) or ids. All at once, so that
    {car: bus, bus: car} swaps."""
    looks: dict[str | int, Positive] = dataclasses.field(default_factory=dict)
    """Labels that get another of their typical looks in the training frames, such as {building: 2}; 1 is the most
    common of at most 10. Needs first_frame single, with features."""

    def __post_init__(self) -> None:
        if not self.labels and not self.looks:
            raise ValueError(f"edit '{self.name}' changes nothing; give labels, such as {{building: tree}}, or looks")
        if self.name.startswith("style-"):
            raise ValueError(f"edit '{self.name}': names that begin with style- are those of styles")


def resolve(edit: EditConfig, label_nc: int) -> tuple[dict[int, int], dict[int, int]]:
    """Label ids of an edit: what becomes what, and which look each label gets.

    Raises:
        ValueError: naming the edit and a label that there is not; or controls are drawn, so that there is none.
    """
    if label_nc == 0:
        raise ValueError(f"edit '{edit.name}' is for label maps, and these controls are drawn; leave edits out")
    try:
        labels = {label_id(old, label_nc): label_id(new, label_nc) for old, new in edit.labels.items()}
        return labels, {label_id(label, label_nc): look for label, look in edit.looks.items()}
    except ValueError as error:
        raise ValueError(f"edit '{edit.name}': {error}") from None
