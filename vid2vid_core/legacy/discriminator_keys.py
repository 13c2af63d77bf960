"""Released names of the discriminators: `net_D`, `net_D_f`, `net_D_T0`, `net_D_T1`, ...

There are two namings. With feature matching every layer is a list of its own, `scale{i}_layer{j}`; without it
(`no_ganFeat`) all layers of a size are one list, `layer{i}`.
"""

from collections.abc import Iterable

from vid2vid_core.legacy.keys import Layer


def discriminator_layers(num_D: int, n_layers_D: int, *, one_list: bool) -> list[Layer]:
    """The table of a `MultiscaleDiscriminator`.

    Args:
        num_D: number of sizes; number 0 is the smallest, there as here.
        n_layers_D: layers of stride 2.
        one_list: the naming without feature matching.
    """
    table = []
    for scale in range(num_D):
        for layer in range(n_layers_D + 2):
            ours = f"scales.{scale}.layers.{layer}"
            # In one list: convolution and activation of layer 0 are numbers 0 and 1, every other layer has three.
            conv, norm = (
                (f"layer{scale}.{max(0, 3 * layer - 1)}", f"layer{scale}.{3 * layer}")
                if one_list
                else (f"scale{scale}_layer{layer}.0", f"scale{scale}_layer{layer}.1")
            )
            table.append(Layer(conv, f"{ours}.conv"))
            if 0 < layer <= n_layers_D:
                table.append(Layer(norm, f"{ours}.norm"))
    return table


def is_one_list(keys: Iterable[str]) -> bool:
    """Whether the keys of a file are in the naming without feature matching."""
    return not any(key.startswith("scale") for key in keys)
