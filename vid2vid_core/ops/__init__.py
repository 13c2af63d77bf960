"""Pure tensor functions: warp, pyramid, one-hot, instance edges."""
