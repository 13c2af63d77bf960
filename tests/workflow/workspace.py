"""A folder with a dataset and a recipe, and real calls of snakemake in it."""

import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from tiny_configs import TINY_RECIPE

ROOT = Path(__file__).parents[2]


@dataclass
class Workspace:
    """A working folder of its own for one test."""

    folder: Path

    def write(self, name: str, data: Any) -> Path:
        """Write a YAML file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
        return path

    def configure(self, dataset: dict[str, Any], recipe: dict[str, Any] = TINY_RECIPE, **run: Any) -> None:
        """Write the run, dataset and recipe files; `run` holds further keys of the run."""
        self.write("dataset.yaml", dataset)
        self.write("recipe.yaml", recipe)
        self.write("run.yaml", {"runs": [{"name": "run", "dataset": "dataset.yaml", "recipe": "recipe.yaml", **run}]})

    def command(self, *arguments: str) -> list[str]:
        """The call of snakemake in this folder."""
        call = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--cores", "2"]
        return [*call, *arguments, "--directory", str(self.folder), "--configfile", str(self.folder / "run.yaml")]

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Call snakemake; standard output and error together in `stdout`."""
        return subprocess.run(
            self.command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600
        )

    def build(self, *arguments: str) -> str:
        """Call snakemake, which must succeed. Returns what it printed."""
        done = self.call(*arguments)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def fail(self, *arguments: str) -> str:
        """Call snakemake, which must fail. Returns what it printed."""
        done = self.call(*arguments)
        assert done.returncode != 0, done.stdout
        return done.stdout

    def planned(self, *arguments: str) -> Counter[str]:
        """How often a dry run would run each rule; targets are left out."""
        printed = self.build("--dry-run", *arguments)
        rules = re.findall(r"^(?:local)?rule (\w+):", printed, re.MULTILINE)
        return Counter(rule for rule in rules if rule not in TARGETS)

    @property
    def prepared(self) -> Path:
        """Folder of the prepared dataset."""
        return self.folder / "results" / "datasets" / "tiny"


TARGETS = ("all", "frames", "annotate", "dataset", "flow", "train", "render", "evaluate", "report")
