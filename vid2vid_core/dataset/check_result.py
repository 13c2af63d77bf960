"""What the checker finds: problems, each with its files and what to do about it."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One file a problem is about."""

    file: str
    """As in the manifest: relative to the dataset's folder, or absolute."""
    detail: str = ""
    """What was found in this file."""
    partner: str = ""
    """The file it clashes with, if there is one."""


@dataclass(frozen=True)
class Problem:
    """One kind of defect at one place, with all the files that show it."""

    severity: Severity
    """error: training must not begin. warning: training works, but not as one might think."""
    code: str
    """Names the kind of defect, such as `label-range`."""
    message: str
    """Value found, values allowed, what to do."""
    findings: tuple[Finding, ...] = ()

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Problem":
        """Read back what `dataclasses.asdict` made."""
        return cls(**data | {"findings": tuple(Finding(**finding) for finding in data["findings"])})


@dataclass(frozen=True)
class CheckResult:
    """All problems of a dataset, errors first."""

    dataset: str
    root: str
    recipe: str | None
    label_nc: int
    """0 where controls are drawn."""
    ignore: tuple[int, ...]
    splits: dict[str, dict[str, int]]
    """Per split: videos, sequences, frames, valid_frames, files."""
    problems: tuple[Problem, ...]
    mode: str = "street"

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Problems that forbid training."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Problems that do not."""
        return tuple(problem for problem in self.problems if problem.severity == "warning")

    @property
    def exit_code(self) -> int:
        """0 without errors, else 1."""
        return 1 if self.errors else 0

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; nothing is left out."""
        counts = {"errors": len(self.errors), "warnings": len(self.warnings), "exit_code": self.exit_code}
        return asdict(self) | counts

    def to_text(self, files_per_problem: int = 3) -> str:
        """For a terminal: every problem, and of its files the first few."""
        lines = []
        for problem in self.problems:
            lines.append(f"{problem.severity.upper()} {problem.code}: {problem.message}")
            for finding in problem.findings[:files_per_problem]:
                lines.append("    " + _finding_text(finding))
            further = len(problem.findings) - files_per_problem
            if further > 0:
                lines.append(f"    ... and {further} more files")
        return "\n".join([*lines, self.summary()])

    def summary(self) -> str:
        """One line: what was read and how it went."""
        read = "; ".join(
            f"{split}: {counted(count['valid_frames'], 'frame')} in {counted(count['sequences'], 'sequence')}"
            for split, count in self.splits.items()
        )
        return f"{self.dataset} ({read or 'no frames'}): {self.verdict()}"

    def verdict(self) -> str:
        """How many errors and warnings."""
        return f"{counted(len(self.errors), 'error')}, {counted(len(self.warnings), 'warning')}"


def counted(number: int, noun: str) -> str:
    """'1 file', '2 files'."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _finding_text(finding: Finding) -> str:
    beside = f" and {finding.partner}" if finding.partner else ""
    return f"{finding.file}{beside}{': ' + finding.detail if finding.detail else ''}"
