"""Metrics and their protocol."""
