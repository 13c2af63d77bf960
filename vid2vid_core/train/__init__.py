"""Schedule, temporal groups, steps, loop, checkpoints."""
