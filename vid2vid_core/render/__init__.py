"""Rendering of sequences."""
