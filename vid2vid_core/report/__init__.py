"""The pages people look at."""

from vid2vid_core.report.page import build_report

__all__ = ["build_report"]
