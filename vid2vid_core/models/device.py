"""Which processor networks run on."""

import torch


def choose_device(name: str) -> torch.device:
    """The device of that name; "auto" is a GPU if there is one. Raises ValueError if it does not exist."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(
            f"device '{name}' cannot be used here ({error}); give auto, cpu, cuda or cuda:<number>"
        ) from None
    return device
