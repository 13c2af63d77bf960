"""Starting a stage from the weights of the stage before.

Generator scales keep their number (0 is the coarsest) and so do discriminators: number i of the new stage begins as
number i of the old one and goes on seeing the same absolute picture size when size and number of scales grow together.
What exists on both sides must fit exactly; what is new starts fresh, and so do temporal discriminators when the number
of frames they look at changes.
"""

import logging
from pathlib import Path

from torch import Tensor

from vid2vid_core.models.spectral import ITERATES, NORMALISED, settle_spectral_norm
from vid2vid_core.models.weights import load_weights
from vid2vid_core.models.weights_file import network_tensors
from vid2vid_core.train.networks import Networks

logger = logging.getLogger("vid2vid_core.train")

_SHOWN = 6

State = dict[str, Tensor]


def take_over(path: Path, networks: Networks) -> None:
    """Load an earlier stage's weights by number; log what was loaded and what starts fresh.

    Raises:
        ValueError: if the file is no weights file, or a part that exists on both sides differs; names the keys.
    """
    old, info = load_weights(path)
    new = network_tensors(networks.trained())
    new_parts = _parts(new)
    old_parts = _adapted(_parts(old), new_parts)
    shared = _shared(old_parts, new_parts)
    problems = misfits(old, new)
    if problems:
        more = f"\n  ... and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise ValueError(
            f"{path} (stage '{info.stage.name}') cannot start this stage:\n  "
            + "\n  ".join(problems[:_SHOWN])
            + more
            + "\nGive both stages the same sizes: ngf, n_blocks, n_downsample_G, n_blocks_local, n_frames_G, norm, "
            "norm_mode, fg and no_flow of the generator; n_layers_D and norm of the discriminator, whose spectral_norm "
            "may be turned on but not off. Its number i has "
            "first width min(64, ndf * 2^(num_D-1-i)): with num_D one higher, ndf below 64 must be half as large"
        )
    for name in shared:
        for key, tensor in new_parts[name].items():
            if not _is_iterate(key) or key in old_parts[name]:
                tensor.copy_(old_parts[name][key])  # state_dict shares memory with the network
    for network in networks.trained().values():
        settle_spectral_norm(network)
    if networks.average is not None:
        networks.average.restart()
    fresh = [name for name in new_parts if name not in shared]
    unused = [name for name in old_parts if name not in shared]
    logger.info("weights of stage '%s' (%s): loaded %s", info.stage.name, path, ", ".join(shared) or "nothing")
    logger.info("starts fresh: %s", ", ".join(fresh) or "nothing")
    if unused:
        logger.info("of the old weights not used: %s", ", ".join(unused))


def misfits(old: State, new: State) -> list[str]:
    """What keeps tensors named as in a weights file from starting other networks, a line each; only shapes are read."""
    new_parts = _parts(new)
    old_parts = _adapted(_parts(old), new_parts)
    shared = _shared(old_parts, new_parts)
    return [line for name in shared for line in _differences(name, old_parts[name], new_parts[name])]


def _shared(old: dict[str, State], new: dict[str, State]) -> list[str]:
    """Parts that the new networks take over: all that exist on both sides and look at the same number of frames."""

    def frames_differ(name: str) -> bool:
        # The input channels of the first layer follow from n_frames_D alone.
        return name.startswith("temporal.") and _first_layer(old[name]).shape[1] != _first_layer(new[name]).shape[1]

    return [name for name in new if name in old and not frames_differ(name)]


def _first_layer(part: State) -> Tensor:
    name = "layers.0.conv."
    return part[name + NORMALISED] if name + NORMALISED in part else part[name + "weight"]


def _adapted(old: dict[str, State], new: dict[str, State]) -> dict[str, State]:
    """The old parts as the new ones read them: spectral normalisation may begin with weights trained without it."""

    def adapt(key: str, wanted: State) -> str:
        normalised = key.removesuffix("weight") + NORMALISED
        return normalised if key.endswith("weight") and normalised in wanted else key

    return {name: {adapt(key, new.get(name, {})): tensor for key, tensor in part.items()} for name, part in old.items()}


def _is_iterate(key: str) -> bool:
    return key.endswith(ITERATES)


def _parts(tensors: State) -> dict[str, State]:
    """Tensors by the scale they belong to: generator.scales.0.head.weight is `head.weight` of `generator.scales.0`."""
    parts: dict[str, State] = {}
    for name, tensor in tensors.items():
        network, _, rest = name.partition(".scales.")
        number, _, key = rest.partition(".")
        parts.setdefault(f"{network}.scales.{number}", {})[key] = tensor
    return parts


def _differences(part: str, old: State, new: State) -> list[str]:
    lines = []
    for key in sorted(old.keys() | new.keys()):
        if _is_iterate(key) and key not in old:
            continue  # found anew for any weights
        if key not in old or key not in new:
            lines.append(f"{part}.{key}: only in the {'new' if key in new else 'old'} stage")
        elif old[key].shape != new[key].shape:
            lines.append(f"{part}.{key}: shape {tuple(old[key].shape)} in the file, {tuple(new[key].shape)} wanted")
    return lines
