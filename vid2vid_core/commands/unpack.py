"""`vid2vid unpack FOLDER OUT`: shards become the folders they were made from."""

import argparse
from pathlib import Path

from vid2vid_core.commands.verb import Verbs, add_verb


def add(verbs: Verbs) -> None:
    """Register the verb."""
    parser = add_verb(verbs, "unpack", run, "turn the shards of a packed dataset into folders of files again")
    parser.add_argument("folder", type=Path, help="a packed dataset; is left as it is")
    parser.add_argument("out", type=Path, help="a new folder, with the same files, byte for byte, as before packing")


def run(options: argparse.Namespace) -> int:
    """Unpack and say what was made."""
    from vid2vid_core.shards.pack import unpack

    print(f"{options.out}: {unpack(options.folder, options.out)} shards unpacked")
    return 0
