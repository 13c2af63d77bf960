"""The registered assets, resources/assets.yaml: what each is for, whether it may be used, where it comes from."""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from vid2vid_core.assets.errors import AssetError
from vid2vid_core.config import load
from vid2vid_core.config.base import config_class

REGISTRY = Path(__file__).parents[2] / "resources" / "assets.yaml"

Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Bytes = Annotated[int, Field(ge=1)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

_TOLERANCE = 0.1
"""A file may differ from its approximate size by this share."""


@config_class
class AssetFile:
    """One file of an asset."""

    name: FileName
    """Its name in the asset folder, on a mirror, and in `url` sources in place of `{file}`."""
    size: Bytes | None = None
    """Exact size, where it is known."""
    approximate_size: Bytes | None = None
    """Size where only that is known; a file that is more than a tenth off is refused."""
    sha256: Sha256 | None = None
    """Hash of the content; where it is not known, that of the first file used is remembered."""

    def __post_init__(self) -> None:
        if self.size is not None and self.approximate_size is not None:
            raise ValueError("size and approximate_size exclude each other")

    def fits(self, size: int) -> bool:
        """Whether a file of `size` bytes can be this one."""
        if self.size is not None:
            return size == self.size
        about = self.approximate_size
        return about is None or abs(size - about) <= _TOLERANCE * about

    def size_text(self) -> str:
        """The size a file should have, for messages."""
        return f"{self.size:,}" if self.size is not None else f"about {self.approximate_size:,}"


@config_class
class AssetSource:
    """Where an asset comes from: exactly one of the keys."""

    url: Annotated[str, Field(pattern=r"^https?://")] | None = None
    """Address; `{file}` stands for the file's name."""
    gdrive: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")] | None = None
    """Id of a file on Google Drive."""
    wheel: str | None = None
    """Installed Python package and path inside it, such as package/models/file.dat; used where it lies."""

    def __post_init__(self) -> None:
        if sum(value is not None for value in (self.url, self.gdrive, self.wheel)) != 1:
            raise ValueError("a source has exactly one of the keys url, gdrive, wheel")


@config_class
class Asset:
    """One asset."""

    name: Name
    """What it is called on the command line and in configs."""
    purpose: str
    """What it is for, in a few words."""
    licence: str
    """Under which terms it may be used, as far as we know."""
    commercial: Literal["yes", "no", "unknown"]
    """Whether commercial use is allowed (in quotes: a bare yes or no means true or false in YAML)."""
    kind: Literal["file", "archive", "folder"] = "file"
    """One file; an archive that is unpacked into a folder called like the asset; or such a folder of several files."""
    unpacked_limit: Bytes | None = None
    """archive: refuse to unpack more bytes than this."""
    files: Annotated[tuple[AssetFile, ...], Field(min_length=1)]
    """What is fetched."""
    sources: tuple[AssetSource, ...] = ()
    """Tried in this order, after the mirror."""
    by_hand: str
    """What a person can do when no source works."""

    def __post_init__(self) -> None:
        if self.kind != "folder" and len(self.files) != 1:
            raise ValueError(f"kind '{self.kind}' has exactly one file, got {len(self.files)}")
        if (self.kind == "archive") != (self.unpacked_limit is not None):
            raise ValueError("unpacked_limit belongs to kind 'archive', which needs it")
        for source in self.sources:
            if len(self.files) > 1 and "{file}" not in (source.url or ""):
                raise ValueError("an asset of several files needs sources with `url: ...{file}`")

    def key(self, file: AssetFile) -> str:
        """Path of one of its files relative to the asset folder or a mirror."""
        return f"{self.name}/{file.name}" if self.kind == "folder" else file.name


@config_class
class Registry:
    """The file resources/assets.yaml."""

    assets: Annotated[tuple[Asset, ...], Field(min_length=1)]
    """All assets."""

    def __post_init__(self) -> None:
        for what, found in (
            ("name", [asset.name for asset in self.assets]),
            ("file name", [asset.key(file) for asset in self.assets for file in asset.files]),
        ):
            twice = sorted({value for value in found if found.count(value) > 1})
            if twice:
                raise ValueError(f"the {what} '{twice[0]}' is used twice")

    def __contains__(self, name: str) -> bool:
        return any(asset.name == name for asset in self.assets)

    def asset(self, name: str) -> Asset:
        """An asset by its name. Raises AssetError listing the names there are."""
        for asset in self.assets:
            if asset.name == name:
                return asset
        raise AssetError(f"no asset is called '{name}'; there are: {', '.join(asset.name for asset in self.assets)}")


@cache
def load_registry(path: Path = REGISTRY) -> Registry:
    """Read the registry. Raises ConfigError listing every problem."""
    return load(Registry, path)
