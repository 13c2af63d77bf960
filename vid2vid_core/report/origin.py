"""Where the result comes from: machine, versions, commit, seeds and the full config."""

import json
from datetime import UTC, datetime
from typing import Any

import yaml

import vid2vid_core
from vid2vid_core.config import to_dict
from vid2vid_core.report.annotations import found_by
from vid2vid_core.report.inputs import RunInputs
from vid2vid_core.report.training import training_seconds
from vid2vid_core.report.wording import count_of, duration


def facts(inputs: RunInputs) -> list[tuple[str, str]]:
    """Title and text of each fact; what a provenance file does not tell is left out."""
    last = inputs.stages[-1].provenance
    program, packages = last.get("program", {}), last.get("packages", {})
    trained = sum(training_seconds(record) for record in inputs.records)
    seeds = f"training {inputs.recipe.seed}, bootstrap {inputs.run.evaluate.seed}"
    if inputs.dataset.world is not None:
        seeds += f", world {inputs.dataset.world.seed}"
    found: list[tuple[str, Any]] = [
        ("Dataset", f"{inputs.dataset.name} ({inputs.run.dataset})"),
        ("Recipe", f"{inputs.recipe.name} ({inputs.run.recipe})"),
        _annotator(inputs),
        ("Trained", duration(trained) + (f", finished {_date(last['created'])}" if "created" in last else "")),
        ("Device", _device(last.get("device", {}))),
        ("Machine", last.get("platform")),
        ("Perceptual loss", last.get("perceptual_loss") or "off, without a VGG19 file"),
        ("Seeds", seeds),
        ("Versions", ", ".join(f"{name} {version}" for name, version in packages.items() if version)),
        ("Program", _program(program)),
    ]
    return [(title, str(value)) for title, value in found if value]


def configs(inputs: RunInputs) -> list[tuple[str, str]]:
    """Title and text of everything to unfold: the three configs as YAML and each stage's provenance."""
    texts = [
        (f"{title} config, every value in full", yaml.safe_dump(to_dict(config), sort_keys=False, allow_unicode=True))
        for title, config in (("Run", inputs.run), ("Dataset", inputs.dataset), ("Recipe", inputs.recipe))
    ]
    texts += [
        (f"Provenance of stage {record.name}", json.dumps(record.provenance, indent=2, ensure_ascii=False))
        for record in inputs.records
    ]
    return texts


def colophon() -> str:
    """The last line of the page."""
    moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    program = f"vid2vid_core {vid2vid_core.__version__}"
    return f"Written by {program} on {moment}. This page holds everything it shows and loads nothing."


def _annotator(inputs: RunInputs) -> tuple[str, str]:
    if inputs.dataset.mode != "street":
        return {"face": "Landmarks from", "pose": "Key points from"}[inputs.dataset.mode], found_by(inputs)
    if inputs.dataset.layout is not None:
        return "Labels from", "the dataset's own files, used in place"
    return "Labels from", {
        "given": "label files that came with the videos",
        "unsupervised": "unsupervised segmentation, fitted on the training videos",
        "panoptic": f"the panoptic model {inputs.dataset.annotate.model}",
    }[inputs.dataset.annotate.segmenter]


def _device(device: dict[str, Any]) -> str:
    threads = device.get("threads")
    name = {"cpu": "processor"}.get(str(device.get("name", "")), str(device.get("name", "")))
    return f"{name}, {count_of(threads, 'thread')}" if name and threads else name


def _program(program: dict[str, Any]) -> str:
    commit = program.get("git")
    version = f"vid2vid_core {program.get('vid2vid_core', vid2vid_core.__version__)}"
    if not commit:
        return version
    changed = ", with uncommitted changes" if str(commit).endswith("-dirty") else ""
    return f"{version}, git commit {str(commit).removesuffix('-dirty')[:12]}{changed}"


def _date(created: str) -> str:
    return datetime.fromisoformat(created).strftime("%Y-%m-%d %H:%M UTC")
