"""What the checker said before training, in the order of weight."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from vid2vid_core.report.inputs import RunInputs
from vid2vid_core.report.wording import count_of

_FILES = 3


@dataclass(frozen=True)
class FindingView:
    """One problem."""

    severity: str
    title: str
    text: str


@dataclass(frozen=True)
class Findings:
    """The section."""

    summary: str
    entries: list[FindingView]


def findings(inputs: RunInputs) -> Findings:
    """All problems the checker listed, each once."""
    listed = {(p["code"], p["message"]): p for check in inputs.checks for p in check["problems"]}
    problems = sorted(listed.values(), key=lambda problem: problem["severity"])
    read = sum(split["files"] for split in inputs.checks[0]["splits"].values())
    scope = f"It read {count_of(read, 'file')} before training"
    if not problems:
        return Findings(f"{scope} and found nothing to object to.", [])
    severities = Counter(problem["severity"] for problem in problems)
    counts = [count_of(severities[noun], noun) for noun in ("error", "warning") if severities[noun]]
    entries = [FindingView(problem["severity"], _title(problem), _text(problem)) for problem in problems]
    return Findings(f"{scope} and found {' and '.join(counts)}.", entries)


def _title(problem: dict[str, Any]) -> str:
    return f"{problem['severity'].capitalize()}: {problem['code'].replace('-', ' ')}"


def _text(problem: dict[str, Any]) -> str:
    """The message and the first few files."""
    files = problem["findings"]
    shown = [
        finding["file"]
        + (f" and {finding['partner']}" if finding["partner"] else "")
        + (f" ({finding['detail']})" if finding["detail"] else "")
        for finding in files[:_FILES]
    ]
    rest = f", and {count_of(len(files) - _FILES, 'more file', 'more files')}" if len(files) > _FILES else ""
    message = problem["message"].rstrip()
    message += "" if message.endswith((".", "!", "?")) else "."
    return f"{message} In {', '.join(shown)}{rest}." if shown else message
