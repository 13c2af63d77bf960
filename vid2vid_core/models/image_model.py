"""Everything that makes a single picture: the generator and, where it reads features, what they come from."""

from dataclasses import dataclass

import torch
from torch import Tensor

from vid2vid_core.models.encoder import FeatureEncoder
from vid2vid_core.models.feature_table import FeatureTable, nearest_features
from vid2vid_core.models.image_generator import ImageGenerator
from vid2vid_core.models.styles import style_features


@dataclass(frozen=True)
class ImageModel:
    """A single-image generator, ready to make first pictures."""

    generator: ImageGenerator
    encoder: FeatureEncoder | None
    """Where the generator reads features."""
    table: FeatureTable | None
    """Features of the training frames, likewise; on the device of the generator."""

    @property
    def needs_real(self) -> bool:
        """Whether a picture is made with the looks of a real one."""
        return self.encoder is not None

    @property
    def size_multiple(self) -> int:
        """Height and width of a picture must be multiples of this."""
        return max(part.size_multiple for part in (self.generator, self.encoder) if part is not None)

    @property
    def device(self) -> torch.device:
        """Where the networks are."""
        return next(self.generator.parameters()).device

    def picture(self, controls: Tensor, labels: Tensor | None = None, real: Tensor | None = None) -> Tensor:
        """Make pictures, each for itself.

        Args:
            controls: (B, C, H, W), control channels without instance edges.
            labels: (B, 1, H, W) integer label or part ids, which features belong to; for models with features.
            real: (B, 3, H, W), [-1, 1], pictures whose looks choose the features; likewise.

        Returns:
            (B, 3, H, W), [-1, 1].

        Raises:
            ValueError: channels, size or labels do not fit, or something a model with features needs is missing.
        """
        if self.encoder is None or self.table is None:
            return self.generator(controls)
        if labels is None or real is None:
            lacking = " and ".join(name for name, given in (("label ids", labels), ("real", real)) if given is None)
            raise ValueError(
                f"a generator with features ({self.generator.config.netG}) takes the looks of a frame from its real "
                f"picture, label by label; {lacking} not given"
            )
        return self.generator(controls, nearest_features(self.encoder.per_pixel(real), labels, self.table))

    def styled(self, controls: Tensor, labels: Tensor, frame: int) -> Tensor:
        """Make pictures with the looks of one training frame; no real picture is needed.

        Args:
            controls: as for `picture`.
            labels: likewise.
            frame: row of the feature table.

        Returns:
            (B, 3, H, W), [-1, 1].

        Raises:
            ValueError: channels, size or labels do not fit, or the generator reads no features.
        """
        if self.table is None:
            raise ValueError(f"styles need a generator with features, this one is {self.generator.config.netG}")
        return self.generator(controls, style_features(labels, self.table, frame))
