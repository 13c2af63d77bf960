"""Version of each stage's output. Raise one when that stage writes something else: Snakemake does not see edits inside a package."""

STAGE_VERSIONS = {
    "world": 1,
    "frames": 1,
    "annotate": 1,
    "dataset": 1,
    "flow": 1,
    "train": 1,
    "render": 1,
    "evaluate": 1,
    "report": 1,
}
