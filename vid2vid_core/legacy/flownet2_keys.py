"""Released names of FlowNet2's layers: `flownetc.conv3_1.0.weight` and so on."""

from collections.abc import Callable

from vid2vid_core.legacy.keys import Layer

TRUNK = {
    "conv3_1.0": "eighth",
    "conv4.0": "sixteenth.0",
    "conv4_1.0": "sixteenth.1",
    "conv5.0": "thirtysecond.0",
    "conv5_1.0": "thirtysecond.1",
    "conv6.0": "sixtyfourth.0",
    "conv6_1.0": "sixtyfourth.1",
}
WIDE_START = {"conv1.0": "to_half", "conv2.0": "to_quarter", "conv3.0": "to_eighth"}
FINE_START = {
    "conv0.0": "to_full",
    "conv1.0": "to_half.0",
    "conv1_1.0": "to_half.1",
    "conv2.0": "to_quarter.0",
    "conv2_1.0": "to_quarter.1",
}


def flownet_c_layers() -> list[Layer]:
    """The table of a `FlowNetC`."""
    return _layers(WIDE_START | {"conv_redir.0": "redirect"}) + _trunk() + _decoder(6, 2, smooth=False)


def flownet_s_layers() -> list[Layer]:
    """The table of a `FlowNetS`."""
    return _layers(WIDE_START) + _trunk() + _decoder(6, 2, smooth=False)


def flownet_sd_layers() -> list[Layer]:
    """The table of a `FlowNetSD`."""
    return _layers(FINE_START | {"conv3.0": "to_eighth"}) + _trunk() + _decoder(6, 2, smooth=True)


def flownet_fusion_layers() -> list[Layer]:
    """The table of a `FlowNetFusion`."""
    return _layers(FINE_START) + _decoder(2, 0, smooth=True)


NETWORKS: dict[str, tuple[str, Callable[[], list[Layer]]]] = {
    "flownetc": ("matching", flownet_c_layers),
    "flownets_1": ("refining1", flownet_s_layers),
    "flownets_2": ("refining2", flownet_s_layers),
    "flownets_d": ("small_motion", flownet_sd_layers),
    "flownetfusion": ("fusion", flownet_fusion_layers),
}
"""Released name of a network of the cascade -> our name, its table."""


def flownet2_layers() -> list[Layer]:
    """The table of a `FlowNet2`: 114 layers, 220 tensors."""
    return [
        Layer(f"{released}.{layer.released}", f"{ours}.{layer.ours}")
        for released, (ours, table) in NETWORKS.items()
        for layer in table()
    ]


def _layers(names: dict[str, str]) -> list[Layer]:
    return [Layer(released, ours) for released, ours in names.items()]


def _trunk() -> list[Layer]:
    return [Layer(released, f"trunk.{ours}") for released, ours in TRUNK.items()]


def _decoder(coarsest: int, finest: int, *, smooth: bool) -> list[Layer]:
    """Released layers are numbered by the power of two of their size; ours count from the coarsest."""
    table = [Layer(f"predict_flow{coarsest}", "decoder.flow_head")]
    for i, n in enumerate(range(coarsest - 1, finest - 1, -1)):
        level = f"decoder.levels.{i}"
        table.append(Layer(f"deconv{n}.0", f"{level}.features_up"))
        table.append(Layer(f"upsampled_flow{n + 1}_to_{n}", f"{level}.flow_up"))
        if smooth:
            table.append(Layer(f"inter_conv{n}.0", f"{level}.smooth"))
        table.append(Layer(f"predict_flow{n}", f"{level}.flow_head"))
    return table
