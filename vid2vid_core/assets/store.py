"""Assets that are here: where they lie, whether they are what they should be, and how to get them if not."""

import errno
import importlib.util
import logging
from pathlib import Path

from vid2vid_core.assets.content import check_file
from vid2vid_core.assets.errors import AssetError, RefusedError
from vid2vid_core.assets.folder import asset_dir
from vid2vid_core.assets.pins import pin, pinned
from vid2vid_core.assets.registry import Asset, AssetFile, load_registry

VGG19 = "vgg19"
"""Name of the asset the perceptual loss is computed with."""
FLOWNET2 = "flownet2"
"""Name of the asset flow.backend flownet2 reads."""
DLIB68 = "dlib-68-landmarks"
"""Name of the asset annotate.face.backend dlib reads."""

logger = logging.getLogger("vid2vid_core.assets")


def find_asset(name: str) -> Path | None:
    """The file or folder of a registered asset, checked; None if it is not here. Nothing is downloaded.

    Raises:
        AssetError: No asset is called so.
        RefusedError: What lies there is another file.
    """
    asset = load_registry().asset(name)
    if not is_here(asset):
        return None
    check_asset(asset)
    return asset_path(asset)


def require_asset(name: str) -> Path:
    """The file or folder of a registered asset, checked.

    Raises:
        AssetError: It is not here; the message says how to get it. Or no asset is called so.
        RefusedError: What lies there is another file.
    """
    path = find_asset(name)
    if path is None:
        asset = load_registry().asset(name)
        raise AssetError(
            f"the asset {name} is not here: {asset_path(asset)} is missing.\n"
            f"Fetch it with `vid2vid assets get {name}` or, for a whole run, `snakemake resources`.\n{by_hand(asset)}"
        )
    return path


def vgg19_file() -> Path | None:
    """The weights of the perceptual loss, or None if they are not here. Raises RefusedError for another file."""
    return find_asset(VGG19)


def asset_path(asset: Asset) -> Path:
    """What a program that uses the asset opens: a file, or the folder of an unpacked archive or of several files."""
    if asset.kind == "file":
        return file_path(asset, asset.files[0])
    return asset_dir() / asset.name


def file_path(asset: Asset, file: AssetFile) -> Path:
    """Where one of its files lies or will lie: in the asset folder, or else in an installed Python package."""
    path = asset_dir() / asset.key(file)
    if not path.exists():
        for source in asset.sources:
            inside = None if source.wheel is None else _inside_package(source.wheel)
            if inside is not None:
                return inside
    return path


def is_here(asset: Asset) -> bool:
    """Whether the asset can be used; its content is not looked at."""
    if asset.kind == "archive":
        return asset_path(asset).is_dir()
    return all(file_path(asset, file).is_file() for file in asset.files)


def state(asset: Asset) -> str:
    """In a few words, without reading the content."""
    files = [(file, file_path(asset, file)) for file in asset.files]
    present = [(file, path) for file, path in files if path.is_file()]
    wrong = [file.name for file, path in present if not file.fits(path.stat().st_size)]
    if wrong:
        return f"wrong size: {', '.join(wrong)}"
    if is_here(asset):
        return "here" if asset.kind == "archive" or files[0][1].is_relative_to(asset_dir()) else "in a Python package"
    if asset.kind == "archive" and present:
        return "not unpacked"
    return f"{len(present)} of {len(files)} files" if present else "missing"


def check_asset(asset: Asset) -> list[Path]:
    """Compare the files that are here with registry and pins, and pin those seen for the first time.

    Returns the files compared; an archive that was removed after it had been unpacked leaves none.

    Raises:
        RefusedError: One of them is another file.
    """
    compared = []
    for file in asset.files:
        path = file_path(asset, file)
        if path.is_file():
            accept(asset, file, path, "found here")
            compared.append(path)
    return compared


def accept(asset: Asset, file: AssetFile, path: Path, source: str) -> None:
    """Check a file in its place, and pin it if its hash was not known. Raises RefusedError if it is another one."""
    known = pinned(asset_dir(), asset.key(file))
    try:
        found = check_file(path, file, known)
    except RefusedError as error:
        raise RefusedError(
            f"{path} is not the asset {asset.name}: {error}. Move it away, then run `vid2vid assets get {asset.name}`"
        ) from None
    if file.sha256 is None and known is None:
        remember(asset, file, found, path.stat().st_size, source)


def remember(asset: Asset, file: AssetFile, sha256: str, size: int, source: str) -> None:
    """Pin a file; a folder that cannot be written to is used all the same, which is said."""
    try:
        pin(asset_dir(), asset.key(file), sha256, size, source)
    except OSError as error:
        if error.errno not in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise
        logger.warning("%s: its hash %s cannot be remembered (%s)", asset.key(file), sha256, error)


def by_hand(asset: Asset) -> str:
    """What a person can do about an asset that no program can fetch."""
    names = ", ".join(file.name for file in asset.files)
    what = f"FOLDER (with {names})" if len(asset.files) > 1 else "FILE"
    lines = [
        f"By hand: {asset.by_hand}",
        f"Then `vid2vid assets add {asset.name} {what}` checks it and puts it into {asset_dir()}"
        + (f" as {names}." if len(asset.files) == 1 else f"/{asset.name}."),
        "A folder or server with such files can also be named with VID2VID_ASSET_MIRROR.",
    ]
    return "\n".join(lines)


def _inside_package(path: str) -> Path | None:
    """A file of an installed package, which is not imported."""
    package, _, inside = path.partition("/")
    found = importlib.util.find_spec(package)
    for folder in (found.submodule_search_locations or ()) if found else ():
        if (Path(folder) / inside).is_file():
            return Path(folder) / inside
    return None
