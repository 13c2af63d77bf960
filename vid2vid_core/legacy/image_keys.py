"""Released names of the single-image networks: `net_G`, `net_G_512`, ... (generators) and `net_E` (feature encoder).

The generators without features keep stem, residual blocks, doublings and head in one numbered list; those with features
have a list for each.
"""

from vid2vid_core.config import ImageGeneratorConfig
from vid2vid_core.legacy.keys import Layer, numbered, residual, stem


def image_generator_layers(config: ImageGeneratorConfig) -> list[Layer]:
    """The table of the `ImageGenerator` of that config."""
    trunk = _trunk_with_features if config.features else _trunk
    return trunk(config) + _enhancers(config) + [Layer(_head(config), "head")]


def feature_encoder_layers(config: ImageGeneratorConfig) -> list[Layer]:
    """The table of the `FeatureEncoder` of that config."""
    count = config.n_downsample_E
    return [
        *stem("model", "encoder.stem"),
        *numbered("model", "encoder.down", 4, count),
        *numbered("model", "decoder.up", 4 + 3 * count, count),
        Layer(f"model.{4 + 6 * count + 1}", "head"),
    ]


def _trunk(config: ImageGeneratorConfig) -> list[Layer]:
    count, blocks = config.n_downsample_global, config.n_blocks_global
    return [
        *stem("model", "trunk.encoder.stem"),
        *numbered("model", "trunk.encoder.down", 4, count),
        *residual("model", "trunk.blocks", 4 + 3 * count, blocks),
        *numbered("model", "trunk.up", 4 + 3 * count + blocks, count),
    ]


def _trunk_with_features(config: ImageGeneratorConfig) -> list[Layer]:
    count = config.n_downsample_global
    return [
        *stem("model_downsample", "trunk.encoder.stem"),
        *numbered("model_downsample", "trunk.encoder.down", 4, count),
        *residual("model_resnet", "trunk.blocks", 0, config.n_blocks_global),
        *numbered("model_upsample", "trunk.up", 0, count),
    ]


def _enhancers(config: ImageGeneratorConfig) -> list[Layer]:
    table = []
    for k in range(config.enhancers):
        ours, blocks = f"enhancers.{k}", config.n_blocks_local
        table += stem(f"model{k + 1}_1", f"{ours}.encoder.stem")
        table += numbered(f"model{k + 1}_1", f"{ours}.encoder.down", 4, 1)
        table += residual(f"model{k + 1}_2", f"{ours}.blocks", 0, blocks)
        table += [Layer(f"model{k + 1}_2.{blocks}", f"{ours}.up.conv")]
        table += [Layer(f"model{k + 1}_2.{blocks + 1}", f"{ours}.up.norm")]
    return table


def _head(config: ImageGeneratorConfig) -> str:
    """Released name of the last convolution."""
    if config.netG == "global":
        return f"model.{4 + 6 * config.n_downsample_global + config.n_blocks_global + 1}"
    if config.netG == "local":
        return f"model{config.n_local_enhancers}_2.{config.n_blocks_local + 4}"
    return "model_upsample_conv.1" if config.netG == "global_with_features" else "model_final.1"
