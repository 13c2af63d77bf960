"""Import of a folder of released checkpoint files as one weights file of ours, with its stage as YAML beside it."""

import hashlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from vid2vid_core.config import ControlConfig, to_dict
from vid2vid_core.legacy.hints import Hints
from vid2vid_core.legacy.image_checkpoint import ImageModelFiles, image_labels, read_image_networks
from vid2vid_core.legacy.released_files import find_files
from vid2vid_core.legacy.video_checkpoint import VideoNetworks, read_video_networks
from vid2vid_core.models.image_weights import save_image_weights
from vid2vid_core.models.weights import save_weights
from vid2vid_core.storage import atomic_file

logger = logging.getLogger("vid2vid_core.legacy")


@dataclass(frozen=True)
class Imported:
    """What was written."""

    weights: Path
    stage: Path
    """YAML of what was inferred."""
    networks: list[str]
    """Names of the networks in the file."""
    assumptions: list[str]
    """What neither the files nor the user said, in plain English."""


def import_checkpoint(folder: Path, out: Path, hints: Hints, epoch: str = "latest", net: str | None = None) -> Imported:
    """Translate released checkpoint files; nothing is written unless everything fits.

    Args:
        folder: Holds `<epoch>_net_<label>.pth`.
        out: Weights file to write, ending in .safetensors; must not exist. `<out>.yaml` is written beside it.
        hints: What the shapes cannot tell.
        epoch: Which epoch's files.
        net: Label of a single-image generator to import (G, G_512, ...). None takes the sequential networks, or where
            there are none the only single-image generator.

    Raises:
        ValueError: If the folder cannot be imported; names file, key or flag.
    """
    stage_file = out.with_suffix(".yaml")
    _require_free(out, stage_file)
    files = find_files(folder, epoch)
    name = folder.resolve().name
    label = _image_label(folder, files, net)
    found = read_video_networks(files, hints, name) if label is None else read_image_networks(files, label, hints, name)
    left = [path.name for path in files.values() if path not in found.files]
    if left:
        logger.warning("not imported: %s", ", ".join(left))
    with atomic_file(stage_file) as temporary:
        temporary.write_text(_stage_text(found, folder, epoch), encoding="utf-8")
        if isinstance(found, VideoNetworks):
            save_weights(out, found.networks, found.info)
        else:
            save_image_weights(out, found.networks, found.info, found.table)
    return Imported(out, stage_file, list(found.networks), found.assumptions)


def _image_label(folder: Path, files: Mapping[str, Path], net: str | None) -> str | None:
    """Label of the single-image generator to import; None for the sequential networks."""
    singles = image_labels(files)
    if net is not None:
        if net not in singles:
            raise ValueError(f"{folder}: no single-image generator {net}; there are {', '.join(singles) or 'none'}")
        return net
    if any(label[:1] == "G" and label[1:].isdigit() for label in files):
        return None
    if len(singles) == 1:
        return singles[0]
    if singles:
        raise ValueError(f"{folder}: several single-image generators; choose one by --net: {', '.join(singles)}")
    raise ValueError(f"{folder}: no generator (G0, G1, ... or G) among {', '.join(p.name for p in files.values())}")


def _require_free(out: Path, stage_file: Path) -> None:
    if out.suffix != ".safetensors":
        raise ValueError(f"--out {out}: give a name that ends in .safetensors")
    for path in (out, stage_file):
        if path.exists():
            raise ValueError(f"{path}: exists already and is left alone; give another name, or remove it")


def _stage_text(found: VideoNetworks | ImageModelFiles, folder: Path, epoch: str) -> str:
    """The stage as YAML that fits into a recipe; comments say where it comes from."""
    stage = to_dict(found.info.stage)
    known: dict[str, Any] = {key: stage[key] for key in ("name", "generator", "controls", "data")}
    usual = to_dict(ControlConfig(kind=found.info.stage.controls.kind))
    known["controls"] = {key: value for key, value in stage["controls"].items() if key == "kind" or value != usual[key]}
    if "discriminator" in found.networks:
        known |= {"discriminator": stage["discriminator"], "losses": {"no_ganFeat": stage["losses"]["no_ganFeat"]}}
    comments = [
        f"Inferred by `vid2vid import-checkpoint` from {folder}, epoch {epoch}.",
        "What is not listed, the files do not tell.",
        f"control channels a frame: {found.info.control_channels}, label_nc: {found.info.label_nc}",
        *(f"assumed: {text}" for text in found.assumptions),
        *(f"{path.name} sha256 {_sha256(path)}" for path in found.files),
    ]
    return _commented(comments) + yaml.safe_dump(known, sort_keys=False, default_flow_style=None, width=100)


def _commented(lines: Iterable[str]) -> str:
    return "".join(f"# {line}\n" for line in lines)


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
