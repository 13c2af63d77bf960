"""Everything that makes a single picture: the generator and, where it reads features, what they come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from vid2vid_core.models.encoder import FeatureEncoder
from vid2vid_core.models.feature_table import FeatureTable, label_means, nearest_features, nearest_frame, require_known
from vid2vid_core.models.image_generator import ImageGenerator
from vid2vid_core.models.label_codes import LabelCodes, codes_of_frames
from vid2vid_core.models.object_looks import choose_looks, known_objects, vary_objects
from vid2vid_core.models.styles import style_features


@dataclass(frozen=True)
class ImageModel:
    """A single-image generator, ready to make first pictures."""

    generator: ImageGenerator
    encoder: FeatureEncoder | None
    """Where the generator reads features."""
    table: FeatureTable | None
    """Features of the training frames, likewise; on the device of the generator."""
    stored_codes: LabelCodes | None = None
    """Looks of every label, where the weights file says them."""

    @cached_property
    def codes(self) -> LabelCodes:
        """Looks of every label: those stored, or those of the training frames. Raises ValueError without features."""
        if self.stored_codes is not None:
            return self.stored_codes
        return codes_of_frames(self._known())

    @property
    def by_object(self) -> bool:
        """Whether objects of one label have looks of their own."""
        return self.generator.config.features_of == "objects"

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

    def picture(
        self,
        controls: Tensor,
        labels: Tensor | None = None,
        real: Tensor | None = None,
        instances: Tensor | None = None,
    ) -> Tensor:
        """Make pictures, each for itself.

        Args:
            controls: (B, C, H, W), control channels without instance edges.
            labels: (B, 1, H, W) integer label or part ids, which features belong to; for models with features.
            real: (B, 3, H, W), [-1, 1], pictures whose looks choose the features; likewise.
            instances: (B, 1, H, W) integer instance ids, for models with looks of objects; without them all objects of
                a label look alike.

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
        seen = self.encoder.per_pixel(real)
        features = nearest_features(seen, labels, self.table)
        if self.by_object and instances is not None:
            features = known_objects(features, seen, labels, instances, self.codes)
        return self.generator(controls, features)

    def styled(
        self,
        controls: Tensor,
        labels: Tensor,
        frame: int,
        instances: Tensor | None = None,
        chosen: Mapping[int, int] | None = None,
    ) -> Tensor:
        """Make pictures with the looks of one training frame; no real picture is needed.

        Args:
            controls: as for `picture`.
            labels: likewise.
            frame: row of the feature table.
            instances: as for `picture`; each object gets one of the looks of its label, by its number.
            chosen: labels that get another look, and which, 1 being the most common.

        Returns:
            (B, 3, H, W), [-1, 1].

        Raises:
            ValueError: channels, size or labels do not fit, the generator reads no features, or a label has no such
                look.
        """
        features = style_features(labels, self._known(), frame)
        if self.by_object and instances is not None:
            features = vary_objects(features, labels, instances, self.codes)
        return self.generator(controls, choose_looks(features, labels, self.codes, chosen) if chosen else features)

    def frame_like(self, labels: Tensor, real: Tensor) -> int:
        """The training frame that looks most like a real picture.

        Args:
            labels: (1, 1, H, W) integer label or part ids of the picture.
            real: (1, 3, H, W), [-1, 1].

        Returns:
            Row of the feature table.

        Raises:
            ValueError: size or labels do not fit, or the generator reads no features.
        """
        table = self._known()
        require_known(labels, table)
        assert self.encoder is not None
        means, present = label_means(self.encoder.per_pixel(real), labels, table.values.shape[1])
        return nearest_frame(means[0], present[0], table)

    def _known(self) -> FeatureTable:
        if self.table is None:
            raise ValueError(f"styles need a generator with features, this one is {self.generator.config.netG}")
        return self.table
