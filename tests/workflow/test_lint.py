"""The workflow itself: lint, docstrings and logs."""

import re
import subprocess
import sys

from workspace import ROOT


def test_snakemake_lint_is_clean() -> None:
    done = subprocess.run([sys.executable, "-m", "snakemake", "--lint"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_rule_says_what_it_does_and_logs() -> None:
    for path in sorted((ROOT / "workflow" / "rules").glob("*.smk")):
        for rule in re.split(r"^rule ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            name = rule.split(":", 1)[0]
            assert rule.split("\n")[1].strip().startswith('"""'), f"rule {name} has no docstring"
            for directive in ("log:", "conda:", "script:"):
                assert f"    {directive}" in rule, f"rule {name} has no {directive}"


def test_every_script_belongs_to_a_rule() -> None:
    rules = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "workflow" / "rules").glob("*.smk"))
    for script in (ROOT / "workflow" / "scripts").glob("*.py"):
        assert f"rule {script.stem}:" in rules
