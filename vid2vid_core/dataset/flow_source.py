"""Where training and evaluation get reference flow from: files of the flow stage, or an estimator."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, Protocol

from vid2vid_core.dataset.manifest import FrameRow
from vid2vid_core.storage import read_table
from vid2vid_core.video.flow_io import read_flow
from vid2vid_core.video.images import read_picture
from vid2vid_core.video.reference_flow import FlowEstimator, Motion


class FlowSource(Protocol):
    """Flow between neighbouring frames, at the size of the frames."""

    def between(self, rows: Sequence[FrameRow]) -> Iterator[Motion]:
        """Flow and confidence from each of neighbouring frames of one run, but the first, back to the one before.

        Raises:
            ValueError: flow is missing, or a file cannot be read; says what to do about it.
        """
        ...

    def describe(self) -> dict[str, Any]:
        """What the numbers depend on besides `files`, as plain data."""
        ...

    def files(self, row: FrameRow) -> list[Path]:
        """What is read for the flow back from a frame, besides the manifest's own files; empty if there is none."""
        ...

    @property
    def forkable(self) -> bool:
        """Whether other processes and threads may ask for flow while this one computes."""
        ...


class StoredFlow:
    """What the flow stage has stored."""

    def __init__(self, tables: Sequence[Path]) -> None:
        """Read the tables of the flow stage."""
        self._tables = tuple(tables)
        self._files: dict[tuple[str, str, str], Path] = {}
        for path in self._tables:
            table, _ = read_table(path)
            for video, sequence, frame, file in table[["video", "sequence", "frame", "flow"]].itertuples(index=False):
                self._files[str(video), str(sequence), str(frame)] = path.parent / str(file)

    def between(self, rows: Sequence[FrameRow]) -> Iterator[Motion]:
        """Read a file a pair."""
        for row in rows[1:]:
            path = self._files.get((row.video, row.sequence, row.frame))
            if path is None:
                listed = ", ".join(map(str, self._tables[:3])) + (", ..." if len(self._tables) > 3 else "")
                raise ValueError(
                    f"{listed or 'no flow table was given'}: no flow from frame {row.frame} of sequence {row.sequence} "
                    f"(video {row.video}) to the frame before; run `snakemake flow`"
                )
            yield read_flow(path)

    def describe(self) -> dict[str, Any]:
        """That flow is stored; its files say the rest."""
        return {"flow": "stored"}

    def files(self, row: FrameRow) -> list[Path]:
        """The flow file of a frame."""
        path = self._files.get((row.video, row.sequence, row.frame))
        return [] if path is None else [path]

    @property
    def forkable(self) -> bool:
        """Yes."""
        return True


class OnlineFlow:
    """Estimates flow from the frames whenever it is asked for: what `StoredFlow` gives, but for the storage error."""

    def __init__(self, estimator: FlowEstimator, root: Path) -> None:
        """Nothing is read yet.

        Args:
            estimator: the backend.
            root: folder of the manifest.
        """
        self.estimator, self._root = estimator, root

    def between(self, rows: Sequence[FrameRow]) -> Iterator[Motion]:
        """Estimate batch by batch; every frame is read once."""
        size = max(1, self.estimator.batch_size)
        for start in range(0, len(rows) - 1, size):
            part = rows[start : start + size + 1]
            pictures = [read_picture(self._root / row.image) for row in part]
            yield from self.estimator.estimate([(current, previous) for previous, current in pairwise(pictures)])

    def describe(self) -> dict[str, Any]:
        """Settings and weights of the estimator."""
        return {"flow": "online", **self.estimator.describe()}

    def files(self, row: FrameRow) -> list[Path]:
        """None but the frames."""
        return []

    @property
    def forkable(self) -> bool:
        """That of the estimator."""
        return self.estimator.forkable


def flow_source(
    kind: Literal["stored", "online"], tables: Sequence[Path], estimator: FlowEstimator | None, root: Path
) -> FlowSource:
    """What `data.flow` of a training stage asks for.

    Args:
        kind: `data.flow`.
        tables: of the flow stage; online needs none.
        estimator: the dataset's backend; stored needs none.
        root: folder of the manifest.

    Raises:
        ValueError: online without an estimator.
    """
    if kind == "stored":
        return StoredFlow(tables)
    if estimator is None:
        raise ValueError("data.flow is 'online', which needs the flow settings of the dataset; none were given")
    return OnlineFlow(estimator, root)
