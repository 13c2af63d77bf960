"""Probe, decode, split into shots, encode."""
