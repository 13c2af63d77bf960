"""What a model has to beat: pictures that need no model.

Maps are (H, W) int64 ids of labels, or of parts of the face or body where controls are drawn; -1 where there is none.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.quality.fidelity import Picture

METHODS = {
    "model": "The trained model's pictures.",
    "copy_previous": "The real frame before the current one, unchanged. It looks at the real video all the time; the "
    "model sees at most its first frames.",
    "mean_colour": "Every pixel in the mean colour of its label (faces and poses: of its part of the face or body, or "
    "of the background) over frames of the training split. Labels that never occur there, and pixels without label, "
    "get the mean colour of all pixels.",
    "real": "The real video against itself: what each metric says of a perfect result.",
}
"""Name and meaning of everything that is scored."""


class MeanColour:
    """Paints every pixel in the mean training colour of its label or part."""

    def __init__(self, pairs: Iterable[tuple[NDArray[np.int64], Picture]], count: int) -> None:
        """Learn the colours.

        Args:
            pairs: map and picture of training frames.
            count: number of ids, 0 .. count-1.

        Raises:
            ValueError: If there is not a single pair.
        """
        sums, counts = np.zeros((count + 1, 3)), np.zeros(count + 1)
        for labels, picture in pairs:
            # id -1 (no label) is counted in an extra last row, where the index -1 finds it again in `picture`
            ids = np.where(labels < 0, count, labels).ravel()
            counts += np.bincount(ids, minlength=count + 1)
            for channel in range(3):
                sums[:, channel] += np.bincount(ids, weights=picture[..., channel].ravel(), minlength=count + 1)
        if not counts.any():
            raise ValueError(
                "the baseline 'mean_colour' needs at least one valid frame in the training split; the manifest has none"
            )
        overall = sums.sum(axis=0) / counts.sum()
        means = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], overall)
        means[count] = overall
        self.colours = np.rint(means).astype(np.uint8)
        """(count + 1, 3) RGB; the last row is for pixels without label."""

    def picture(self, labels: NDArray[np.int64]) -> Picture:
        """The (H, W, 3) picture of a map."""
        return np.asarray(self.colours[labels], dtype=np.uint8)
