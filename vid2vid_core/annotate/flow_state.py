"""What a flow job has done so far, kept outside its outputs: Snakemake deletes those of a job that was stopped."""

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from vid2vid_core.config import STAGE_VERSIONS
from vid2vid_core.storage import write_json

logger = logging.getLogger("vid2vid_core.annotate")

Numbers = dict[str, float]
"""What a row of the flow table says of one frame."""


class FlowState:
    """Flow files of one video by name, each with what it was made of; of use to a later call only if that is the same.

    The folder holds `identity.json` (settings and version), `done.jsonl` (a line a finished file) and `files/`. It has
    one writer at a time.
    """

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        """Open the folder; what other settings have left in it is removed."""
        self.folder, self._files, self._log = folder, folder / "files", folder / "done.jsonl"
        identity = {"version": STAGE_VERSIONS["flow"], **settings}
        if self._identity() != identity:
            if folder.exists():
                logger.info("%s: flow of an earlier, unfinished job had other settings; it is not used", folder)
                shutil.rmtree(folder)
            self._files.mkdir(parents=True)
            write_json(folder / "identity.json", identity)
        self._done = self._read_log()

    def find(self, name: str, made_of: str) -> Numbers | None:
        """The numbers of a file that is there and was made of the same; else None."""
        found = self._done.get(name)
        same = found is not None and found["made_of"] == made_of and self.path(name).is_file()
        return found["numbers"] if found is not None and same else None

    def path(self, name: str) -> Path:
        """Where a file lies."""
        return self._files / name

    def add(self, name: str, made_of: str, numbers: Numbers) -> None:
        """Note that a file is finished and whole."""
        line = {"name": name, "made_of": made_of, "numbers": numbers}
        with self._log.open("a", encoding="utf-8") as log:
            log.write("\n" + json.dumps(line))  # in front, since the line before may have been cut off by a kill

    def hand_over(self, names: Iterable[str], folder: Path) -> None:
        """Bring files into another folder; they stay here as well, until `clear`."""
        for name in names:
            target = folder / name
            target.parent.mkdir(exist_ok=True)
            try:
                os.link(self.path(name), target)
            except OSError:  # another file system, or one without hard links
                shutil.copyfile(self.path(name), target)

    def clear(self) -> None:
        """Remove everything: the job has its outputs."""
        shutil.rmtree(self.folder)

    def _identity(self) -> Any:
        path = self.folder / "identity.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

    def _read_log(self) -> dict[str, dict[str, Any]]:
        if not self._log.is_file():
            return {}
        done = {}
        for line in self._log.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
            except json.JSONDecodeError:  # empty, or the process was killed while it wrote this line
                continue
            done[entry["name"]] = entry
        return done


def digest(*contents: bytes) -> str:
    """Hash that says what a file was made of."""
    return hashlib.sha256(b"".join(hashlib.sha256(content).digest() for content in contents)).hexdigest()
