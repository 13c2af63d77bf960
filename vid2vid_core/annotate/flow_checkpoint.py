"""Where FlowNet2's weights lie. Imports nothing heavy, so that a run can be refused before its first job."""

from pathlib import Path

from vid2vid_core.assets import AssetError, load_registry, require_asset
from vid2vid_core.assets.store import FLOWNET2, asset_path, is_here
from vid2vid_core.config import FlowConfig

_WITHOUT = "Or do without: flow.backend: dis needs no weights."


def flownet2_place(config: FlowConfig) -> Path:
    """The checkpoint that backend flownet2 reads; it is there, but its content has not been looked at.

    Raises:
        ValueError: it is not there; says where it was looked for and what can be done.
    """
    if config.checkpoint is not None:
        path = Path(config.checkpoint).expanduser()
        if not path.is_file():
            raise ValueError(
                f"flow.checkpoint: no such file: {path}. Name the released FlowNet2_checkpoint.pth.tar, or leave "
                f"flow.checkpoint out to use the asset {FLOWNET2} (`vid2vid assets get {FLOWNET2}`). {_WITHOUT}"
            )
        return path
    asset = load_registry().asset(FLOWNET2)
    return asset_path(asset) if is_here(asset) else _required()


def flownet2_file(config: FlowConfig) -> Path:
    """The same; an asset is the file it was when it was first used.

    Raises:
        ValueError: also if it is another one.
    """
    return flownet2_place(config) if config.checkpoint is not None else _required()


def _required() -> Path:
    try:
        return require_asset(FLOWNET2)
    except AssetError as error:
        raise ValueError(f"flow.backend is 'flownet2', but {error}\n{_WITHOUT}") from None
