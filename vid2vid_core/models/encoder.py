"""What a picture looks like, instance by instance: features for the single-image generators."""

import torch
from torch import Tensor, nn

from vid2vid_core.config import ImageGeneratorConfig
from vid2vid_core.models.initialisation import initialise
from vid2vid_core.models.layers import Decoder, Encoder, conv7
from vid2vid_core.models.layout import lay_out, like_weights
from vid2vid_core.models.sizes import require_size
from vid2vid_core.ops import full_precision, pool_instances


class FeatureEncoder(nn.Module):
    """Reads a picture; says of each pixel `feat_num` numbers, the same for all pixels of an instance.

    Args:
        config: sizes; nef, n_downsample_E, feat_num and norm are used.

    Source: Wang et al., High-Resolution Image Synthesis (pix2pixHD), 2018, section 3.4.
    """

    def __init__(self, config: ImageGeneratorConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(3, config.nef, config.n_downsample_E, 0, config.norm)
        self.decoder = Decoder(config.nef, config.n_downsample_E, 0, config.norm)
        self.head = conv7(config.nef, config.feat_num)
        initialise(self)
        lay_out(self, channels_last=True)

    @property
    def size_multiple(self) -> int:
        """Height and width of a picture must be multiples of this."""
        return int(2**self.config.n_downsample_E)

    def forward(self, image: Tensor, instances: Tensor) -> Tensor:
        """Features of a picture, averaged over each instance.

        Args:
            image: (B, 3, H, W), [-1, 1].
            instances: (B, 1, H, W), integer ids of instances or parts.

        Returns:
            (B, feat_num, H, W), [-1, 1].

        Raises:
            ValueError: size or ids do not fit.
        """
        return pool_instances(self.per_pixel(image), instances)

    def per_pixel(self, image: Tensor) -> Tensor:
        """(B, 3, H, W), [-1, 1] -> (B, feat_num, H, W), [-1, 1], before the averaging. Raises ValueError as a call."""
        require_size(image, self.size_multiple, f"2^n_downsample_E with n_downsample_E {self.config.n_downsample_E}")
        features = self.head(self.decoder(self.encoder(like_weights(image, self))))
        return torch.tanh(full_precision(features))
