"""The built-in world `street_demo`: seeded drives through a made-up town, with exact labels, instances and flow."""

from vid2vid_core.dataset.world.street import make_world, open_world

__all__ = ["make_world", "open_world"]
