"""Weights and data that do not come with the package: what is registered, where it lies, whether it is trusted.

Nothing is downloaded unless a person asks for it: `vid2vid assets get`, `snakemake resources`.
"""

from vid2vid_core.assets.errors import AssetError
from vid2vid_core.assets.folder import asset_dir
from vid2vid_core.assets.registry import load_registry
from vid2vid_core.assets.store import find_asset, require_asset, vgg19_file

__all__ = ["AssetError", "asset_dir", "find_asset", "load_registry", "require_asset", "vgg19_file"]
