"""How weights start."""

from torch import nn

STD = 0.02


def initialise(module: nn.Module) -> None:
    """Draw new weights in place: convolutions N(0, 0.02^2), batch-norm scales N(1, 0.02^2), batch-norm shifts 0.

    Biases of convolutions keep what PyTorch gave them. Networks of this package call it when they are made.

    Source: Radford et al., Deep Convolutional GANs, 2016.
    """
    for part in module.modules():
        if isinstance(part, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(part.weight, 0.0, STD)
        elif isinstance(part, nn.BatchNorm2d):
            nn.init.normal_(part.weight, 1.0, STD)
            nn.init.zeros_(part.bias)
