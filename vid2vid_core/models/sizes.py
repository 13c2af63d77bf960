"""Which picture sizes a network of halvings and doublings can work at."""

from torch import Tensor


def require_size(x: Tensor, multiple: int, reason: str) -> None:
    """Make sure that the last two axes can be halved as often as a network does.

    Args:
        x: (..., H, W).
        multiple: what height and width must be multiples of. Twice that is the least that reflection padding and
            statistics over a picture can work with at the smallest size.
        reason: where the multiple comes from, in terms of config keys.

    Raises:
        ValueError: a side does not fit.
    """
    for name, size in zip(("height", "width"), x.shape[-2:], strict=True):
        if size % multiple or size < 2 * multiple:
            raise ValueError(
                f"{name} must be a multiple of {multiple}, at least {2 * multiple} ({reason}), got {size}; resize or "
                "crop the frames (loadSize, fineSize)"
            )
