"""Starting a stage from the weights of the stage before.

Generator scales keep their number (0 is the coarsest) and so do discriminators: number i of the new stage begins as
number i of the old one and goes on seeing the same absolute picture size when size and number of scales grow together.
What exists on both sides must fit exactly; what is new starts fresh.
"""

import logging
from pathlib import Path

from torch import Tensor

from vid2vid_core.models.weights import load_weights
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
    old_parts = _parts(old)
    states = {name: network.state_dict() for name, network in networks.trained().items()}
    new_parts = _parts({f"{name}.{key}": tensor for name, state in states.items() for key, tensor in state.items()})
    shared = [name for name in new_parts if name in old_parts]
    problems = [line for name in shared for line in _differences(name, old_parts[name], new_parts[name])]
    if problems:
        more = f"\n  ... and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise ValueError(
            f"{path} (stage '{info.stage.name}') cannot start this stage:\n  "
            + "\n  ".join(problems[:_SHOWN])
            + more
            + "\nGive both stages the same sizes: ngf, n_blocks, n_downsample_G, n_blocks_local, n_frames_G, norm, fg "
            "and no_flow of the generator; n_layers_D, norm and n_frames_D of the discriminator. Its number i has "
            "first width min(64, ndf * 2^(num_D-1-i)): with num_D one higher, ndf below 64 must be half as large"
        )
    for name in shared:
        for key, tensor in new_parts[name].items():
            tensor.copy_(old_parts[name][key])  # state_dict shares memory with the network
    fresh = [name for name in new_parts if name not in old_parts]
    unused = [name for name in old_parts if name not in new_parts]
    logger.info("weights of stage '%s' (%s): loaded %s", info.stage.name, path, ", ".join(shared) or "nothing")
    logger.info("starts fresh: %s", ", ".join(fresh) or "nothing")
    if unused:
        logger.info("of the old weights not used: %s", ", ".join(unused))


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
        if key not in old or key not in new:
            lines.append(f"{part}.{key}: only in the {'new' if key in new else 'old'} stage")
        elif old[key].shape != new[key].shape:
            lines.append(f"{part}.{key}: shape {tuple(old[key].shape)} in the file, {tuple(new[key].shape)} wanted")
    return lines
