"""What a released single-image generator, and the feature encoder beside it, are: told from names and shapes."""

import re
from typing import Literal, NamedTuple

from vid2vid_core.config import ImageGeneratorConfig
from vid2vid_core.legacy.infer import State, count, count_blocks, norm_of, require_counts, stem_shape

_LARGEST = 1024
"""Width that the published program let no layer of the global network exceed."""


class ImageNetworks(NamedTuple):
    """The single-image networks of a folder."""

    config: ImageGeneratorConfig
    control_channels: int


def infer_image_networks(
    generator: State, place: str, encoder: State | None = None, encoder_place: str = ""
) -> ImageNetworks:
    """Kind and sizes of G, and of E where it is there.

    Args:
        generator: Tensors of G.
        place: Its file, for the error messages.
        encoder: Tensors of E.
        encoder_place: Its file.

    Raises:
        ValueError: If a tensor that tells a size is missing or has an impossible shape; names file and key.
    """
    with_features = any(key.startswith("model_downsample.") for key in generator)
    enhancers = count(generator, r"model\d+_1\.1\.weight", axes=4)
    lists = _lists_with_features(generator) if with_features else _one_list(generator)
    width, channels = stem_shape(generator, f"{lists.head}.1.weight", place)
    bottom = _bottom(generator, lists.blocks, place)
    sizes = {
        "ngf": stem_shape(generator, f"model{enhancers}_1.1.weight", place)[0] if enhancers else width,
        "n_downsample_global": lists.num_down,
        "n_blocks_global": count_blocks(generator, lists.blocks),
    }
    if enhancers:
        sizes |= {"n_local_enhancers": enhancers, "n_blocks_local": count_blocks(generator, "model1_2")}
    features = 0
    if with_features:
        last = stem_shape(generator, f"{lists.head}.{4 + 3 * (lists.num_down - 1)}.weight", place)[0]
        features = sizes["feat_num"] = bottom - last
        bottom = last
    if encoder is not None:
        sizes |= _encoder(encoder, encoder_place)
    require_counts(sizes, place)
    uncapped = width * 2**lists.num_down
    config = ImageGeneratorConfig(
        netG=_KINDS[with_features, enhancers > 0],
        features_of="labels",
        norm=norm_of(generator, f"{lists.head}.2"),
        max_width=bottom if bottom < uncapped else max(_LARGEST, bottom),
        **sizes,
    )
    if encoder is not None and features != sizes["feat_num"]:
        raise ValueError(
            f"{encoder_place}: gives {sizes['feat_num']} features, {place} reads {features}; they do not belong "
            f"together"
        )
    return ImageNetworks(config, channels - features)


_KINDS: dict[tuple[bool, bool], Literal["global", "local", "global_with_features", "local_with_features"]] = {
    (False, False): "global",
    (False, True): "local",
    (True, False): "global_with_features",
    (True, True): "local_with_features",
}


class _Lists(NamedTuple):
    """Names of the released lists of the global network."""

    head: str
    """Begins with the 7x7 stem and the halvings."""
    blocks: str
    num_down: int


def _one_list(state: State) -> _Lists:
    """In one list, the residual blocks begin where the halvings, three numbers each from 4, end."""
    found = [re.fullmatch(r"model\.(\d+)\.conv_block\.1\.weight", key) for key in state]
    first = min((int(match[1]) for match in found if match), default=4)
    return _Lists("model", "model", (first - 4) // 3)


def _lists_with_features(state: State) -> _Lists:
    num_down = count(state, r"model_upsample\.\d+\.weight", axes=4)
    return _Lists("model_downsample", "model_resnet", num_down)


def _bottom(state: State, blocks: str, place: str) -> int:
    """Channels of the residual blocks."""
    pattern = rf"{re.escape(blocks)}\.\d+\.conv_block\.1\.weight"
    key = next((key for key in state if re.fullmatch(pattern, key)), f"{blocks}.<i>.conv_block.1.weight")
    return stem_shape(state, key, place)[0]


def _encoder(state: State, place: str) -> dict[str, int]:
    """Sizes of the feature encoder: a stem, n halvings, n doublings and a head, all in one list."""
    width, _ = stem_shape(state, "model.1.weight", place)
    found = [int(match[1]) for key in state if (match := re.fullmatch(r"model\.(\d+)\.weight", key))]
    last = max(found)
    features, _ = stem_shape(state, f"model.{last}.weight", place)
    return {"nef": width, "n_downsample_E": (last - 5) // 6, "feat_num": features}
