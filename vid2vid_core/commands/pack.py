"""`vid2vid pack FOLDER OUT`: many small files become a shard a sequence."""

import argparse
from pathlib import Path

from vid2vid_core.commands.verb import Verbs, add_verb


def add(verbs: Verbs) -> None:
    """Register the verb."""
    parser = add_verb(verbs, "pack", run, "pack every folder of frames of a dataset into one file, a shard")
    parser.add_argument("folder", type=Path, help="holds train_A, train_B, ...; is left as it is")
    parser.add_argument("out", type=Path, help="a new folder, which is read as the first is")


def run(options: argparse.Namespace) -> int:
    """Pack and say what was made."""
    from vid2vid_core.shards.pack import pack

    print(f"{options.out}: {pack(options.folder, options.out)} shards")
    return 0
