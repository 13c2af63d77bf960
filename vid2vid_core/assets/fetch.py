"""Fetching: the mirror first, then the registered sources; a file is taken into its place only when it is right."""

import logging
import os
import shutil
import urllib.parse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from vid2vid_core.assets.content import check_file
from vid2vid_core.assets.download import Patience, discard, download
from vid2vid_core.assets.drive import discard_drive, download_from_drive
from vid2vid_core.assets.errors import AssetError, DiskFullError, RefusedError, SourceError, no_room, said_plainly
from vid2vid_core.assets.folder import asset_dir, locked, permissions_of
from vid2vid_core.assets.pins import pinned
from vid2vid_core.assets.registry import Asset, AssetFile, load_registry
from vid2vid_core.assets.store import accept, asset_path, by_hand, file_path, remember
from vid2vid_core.assets.unpack import unpack

logger = logging.getLogger("vid2vid_core.assets")


@dataclass(frozen=True)
class _Source:
    """One place to try."""

    name: str
    """For messages and for assets.lock.yaml."""
    staged: Path
    """Where the file is brought to, in the folder it will stay in."""
    bring: Callable[[], None]
    """Brings it there, or raises SourceError or RefusedError."""


def get_assets(names: Iterable[str]) -> None:
    """Fetch registered assets; one that cannot be had does not keep the others from coming.

    Raises:
        AssetError: Naming every one that could not be had, and why.
    """
    failures = []
    for name in names:
        try:
            logger.info("%s: %s is here and right", name, get_asset(load_registry().asset(name)))
        except AssetError as error:
            failures.append(str(error))
    if failures:
        raise AssetError("\n\n".join(failures))


def get_asset(asset: Asset, *, offline: bool = False, patience: Patience | None = None) -> Path:
    """Fetch what is missing of an asset and check all of it. Returns the file or folder to open.

    Raises:
        RefusedError: A file that lies in the folder already is another one.
        SourceError: No source delivers the file; the message says why, and what to do by hand.
        DiskFullError: There is no room for it.
    """
    folder = asset_dir()
    with said_plainly(folder), permissions_of(folder), locked(folder, asset.name):
        for file in asset.files:
            if asset.kind == "archive" and asset_path(asset).is_dir() and not file_path(asset, file).exists():
                continue  # The archive was removed to save room after it had been unpacked.
            _get_file(asset, file, offline, patience or Patience())
    return asset_path(asset)


def add_asset(asset: Asset, path: Path) -> Path:
    """Take in a file (or, for an asset of several files, a folder of them) that a person has got.

    Raises:
        AssetError: Something is missing, or another file with that name is here already.
        RefusedError: It is not the right file.
        DiskFullError: There is no room for it.
    """
    folder = asset_dir()
    with said_plainly(folder), permissions_of(folder), locked(folder, asset.name):
        for file in asset.files:
            given = path / file.name if len(asset.files) > 1 else path
            if not given.is_file():
                raise AssetError(f"{given}: no such file\n{by_hand(asset)}")
            target = folder / asset.key(file)
            staged = _staged(target, "added")
            if target.exists():
                raise AssetError(f"{target} is here already; move it away first")
            try:
                _copy(given, staged)
                _take_in(asset, file, staged, target, str(given.absolute()))
            except RefusedError as error:
                raise RefusedError(f"{given} is not the asset {asset.name}: {error}") from None
            finally:
                staged.unlink(missing_ok=True)
    return asset_path(asset)


def _get_file(asset: Asset, file: AssetFile, offline: bool, patience: Patience) -> None:
    present = file_path(asset, file)
    if present.is_file():
        accept(asset, file, present, "found here")
        if asset.kind == "archive" and not asset_path(asset).is_dir():
            _unpack(asset, present)
        return
    target = asset_dir() / asset.key(file)
    target.parent.mkdir(parents=True, exist_ok=True)
    failures = []
    for source in _sources(asset, file, target, offline, patience):
        logger.info("%s: getting %s from %s", asset.name, file.name, source.name)
        try:
            _check_room(file, source.staged)
            source.bring()
            _take_in(asset, file, source.staged, target, source.name)
        except RefusedError as error:
            _discard_all(target)
            failures.append(f"  {source.name}: refused, {error}")
        except SourceError as error:
            failures.append(f"  {source.name}: {error}")
        except (OSError, DiskFullError):
            _discard_all(target)
            raise
        else:
            _discard_all(target)
            return
        finally:
            _staged(target, "added").unlink(missing_ok=True)
    tried = "\n".join(failures) or "  there was nowhere to look"
    mode = " (offline: only what is on this machine)" if offline else ""
    raise SourceError(f"{asset.name}: {file.name} could not be had{mode}.\n{tried}\n{by_hand(asset)}")


def _sources(asset: Asset, file: AssetFile, target: Path, offline: bool, patience: Patience) -> list[_Source]:
    """Where to look, in order."""
    part, drive, added = (_staged(target, ending) for ending in ("part", "drive", "added"))
    found = []

    def add_url(url: str) -> None:
        found.append(_Source(url, part, lambda: download(url, part, file, patience)))

    def add_drive(identifier: str) -> None:
        name = f"Google Drive file {identifier}"
        found.append(_Source(name, drive, lambda: download_from_drive(identifier, drive, file, patience)))

    mirror = os.environ.get("VID2VID_ASSET_MIRROR", "")
    if mirror.startswith(("http://", "https://")):
        if not offline:
            add_url(f"{mirror.rstrip('/')}/{urllib.parse.quote(asset.key(file))}")
    elif mirror:
        given = Path(mirror.removeprefix("file://")).expanduser() / asset.key(file)
        found.append(_Source(f"mirror {given}", added, lambda: _copy(given, added)))
    for source in asset.sources if not offline else ():
        if source.url is not None:
            add_url(source.url.replace("{file}", urllib.parse.quote(file.name)))
        elif source.gdrive is not None:
            add_drive(source.gdrive)
    return found


def _copy(given: Path, staged: Path) -> None:
    if not given.is_file():
        raise SourceError("there is no such file")
    staged.parent.mkdir(parents=True, exist_ok=True)
    needed, free = given.stat().st_size, shutil.disk_usage(staged.parent).free
    if needed > free:
        raise DiskFullError(no_room(staged.parent, needed, free))
    shutil.copyfile(given, staged)


def _check_room(file: AssetFile, staged: Path) -> None:
    """Say at once, not after an hour, that the file will not fit."""
    needed = (file.size or file.approximate_size or 0) - sum(
        path.stat().st_size for path in staged.parent.glob(f"{staged.name}*")
    )
    free = shutil.disk_usage(staged.parent).free
    if needed > free:
        raise DiskFullError(no_room(staged.parent, needed, free))


def _take_in(asset: Asset, file: AssetFile, staged: Path, target: Path, source: str) -> None:
    """Give a staged file its name once it is known to be right and, for an archive, has been unpacked."""
    found = check_file(staged, file, pinned(asset_dir(), asset.key(file)))
    if asset.kind == "archive":
        _unpack(asset, staged)
    with staged.open("rb") as handle:
        os.fsync(handle.fileno())
    size = staged.stat().st_size
    staged.replace(target)
    if file.sha256 is None:
        remember(asset, file, found, size, source)
    logger.info("%s: %s", asset.name, target)


def _unpack(asset: Asset, archive: Path) -> None:
    unpack(archive, asset_path(asset), asset.unpacked_limit or 0)


def _staged(target: Path, ending: str) -> Path:
    """A hidden name in the same folder, so that giving the file its name is one step."""
    return target.with_name(f".{target.name}.{ending}")


def _discard_all(target: Path) -> None:
    discard(_staged(target, "part"))
    discard_drive(_staged(target, "drive"))
    _staged(target, "added").unlink(missing_ok=True)
