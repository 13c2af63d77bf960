"""A recipe at toy size: the same structure, small numbers, to see in seconds whether it runs from end to end.

Kept: scales, down-samplings, discriminators and their scales, temporal scales and their spacing, switches, kinds of
controls, and that coarse scales are frozen at first. Shrunk: widths, blocks, pictures, clips, batches and epochs. The
perceptual network is left out: it has one size only.
"""

from dataclasses import replace

from vid2vid_core.config.image_stage import ImageStageConfig
from vid2vid_core.config.recipe import DiscriminatorConfig, RecipeConfig, StageConfig

_NARROW = 8
"""Widths are not made smaller than this."""


def toy_recipe(recipe: RecipeConfig) -> RecipeConfig:
    """The recipe with every stage at toy size, all with pictures of one size."""
    height, width = toy_size(recipe)
    first, divisor = recipe.image_stage, _divisor(recipe)
    return replace(
        recipe,
        stages=tuple(_toy_stage(stage, divisor, height, width) for stage in recipe.stages),
        image_stage=None if first is None else _toy_image_stage(first, height, width),
    )


def toy_size(recipe: RecipeConfig) -> tuple[int, int]:
    """Height and width, pixels, of the smallest pictures that every network of the recipe can work at."""
    halvings = [stage.generator.n_scales_spatial - 1 + stage.generator.n_downsample_G for stage in recipe.stages]
    if recipe.image_stage is not None:
        single = recipe.image_stage.generator
        halvings.append(single.n_downsample_global + single.enhancers)
        halvings += [single.n_downsample_E] if single.features else []
    multiple = 2 ** max(4, *halvings)
    return 2 * multiple, 3 * multiple


def _toy_stage(stage: StageConfig, divisor: int, height: int, width: int) -> StageConfig:
    """One stage at toy size: two epochs of one clip each, long enough for its last temporal discriminator."""
    chunk = toy_chunk(stage)
    return replace(
        stage,
        generator=replace(
            stage.generator,
            ngf=stage.generator.ngf // divisor,
            n_blocks=min(2, stage.generator.n_blocks),
            n_blocks_local=1,
        ),
        discriminator=replace(stage.discriminator, ndf=_toy_ndf(stage.discriminator)),
        losses=replace(stage.losses, no_vgg=True),
        schedule=replace(
            stage.schedule,
            niter=1,
            niter_decay=1,
            niter_step=1,
            niter_fix_global=min(1, stage.schedule.niter_fix_global),
            n_frames_total=2 * chunk,
            max_frames_total=2 * chunk + stage.generator.n_frames_G - 1,
            max_frames_per_gpu=chunk,
            n_gpus_gen=1,
            max_frames_backpropagate=min(2, stage.schedule.max_frames_backpropagate),
            clips_per_sequence=1,
        ),
        data=replace(
            stage.data, loadSize=width, fineSize=height, batchSize=min(2, stage.data.batchSize), num_workers=0
        ),
    )


def toy_chunk(stage: StageConfig) -> int:
    """New frames of a chunk, so that two chunks hold a group of the last temporal discriminator."""
    sizes = stage.discriminator
    if not sizes.n_scales_temporal:
        return 2
    span = sizes.n_frames_D ** (sizes.n_scales_temporal - 1) * (sizes.n_frames_D - 1)
    return max(2, (span + 2) // 2)


def _divisor(recipe: RecipeConfig) -> int:
    """What the widths of all video generators are divided by: one number, so that equal widths stay equal."""
    sizes = [(stage.generator.ngf, 2 ** (stage.generator.n_scales_spatial - 1)) for stage in recipe.stages]
    fitting = (d for d in (8, 4, 2) if all(ngf >= d * _NARROW and ngf % (d * finest) == 0 for ngf, finest in sizes))
    return next(fitting, 1)


def _toy_ndf(sizes: DiscriminatorConfig) -> int:
    """Width of the finest discriminator. Number i has min(64, ndf * 2^(num_D-1-i)), which two stages must agree on."""
    coarsest = min(64, sizes.ndf * 2 ** (sizes.num_D - 1)) // 2
    return max(1, coarsest // 2 ** (sizes.num_D - 1))


def _toy_image_stage(stage: ImageStageConfig, height: int, width: int) -> ImageStageConfig:
    sizes = stage.generator
    return replace(
        stage,
        generator=replace(
            sizes,
            ngf=min(_NARROW, sizes.ngf),
            nef=2,
            n_blocks_global=min(2, sizes.n_blocks_global),
            n_blocks_local=1,
        ),
        discriminator=replace(stage.discriminator, ndf=4),
        losses=replace(stage.losses, no_vgg=True),
        schedule=replace(stage.schedule, niter=1, niter_decay=1, frames_per_epoch=1),
        data=replace(stage.data, loadSize=width, fineSize=height, batchSize=1, num_workers=0),
    )
