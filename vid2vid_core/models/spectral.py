"""Spectral normalisation: the weights of a layer divided by their largest singular value.

The network keeps the weights that are trained, and for each layer two vectors from which the singular value is
estimated: one power iteration at every pass in training. Weights files hold all three.

Source: Miyato et al., Spectral Normalization for Generative Adversarial Networks, 2018.
"""

import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.nn.utils.parametrize import is_parametrized

NORMALISED = "parametrizations.weight.original"
"""Name of the trained weights of a normalised layer, in place of `weight`."""
ITERATES = ("parametrizations.weight.0._u", "parametrizations.weight.0._v")
"""Ends of the names of the two vectors."""

_SETTLING = 15
"""Power iterations that find the vectors of other weights."""


def normalise_spectra(network: nn.Module) -> None:
    """Add spectral normalisation to every convolution of a network."""
    for part in list(network.modules()):
        if isinstance(part, nn.Conv2d):
            spectral_norm(part)


@torch.no_grad()
def settle_spectral_norm(network: nn.Module) -> None:
    """Estimate the singular values well, after other weights have been loaded; nothing without normalised layers."""
    for part in network.modules():
        if isinstance(part, nn.Conv2d) and is_parametrized(part, "weight"):
            for _ in range(_SETTLING):
                _ = part.weight  # every look is one iteration
