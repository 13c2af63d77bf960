"""Manifest, folder layouts, checks, clips, geometry and the synthetic world."""
