"""Built-in worlds: seeded clips that need no download.

- `street_demo`: drives through a made-up town, with exact labels, instances and flow.
- `face_demo`: a photographed face that is made to speak.
- `pose_demo`: a drawn person who dances.
"""

from vid2vid_core.dataset.world.make import make_world, make_world_clip
from vid2vid_core.dataset.world.street import open_world

__all__ = ["make_world", "make_world_clip", "open_world"]
