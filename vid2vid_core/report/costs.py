"""What each rule cost, from the files Snakemake's `benchmark:` writes."""

import csv
from dataclasses import dataclass
from pathlib import Path

from vid2vid_core.report.wording import duration, file_size


@dataclass(frozen=True)
class RuleCost:
    """All jobs of one rule together."""

    rule: str
    jobs: int
    wall: str
    """Sum over jobs: jobs that ran side by side count fully."""
    cpu: str
    longest: str
    """Of a single job."""
    memory: str
    """Largest resident memory of any of its jobs."""
    seconds: float
    width: float
    """Wall time in percent of the longest rule."""


def rule_costs(folder: Path, names: set[str]) -> list[RuleCost]:
    """Costs by rule, in the order of their names.

    Args:
        folder: benchmark files as `<rule>/<dataset or run>/...tsv` or `<rule>/<dataset or run>.tsv`.
        names: the dataset and run to report on; files of others are passed over.

    Raises:
        ValueError: a file has no column `s`, so it is no benchmark of Snakemake.
    """
    records: dict[str, list[dict[str, str]]] = {}
    for path in sorted(folder.rglob("*.tsv")):
        rule, *owners = path.relative_to(folder).with_suffix("").parts
        if not names.intersection(owners):
            continue
        with path.open(newline="", encoding="utf-8") as handle:
            rows = list(csv.DictReader(handle, delimiter="\t"))
        if any("s" not in row for row in rows):
            raise ValueError(f"{path}: no column 's'; expected a benchmark file of Snakemake")
        records.setdefault(rule, []).extend(rows)
    walls = {rule: sum(_value(row["s"]) for row in rows) for rule, rows in records.items()}
    longest = max(walls.values(), default=0.0) or 1.0
    return [_cost(rule, rows, walls[rule], longest) for rule, rows in records.items()]


def _cost(rule: str, rows: list[dict[str, str]], wall: float, longest: float) -> RuleCost:
    cpu = sum(_value(row.get("cpu_time", "")) for row in rows)
    memory = max((_value(row.get("max_rss", "")) for row in rows), default=0.0)
    return RuleCost(
        rule=rule,
        jobs=len(rows),
        wall=duration(wall),
        cpu=duration(cpu) if cpu else "–",
        longest=duration(max((_value(row["s"]) for row in rows), default=0.0)),
        memory=file_size(round(memory * 2**20)) if memory else "–",
        seconds=wall,
        width=100 * wall / longest,
    )


def _value(text: str) -> float:
    """A number; jobs too short to be measured leave `-` or `NA`, which count as 0."""
    try:
        return float(text)
    except ValueError:
        return 0.0
