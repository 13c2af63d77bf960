"""Released names of the sequential generators: `net_G0` (coarse) and `net_G1`, `net_G2`, ... (refinement)."""

from vid2vid_core.config import GeneratorConfig
from vid2vid_core.legacy.keys import Layer, numbered, residual, stem

_ENCODERS = {"model_down_seg": "label_encoder", "model_down_img": "image_encoder"}
_FLOW_HEADS = {"model_final_flow": "flow_head", "model_final_w": "mask_head"}


def generator_layers(config: GeneratorConfig, scale: int) -> list[Layer]:
    """The table of `net_G<scale>` for `VideoGenerator.scales[scale]` of that config."""
    return _coarse(config) if scale == 0 else _refinement(config)


def _coarse(config: GeneratorConfig) -> list[Layer]:
    count, after = config.n_downsample_G, config.n_blocks // 2
    table = []
    for released, ours in _ENCODERS.items():
        table += _encoder(released, ours, count)
        table += residual(released, f"{ours}.blocks", 4 + 3 * count, config.n_blocks - after)
    if config.fg:
        table += _encoder("indv_down", "foreground_encoder", count)
    for released, ours in _decoders(config).items():
        blocks = config.n_blocks if ours == "foreground_decoder" else after
        table += residual(released.format("res"), f"{ours}.blocks", 0, blocks)
        table += numbered(released.format("up"), f"{ours}.up", 0, count)
    return table + _heads(config)


def _refinement(config: GeneratorConfig) -> list[Layer]:
    table = []
    for released, ours in _ENCODERS.items():
        table += _encoder(released, ours, 1)
    if config.fg:
        table += _encoder("indv_down", "foreground_encoder", 1)
    for released, ours in _decoders(config).items():
        # One released list holds both the residual blocks and the doubling behind them.
        table += residual(released.format("up"), f"{ours}.blocks", 0, config.n_blocks_local)
        table += numbered(released.format("up"), f"{ours}.up", config.n_blocks_local, 1)
    return table + _heads(config)


def _encoder(released: str, ours: str, num_down: int) -> list[Layer]:
    return stem(released, f"{ours}.stem") + numbered(released, f"{ours}.down", 4, num_down)


def _decoders(config: GeneratorConfig) -> dict[str, str]:
    """Pattern of the released names -> our name, of every decoder there is."""
    decoders = {"model_{}_img": "image_decoder"}
    if not config.no_flow:
        decoders["model_{}_flow"] = "flow_decoder"
    if config.fg:
        decoders["indv_{}"] = "foreground_decoder"
    return decoders


def _heads(config: GeneratorConfig) -> list[Layer]:
    heads = {"model_final_img": "image_head"}
    if not config.no_flow:
        heads |= _FLOW_HEADS
    if config.fg:
        heads["indv_final"] = "foreground_head"
    return [Layer(f"{released}.1", ours) for released, ours in heads.items()]
