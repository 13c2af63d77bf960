"""What networks a set of released checkpoint files holds, told from the names and shapes of their tensors.

Only what the shapes say is here; `legacy.hints` adds what they cannot tell. Nothing is verified beyond what inference
needs: whether a file holds exactly the inferred network is for `legacy.keys.to_ours` to say.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from torch import Tensor

from vid2vid_core.config import DiscriminatorConfig, GeneratorConfig
from vid2vid_core.legacy.discriminator_keys import is_one_list

State = Mapping[str, Tensor]
"""One checkpoint file: tensors by released key."""


class Generators(NamedTuple):
    """The sequential generators of a folder."""

    config: GeneratorConfig
    """fg_labels and no_first_img are defaults: shapes do not tell them."""
    control_channels: int
    """Control channels of one frame."""


class Discriminators(NamedTuple):
    """The discriminators of a folder."""

    config: DiscriminatorConfig
    """n_scales_temporal, and the settings that no shape tells, are for the caller to set."""
    one_list: bool
    """The naming of networks trained without feature matching (no_ganFeat)."""


def infer_generators(states: Sequence[State], places: Sequence[str]) -> Generators:
    """Sizes and switches of G0, G1, ...

    Args:
        states: Tensors of the files, coarse to fine.
        places: The files, for the error messages.

    Raises:
        ValueError: If a tensor that tells a size is missing or has an impossible shape; names file and key.
    """
    coarse, place = states[0], places[0]
    width, stacked = stem_shape(coarse, "model_down_seg.1.weight", place)
    _, past = stem_shape(coarse, "model_down_img.1.weight", place)
    if past < 3 or past % 3:
        raise ValueError(f"{place}: model_down_img.1.weight has {past} input channels, no multiple of 3 (pictures)")
    frames = past // 3 + 1
    if stacked % frames:
        raise ValueError(
            f"{place}: model_down_seg.1.weight has {stacked} input channels, which do not divide among the {frames} "
            f"frames that model_down_img.1.weight speaks of (3 channels for each frame before the current one)"
        )
    before, after = count_blocks(coarse, "model_down_seg"), count_blocks(coarse, "model_res_img")
    sizes: dict[str, Any] = {
        "ngf": width,
        "n_blocks": before + after,
        "n_downsample_G": count(coarse, r"model_up_img\.\d+\.weight", axes=4),
        "n_scales_spatial": len(states),
        "n_frames_G": frames,
    }
    if len(states) > 1:
        sizes["n_blocks_local"] = count_blocks(states[1], "model_up_img")
    require_counts(sizes, place if len(states) == 1 else f"{place}, {places[1]}")
    config = GeneratorConfig(
        **sizes,
        norm=norm_of(coarse, "model_down_seg.2"),
        fg=any(key.startswith("indv_") for key in coarse),
        no_flow=not any(key.startswith("model_final_flow.") for key in coarse),
    )
    return Generators(config, stacked // frames)


def infer_discriminators(image: State | None, temporal: State | None, places: Mapping[str, str]) -> Discriminators:
    """Sizes of the discriminators, which D and all D_T share.

    Args:
        image: D; None if there is no file.
        temporal: D_T0, likewise. One of the two must be there.
        places: The files by label, for the error messages.

    Raises:
        ValueError: As `infer_generators`.
    """
    state, place = (image, places["D"]) if image is not None else (temporal, places["D_T0"])
    if state is None:
        raise LookupError("infer_discriminators needs the tensors of D or D_T0")
    one_list = is_one_list(state)
    pattern = r"layer(\d+)\.\d+\.weight" if one_list else r"scale(\d+)_layer\d+\.0\.weight"
    numbers = [int(m[1]) for key, t in state.items() if t.ndim == 4 and (m := re.fullmatch(pattern, key))]
    if not numbers:
        raise ValueError(f"{place}: no discriminator: no key is scale<i>_layer<j>.0.weight or layer<i>.<j>.weight")
    count, convolutions = 1 + max(numbers), numbers.count(0)
    stem = "layer{}.0.weight" if one_list else "scale{}_layer0.0.weight"
    width, _ = stem_shape(state, stem.format(count - 1), place)
    sizes: dict[str, Any] = {"ndf": width, "n_layers_D": convolutions - 2, "num_D": count}
    require_counts(sizes, place)
    if temporal is not None:
        _, channels = stem_shape(temporal, stem.format(0), places["D_T0"])
        sizes["n_frames_D"] = _frames_of(channels, stem.format(0), places["D_T0"])
    norm = norm_of(state, "layer0.3" if one_list else "scale0_layer1.1")
    return Discriminators(DiscriminatorConfig(**sizes, norm=norm), one_list)


def stem_shape(state: State, key: str, place: str) -> tuple[int, int]:
    """Output and input channels of the first convolution. Raises ValueError if it is missing or no convolution."""
    if key not in state:
        shown = ", ".join(list(state)[:3])
        raise ValueError(f"{place}: {key} is missing, so this is another kind of network (it begins with {shown})")
    shape = tuple(state[key].shape)
    if len(shape) != 4:
        raise ValueError(f"{place}: {key} has the shape {shape}, a convolution has four axes")
    return shape[0], shape[1]


def norm_of(state: State, prefix: str) -> Literal["batch", "instance"]:
    """Which norm a layer is: batch norms have a scale, instance norms have none."""
    return "batch" if f"{prefix}.weight" in state else "instance"


def count_blocks(state: State, name: str) -> int:
    """Number of residual blocks in a released list."""
    return count(state, rf"{re.escape(name)}\.\d+\.conv_block\.1\.weight", axes=4)


def count(state: State, pattern: str, axes: int) -> int:
    """Number of tensors whose key matches, with so many axes."""
    return sum(tensor.ndim == axes and re.fullmatch(pattern, key) is not None for key, tensor in state.items())


def require_counts(sizes: Mapping[str, int], place: str) -> None:
    """Raise ValueError for a number of layers below one: a file that lacks a part of its network."""
    lacking = [name for name, size in sizes.items() if size < 1]
    if lacking:
        raise ValueError(
            f"{place}: no layer that {' and '.join(lacking)} could be counted from, so this is "
            f"another kind of network, or a part of one is missing"
        )


def _frames_of(channels: int, key: str, place: str) -> int:
    """Frames tD from 3*tD picture channels and 2*(tD-1) flow channels."""
    if channels < 8 or (channels + 2) % 5:
        raise ValueError(
            f"{place}: {key} has {channels} input channels; a temporal discriminator of tD frames has 3*tD + 2*(tD-1)"
        )
    return (channels + 2) // 5
