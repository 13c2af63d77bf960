"""`vid2vid`: the parts of the chain a person calls by hand, without Snakemake. `vid2vid --help` lists them."""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence

from tqdm import tqdm

from vid2vid_core.commands import (
    assets,
    check,
    import_checkpoint,
    import_command,
    pack,
    plan,
    render,
    schedule,
    train,
    train_stage,
    unpack,
)
from vid2vid_core.runlog import REQUEUE_CODE, StoppedBySignal

VERBS = (check, schedule, plan, train, train_stage, render, pack, unpack, assets, import_checkpoint, import_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb.

    Returns:
        The exit code: 0, 1 for an error a person can mend (said in plain English), 2 for usage, 85 for training that a
        signal has stopped and that goes on when called again.
    """
    typed = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(typed, argparse.Namespace(typed=typed))
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[_Console()])
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except (ValueError, OSError) as error:
        print(f"vid2vid {options.verb}: {error}", file=sys.stderr)
        return 1
    except StoppedBySignal as stopped:
        print(f"vid2vid {options.verb}: {stopped}", file=sys.stderr)
        return REQUEUE_CODE
    except KeyboardInterrupt:
        print(f"vid2vid {options.verb}: stopped", file=sys.stderr)
        return 130


class _Console(logging.Handler):
    """Log lines on stderr: above a live progress line, not through it, and without those that it has shown."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        if not getattr(record, "shown", False):
            tqdm.write(self.format(record), file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vid2vid", description="Controls to photorealistic video.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in VERBS:
        verb.add(verbs)
    return parser
