"""Finding a dataset by whatever people name it: its folder, its manifest, or its YAML file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vid2vid_core.config import DatasetConfig, load

_DATASETS = Path("results/datasets")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the workflow has made of a dataset."""

    manifest: Path
    flow_tables: Sequence[Path]
    """Empty if there is no flow yet."""


def find_dataset(path: Path) -> Prepared:
    """Where manifest and flow are.

    Args:
        path: results/datasets/NAME, its layout folder, its manifest.parquet, or config/datasets/NAME.yaml.

    Raises:
        ValueError: the dataset is not built yet, or the path is none of these; says what to do.
    """
    if path.suffix in (".yaml", ".yml"):
        folder = _DATASETS / load(DatasetConfig, path).name
        if not (folder / "layout" / "manifest.parquet").is_file():
            raise ValueError(
                f"{path}: this dataset is not built yet ({folder}/layout/manifest.parquet is missing), so the lengths "
                "of its sequences are not known; build it with `snakemake dataset --configfile RUN.yaml`, where "
                "RUN.yaml lists it, or see the schedule for a length you know: `vid2vid schedule RECIPE --longest N`"
            )
        path = folder
    for manifest in (path, path / "manifest.parquet", path / "layout" / "manifest.parquet"):
        if manifest.is_file() and manifest.suffix == ".parquet":
            return Prepared(manifest, sorted((manifest.parent.parent / "flow").glob("*.parquet")))
    raise ValueError(
        f"{path}: no dataset; give results/datasets/NAME, as the workflow made it, a manifest.parquet, or its "
        "config/datasets/NAME.yaml"
    )
