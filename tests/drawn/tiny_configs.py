"""The smallest dataset and recipes that go through the whole workflow."""

TINY_WORLD = {
    "name": "tiny",
    "world": {"train": 1, "test": 1, "seconds": 0.6, "width": 64, "height": 32},
    "annotate": {"segmenter": "given", "instances": "given"},
    "check": {"near_duplicate_bits": 0},
}

TINY_RECIPE = {
    "name": "tiny",
    "common": {
        "generator": {"ngf": 4, "n_blocks": 2, "n_downsample_G": 1, "n_blocks_local": 1, "fg": True},
        "discriminator": {"ndf": 4, "num_D": 1, "n_layers_D": 1, "n_scales_temporal": 1},
        "losses": {"no_vgg": True},
        "schedule": {"niter": 1, "niter_decay": 1, "n_frames_total": 4, "max_frames_per_gpu": 2},
        "data": {"loadSize": 64, "use_instance": True},
    },
    "stages": [{"name": "coarse"}, {"name": "fine", "generator": {"n_scales_spatial": 2}}],
}

TINY_IMAGE_STAGE = {
    "name": "first",
    "generator": {"ngf": 4, "n_downsample_global": 1, "n_blocks_global": 1},
    "discriminator": {"ndf": 4, "num_D": 1, "n_layers_D": 1},
    "losses": {"no_vgg": True},
    "schedule": {"niter": 1, "niter_decay": 1, "frames_per_epoch": 3},
    "data": {"loadSize": 64},
}
