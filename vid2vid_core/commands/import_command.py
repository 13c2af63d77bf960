"""`vid2vid import-command "python train.py ..."`: a command line of the original as recipe, dataset and run file."""

import argparse
from pathlib import Path

from vid2vid_core.commands.verb import Verbs, add_verb


def add(verbs: Verbs) -> None:
    """Register the verb."""
    parser = add_verb(
        verbs, "import-command", run, "translate command lines of the original into recipe, dataset and run files"
    )
    parser.add_argument(
        "commands",
        nargs="+",
        metavar="COMMAND",
        help="'python train.py ...' in quotes; several are stages of one recipe; a test.py adds its rendering",
    )
    parser.add_argument(
        "--out", type=Path, help="write recipes/, datasets/ and runs/ below this folder, such as config"
    )


def run(options: argparse.Namespace) -> int:
    """Print the files, or write them where nothing is overwritten."""
    from vid2vid_core.legacy.command_line import parse_command
    from vid2vid_core.legacy.translation import translate
    from vid2vid_core.legacy.written import write_files

    commands = [parse_command(text) for text in options.commands]
    folder = "config" if options.out is None else options.out.as_posix()
    files = write_files(translate(commands), [command.text for command in commands], folder)
    if options.out is None:
        print("---\n".join(f"# {path}\n{text}" for path, text in files.items()), end="")
        return 0
    taken = [path for path in files if Path(path).exists()]
    if taken:
        raise ValueError(f"{', '.join(taken)}: already there and left alone; move them away or give another --out")
    for path, text in files.items():
        _write(Path(path), text)
        print(path)
    return 0


def _write(path: Path, text: str) -> None:
    from vid2vid_core.storage import atomic_file

    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
