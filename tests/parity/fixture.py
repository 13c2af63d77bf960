"""What every golden fixture has in common: how it is read, how results are compared with it.

A family of fixture kinds is a module in this folder that exports `KINDS: dict[str, Callable[[Fixture, Comparison],
None]]`; `tests/golden.py` finds it there. A kind runs our code on `fixture.arrays["in.*"]`, takes everything else from
`fixture.side`, and hands every result to the comparison: each `out.*` array of the fixture must be compared.
"""

import importlib.util
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

ABSOLUTE = 1e-8
"""Added to every tolerance, by the rule of the fixtures."""

State = dict[str, Tensor]


class FixtureError(ValueError):
    """A fixture, or a folder of them, cannot be read."""


@dataclass(frozen=True)
class Fixture:
    """One fixture: a JSON sidecar, and where it has arrays an `.npz` of the same name."""

    name: str
    folder: Path
    kind: str
    side: dict[str, Any]

    @cached_property
    def arrays(self) -> dict[str, Tensor]:
        """All arrays by name (`in.x`, `out.x`, `mid.x`), float64."""
        path = self.folder / f"{self.name}.npz"
        if not path.exists():
            if self.side.get("arrays"):
                raise FixtureError(f"{path} is missing, though the sidecar lists arrays")
            return {}
        with np.load(path) as stored:
            return {key: torch.from_numpy(stored[key]).double() for key in stored.files}

    @cached_property
    def states(self) -> dict[str, State]:
        """The weights of every network, released keys, floats in float64; rebuilt by the folder's `recipe.py`."""
        if not self.side.get("networks"):
            return {}
        usual = torch.get_default_dtype()
        torch.set_default_dtype(torch.float32)  # recipes draw in float32 and compare with plain numbers
        try:
            rebuilt = _recipe(self.folder).load_states(str(self.folder / f"{self.name}.json"))
        finally:
            torch.set_default_dtype(usual)
        return {
            network: {key: v.double() if v.is_floating_point() else v for key, v in state.items()}
            for network, state in rebuilt.items()
        }

    @property
    def config(self) -> dict[str, Any]:
        """Sizes and switches."""
        config: dict[str, Any] = self.side.get("config", {})
        return config

    def inputs(self, name: str) -> Tensor:
        """The array `in.<name>`. Raises FixtureError if the fixture has none."""
        if f"in.{name}" not in self.arrays:
            raise FixtureError(f"no array in.{name}; there are {', '.join(sorted(self.arrays))}")
        return self.arrays[f"in.{name}"]

    @property
    def outputs(self) -> list[str]:
        """Names of the expected arrays, without `out.`."""
        return [key.removeprefix("out.") for key in self.arrays if key.startswith("out.")]


@dataclass
class Comparison:
    """Collects how far our results are from a fixture. All runs are in float64, so its float64 tolerance holds."""

    fixture: Fixture
    problems: list[str] = field(default_factory=list)
    compared: int = 0
    worst: tuple[float, float, float, str] | None = None
    """Of the result nearest to its limit: share of its tolerance, error, tolerance (relative if there is one), name."""
    _seen: set[str] = field(default_factory=set)

    @property
    def rtol(self) -> float:
        """Relative tolerance of arrays."""
        return float(self.fixture.side["tolerance"]["rtol_float64_run"])

    def array(self, key: str, got: Tensor | None, rtol: float | None = None) -> None:
        """Compare with `out.<key>`; a result the fixture says does not exist (`none_outputs`) must be None.

        The largest absolute difference may be `rtol` times the largest absolute expected value, plus 1e-8.
        """
        if key in self.fixture.side.get("none_outputs", []):
            self.require(f"{key} does not exist", got is None)
            return
        expected = self.fixture.arrays.get(f"out.{key}")
        if expected is None:
            self._problem(f"{key}: our result has no counterpart, the fixture has no array out.{key}")
            return
        self._seen.add(key)
        if got is None:
            self._problem(f"{key}: no result, expected an array of shape {tuple(expected.shape)}")
            return
        self.tensor(key, got, expected, rtol)

    def tensor(self, name: str, got: Tensor, expected: Tensor, rtol: float | None = None) -> None:
        """Compare by the rule of arrays with numbers that are no array of the fixture."""
        if got.shape != expected.shape:
            self._problem(f"{name}: shape {tuple(got.shape)}, expected {tuple(expected.shape)}")
            return
        difference = (got.detach().double().cpu() - expected).abs().max().item() if expected.numel() else 0.0
        largest = expected.abs().max().item() if expected.numel() else 0.0
        self._close(name, difference, largest, self.rtol if rtol is None else rtol, ABSOLUTE)

    def value(self, name: str, got: float, expected: float, rtol: float | None = None, atol: float = ABSOLUTE) -> None:
        """Compare a number of the sidecar: |got - expected| <= rtol * |expected| + atol."""
        self._close(name, abs(got - expected), abs(expected), self.rtol if rtol is None else rtol, atol)

    def equal(self, name: str, got: object, expected: object) -> None:
        """Compare what must agree exactly."""
        self.compared += 1
        if got != expected:
            self._problem(f"{name}: got {got}, expected {expected}")

    def require(self, name: str, ok: bool) -> None:
        """Anything else that must hold."""
        self.compared += 1
        if not ok:
            self._problem(f"{name}: does not hold")

    def at_least(self, name: str, got: float, least: float) -> None:
        """A share that must reach a limit."""
        self.compared += 1
        if not got >= least:
            self._problem(f"{name}: {got:.4g}, at least {least:g} wanted")

    def at_most(self, name: str, got: float, most: float) -> None:
        """A difference that must not exceed a limit."""
        self.compared += 1
        if not got <= most:
            self._problem(f"{name}: {got:.4g}, at most {most:g} allowed")

    def unchecked(self) -> list[str]:
        """Expected arrays, of the file or only of the sidecar's list, that were never compared."""
        listed = [key.removeprefix("out.") for key in self.fixture.side.get("arrays", {}) if key.startswith("out.")]
        return [key for key in dict.fromkeys([*self.fixture.outputs, *listed]) if key not in self._seen]

    def _close(self, name: str, difference: float, largest: float, rtol: float, atol: float) -> None:
        self.compared += 1
        allowed = rtol * largest + atol
        share = difference / allowed if allowed else (0.0 if difference == 0 else math.inf)
        if math.isnan(share):
            share = math.inf
        if self.worst is None or share > self.worst[0]:
            limit = rtol or atol
            self.worst = (share, share * limit, limit, name)
        if not share <= 1:
            self._problem(f"{name}: off by {difference:.2e}, allowed {allowed:.2e} (largest value {largest:.3g})")

    def _problem(self, text: str) -> None:
        self.problems.append(text)


Kind = Callable[[Fixture, Comparison], None]


def read_folder(folder: Path) -> list[Fixture]:
    """All fixtures of a folder by name, without its sub-folders; JSON files that name no kind are none.

    Raises:
        FixtureError: the folder or a sidecar cannot be read, or there is no fixture in it.
    """
    if not folder.is_dir():
        raise FixtureError(f"{folder}: no such folder")
    fixtures = []
    for path in sorted(folder.glob("*.json")):
        try:
            side = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise FixtureError(f"{path}: cannot be read as JSON ({error})") from error
        if isinstance(side, dict) and "kind" in side:
            fixtures.append(Fixture(path.stem, folder, str(side["kind"]), side))
    if not fixtures:
        raise FixtureError(f"{folder}: holds no fixture (a .json with a `kind`)")
    return fixtures


def _recipe(folder: Path) -> ModuleType:
    """The `recipe.py` of a folder of fixtures, or of the folder above it."""
    for place in (folder, folder.parent):
        path = place / "recipe.py"
        spec = importlib.util.spec_from_file_location("fixture_recipe", path) if path.exists() else None
        if spec is not None and spec.loader is not None:
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module
    raise FixtureError(f"{folder}: has no recipe.py, which rebuilds the weights of its fixtures")
