"""A panoptic transformer (Mask2Former, OneFormer or EoMT) from a folder or the hub, without torchvision.

All predict classes and masks of a set of queries; they differ in how the picture goes in.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from vid2vid_core.annotate.segmenter import Picture

_HINT = "give the folder or hub id of a Mask2Former, OneFormer or EoMT model trained for panoptic segmentation"
_TASK = "the task is panoptic"


@dataclass(frozen=True, kw_only=True)
class Preprocessing:
    """How a picture becomes the model's input."""

    size: dict[str, int]
    """height and width; or shortest_edge and perhaps longest_edge."""
    divisor: int
    """Sides are rounded up to multiples of it."""
    is_padded: bool
    """The input is filled up with zeros, right and below, to shortest_edge x longest_edge."""
    mean: tuple[float, ...]
    """Of each colour, for values in [0, 1]."""
    std: tuple[float, ...]
    """Likewise."""

    def content(self, height: int, width: int) -> tuple[int, int]:
        """Height and width a picture of that size is scaled to."""
        if "height" in self.size:
            wanted = [self.size["height"], self.size["width"]]
        else:
            factor = self.size["shortest_edge"] / min(width, height)
            longest = self.size.get("longest_edge")
            factor = factor if longest is None else min(factor, longest / max(width, height))
            wanted = [max(1, round(height * factor)), max(1, round(width * factor))]
        return tuple(math.ceil(side / self.divisor) * self.divisor for side in wanted)  # type: ignore[return-value]

    def apply(self, pictures: list[Picture], device: torch.device) -> Tensor:
        """The input (N, 3, h, w) for pictures (H, W, 3) of one size."""
        pixels = torch.from_numpy(np.stack(pictures)).to(device).permute(0, 3, 1, 2).float() / 255
        height, width = self.content(*pictures[0].shape[:2])
        pixels = functional.interpolate(pixels, size=(height, width), mode="bilinear", antialias=True)
        mean, std = (torch.tensor(values, device=device).view(3, 1, 1) for values in (self.mean, self.std))
        pixels = (pixels - mean) / std
        if self.is_padded:
            side = self.size["shortest_edge"]
            longest = self.size.get("longest_edge", side)
            pixels = functional.pad(pixels, (0, max(0, longest - width), 0, max(0, side - height)))
        return pixels


class PanopticModel:
    """A loaded model, on the GPU when there is one.

    Args:
        name: Local folder or hub id.

    Raises:
        ValueError: it cannot be loaded or is of another kind.
    """

    def __init__(self, name: str) -> None:
        from transformers import AutoConfig, AutoModelForUniversalSegmentation

        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        try:
            kind = AutoConfig.from_pretrained(name).model_type
            if kind not in ("mask2former", "oneformer", "eomt", "eomt_dinov3"):
                raise ValueError(f"is a model of type '{kind}'")
            self._model = AutoModelForUniversalSegmentation.from_pretrained(name).eval().to(self.device)
            self.preprocessing = _preprocessing(name, kind)
            self._tasks = _tasks(name, self._model.config.task_seq_len) if kind == "oneformer" else None
        except (OSError, ValueError, KeyError) as error:
            raise ValueError(f"annotate.model '{name}': cannot be used: {error}; {_HINT}") from error
        self.classes: dict[int, str] = dict(self._model.config.id2label)

    @torch.inference_mode()
    def predict(self, pictures: list[Picture]) -> tuple[Tensor, Tensor]:
        """Queries of each picture; all pictures (H, W, 3) have one size.

        Returns:
            Class probabilities (N, Q, K), whose sum falls short of 1 by the probability of 'no object'; and mask logits
            (N, Q, h, w), which cover exactly the picture.
        """
        pixels = self.preprocessing.apply(pictures, self.device)
        inputs: dict[str, Tensor] = {"pixel_values": pixels}
        if self._tasks is not None:
            inputs["task_inputs"] = self._tasks.to(self.device).expand(len(pictures), -1)
        output = self._model(**inputs)
        masks = output.masks_queries_logits
        if self.preprocessing.is_padded:
            height, width = self.preprocessing.content(*pictures[0].shape[:2])
            masks = functional.interpolate(masks, size=pixels.shape[-2:], mode="bilinear")[..., :height, :width]
        return output.class_queries_logits.softmax(dim=-1)[..., :-1], masks


def _preprocessing(name: str, kind: str) -> Preprocessing:
    """Read it from the model's folder or hub entry."""
    from transformers.image_processing_base import ImageProcessingMixin

    data: dict[str, Any] = ImageProcessingMixin.get_image_processor_dict(name)[0]
    size = data.get("size")
    if isinstance(size, int):
        size = {"shortest_edge": size, "longest_edge": data.get("max_size")}
    size = {key: int(value) for key, value in (size or {}).items() if value}
    if not ({"height", "width"} <= set(size) or "shortest_edge" in size):
        raise ValueError(
            f"its preprocessor_config.json must give size as height and width or shortest_edge, not {size}"
        )
    return Preprocessing(
        size=size,
        divisor=int(data.get("size_divisor") or 32) if kind == "mask2former" else 1,
        is_padded=kind.startswith("eomt"),
        mean=tuple(data.get("image_mean") or (0.485, 0.456, 0.406)),
        std=tuple(data.get("image_std") or (0.229, 0.224, 0.225)),
    )


def _tasks(name: str, length: int) -> Tensor:
    """(1, length) token ids that ask OneFormer for a panoptic result; 0 where the text has ended."""
    from transformers import AutoTokenizer

    tokens = AutoTokenizer.from_pretrained(name)(_TASK, padding="max_length", max_length=length, truncation=True)
    return torch.tensor([tokens["input_ids"]]) * torch.tensor([tokens["attention_mask"]])
