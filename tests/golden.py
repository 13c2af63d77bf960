"""Compare our code with golden fixtures: `python tests/golden.py FOLDER [FOLDER ...]`.

One line per fixture. The exit code is 1 if any fixture fails, is of a kind nobody knows, or cannot be read. How a kind
is run is in `tests/parity/`; everything runs in float64.
"""

import argparse
import importlib
import pkgutil
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import torch

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

import parity  # noqa: E402
from parity.data_folder import is_data_folder, read_data_folder  # noqa: E402
from parity.fixture import Comparison, Fixture, FixtureError, Kind, read_folder  # noqa: E402

SHOWN = 8
"""Reasons printed of a fixture that fails."""


def all_kinds() -> dict[str, Kind]:
    """Every kind of fixture that some module of `parity` knows."""
    kinds: dict[str, Kind] = {}
    for module in pkgutil.iter_modules(parity.__path__):
        for kind, run in getattr(importlib.import_module(f"parity.{module.name}"), "KINDS", {}).items():
            if kind in kinds:
                raise ImportError(f"two modules of tests/parity know the kind '{kind}'")
            kinds[kind] = run
    return kinds


def run_fixture(fixture: Fixture, kinds: dict[str, Kind], *, trace: bool = False) -> Comparison:
    """Run one fixture in float64; whatever goes wrong with it becomes a problem of its comparison."""
    comparison = Comparison(fixture)
    run = kinds.get(fixture.kind)
    if run is None:
        comparison.problems.append(f"unknown kind '{fixture.kind}': no module of tests/parity knows it")
        return comparison
    usual = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)
    try:
        run(fixture, comparison)
    except Exception as error:  # one broken fixture must not keep the others from running
        if trace:
            traceback.print_exc()
        comparison.problems.append(f"{type(error).__name__}: {error}")
        return comparison
    finally:
        torch.set_default_dtype(usual)
    left = comparison.unchecked()
    if left:
        comparison.problems.append(f"not compared: {', '.join(left)}")
    if not comparison.compared:
        comparison.problems.append("nothing was compared")
    return comparison


def report(comparison: Comparison, width: int) -> str:
    """The line of a fixture, and below it the reasons if it fails."""
    if comparison.worst is None:
        measured = f"{comparison.compared} exact"
    else:
        _, error, limit, name = comparison.worst
        measured = f"worst {error:.1e} of {limit:.0e} ({name})"
    line = f"{comparison.fixture.name:<{width}}   {measured}   {'FAIL' if comparison.problems else 'ok'}"
    reasons = [f"    {problem}" for problem in comparison.problems[:SHOWN]]
    if len(comparison.problems) > SHOWN:
        reasons.append(f"    and {len(comparison.problems) - SHOWN} more")
    return "\n".join([line, *reasons])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all fixtures of the folders; 0 if every one of them agrees."""
    parser = argparse.ArgumentParser(description="compare our code with golden fixtures")
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="holds fixtures and their recipe.py")
    parser.add_argument("--only", default="", metavar="TEXT", help="run only fixtures with TEXT in their name")
    parser.add_argument("--trace", action="store_true", help="show where an exception came from")
    options = parser.parse_args(arguments)
    kinds, failed, number = all_kinds(), 0, 0
    for folder in options.folders:
        try:
            found = read_data_folder(folder) if is_data_folder(folder) else read_folder(folder)
            fixtures = [fixture for fixture in found if options.only in fixture.name]
        except FixtureError as error:
            print(f"{error}   FAIL")
            failed += 1
            continue
        width = max((len(fixture.name) for fixture in fixtures), default=0)
        for fixture in fixtures:
            comparison = run_fixture(fixture, kinds, trace=options.trace)
            print(report(comparison, width), flush=True)
            failed += bool(comparison.problems)
            number += 1
    print(f"{number} fixtures, {failed} failed")
    return 1 if failed or not number else 0


if __name__ == "__main__":
    sys.exit(main())
