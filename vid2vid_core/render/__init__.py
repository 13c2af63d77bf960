"""Rendering of sequences."""

from vid2vid_core.render.folder import render_folder
from vid2vid_core.render.render import render_video

__all__ = ["render_folder", "render_video"]
