"""`vid2vid assets {list,get,verify,add,path}`: weights and data that do not come with the program."""

import argparse
import textwrap
from pathlib import Path

from vid2vid_core.commands.verb import Verbs, add_verb

_NAME = "name of an asset, as `vid2vid assets list` prints it"
_WIDTHS = (25, 32, 40, 10, 10, 18)
_HEADINGS = ("name", "what for", "licence", "commercial", "size", "state")


def add(verbs: Verbs) -> None:
    """Register the verb and what it can do."""
    parser = add_verb(verbs, "assets", run, "list, fetch and check weights and data that do not come with the program")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="what there is, under which licence, and whether it is here")
    get = actions.add_parser("get", help="fetch what is missing, and check it")
    get.add_argument("name", nargs="+", help=_NAME)
    get.add_argument("--offline", action="store_true", help="use what is on this machine only, such as a mirror folder")
    verify = actions.add_parser("verify", help="compare what is here with its hashes; exit code 1 if anything differs")
    verify.add_argument("name", nargs="*", help="default: all that are here")
    take_in = actions.add_parser("add", help="check a file you have got yourself and put it into its place")
    take_in.add_argument("name", help=_NAME)
    take_in.add_argument("file", type=Path, help="the file, or a folder for an asset of several files")
    path = actions.add_parser("path", help="print the file or folder of an asset that is here")
    path.add_argument("name", help=_NAME)


def run(options: argparse.Namespace) -> int:
    """Do what was asked for."""
    actions = {"list": _list, "get": _get, "verify": _verify, "add": _add, "path": _path}
    return actions[options.action](options)


def _list(options: argparse.Namespace) -> int:
    from vid2vid_core.assets import asset_dir, load_registry
    from vid2vid_core.assets.store import state

    rows = [_HEADINGS, tuple("-" * len(heading) for heading in _HEADINGS)]
    for asset in load_registry().assets:
        sizes = [file.size or file.approximate_size for file in asset.files]
        rows.append((asset.name, asset.purpose, asset.licence, asset.commercial, _size_text(sizes), state(asset)))
    print("\n".join(line for row in rows for line in _lines(row)))
    print(f"\nFolder: {asset_dir()} (VID2VID_ASSET_DIR names another)")
    return 0


def _get(options: argparse.Namespace) -> int:
    from vid2vid_core.assets import load_registry
    from vid2vid_core.assets.fetch import get_asset

    for asset in [load_registry().asset(name) for name in options.name]:
        print(get_asset(asset, offline=options.offline))
    return 0


def _verify(options: argparse.Namespace) -> int:
    from vid2vid_core.assets import AssetError, load_registry
    from vid2vid_core.assets.store import check_asset, is_here

    registry = load_registry()
    wrong = 0
    for asset in [registry.asset(name) for name in options.name] or registry.assets:
        try:
            compared = check_asset(asset)
        except AssetError as error:
            wrong += 1
            print(f"{asset.name}: WRONG. {error}")
            continue
        if is_here(asset) and not compared:
            print(f"{asset.name}: unpacked, but its archive is gone, so there is nothing to compare")
        elif is_here(asset):
            print(f"{asset.name}: right ({', '.join(str(path) for path in compared)})")
        elif options.name:
            wrong += 1
            print(f"{asset.name}: not here")
    return int(wrong > 0)


def _add(options: argparse.Namespace) -> int:
    from vid2vid_core.assets import load_registry
    from vid2vid_core.assets.fetch import add_asset

    print(add_asset(load_registry().asset(options.name), options.file))
    return 0


def _path(options: argparse.Namespace) -> int:
    from vid2vid_core.assets import require_asset

    print(require_asset(options.name))
    return 0


def _lines(row: tuple[str, ...]) -> list[str]:
    """One row of the table, its cells wrapped at their column's width."""
    cells = [textwrap.wrap(cell, width) for cell, width in zip(row, _WIDTHS, strict=True)]
    return [
        "  ".join(
            (cell[i] if i < len(cell) else "").ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True)
        ).rstrip()
        for i in range(max(len(cell) for cell in cells))
    ]


def _size_text(sizes: list[int | None]) -> str:
    """Sum of the known sizes, in decimal units as disks are sold."""
    known = sum(size for size in sizes if size is not None)
    return f"{known / 1e6:,.0f} MB" if known else "unknown"
