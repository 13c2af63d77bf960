"""Metrics and their protocol."""

from vid2vid_core.evaluate.score import score_video
from vid2vid_core.evaluate.summary import summarise

__all__ = ["score_video", "summarise"]
