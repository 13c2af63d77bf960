"""Adversarial, feature matching, perceptual, flow and warping losses."""
