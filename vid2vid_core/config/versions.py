"""Version of each stage's output; raise one when that stage writes something else.

Snakemake does not see edits inside an imported package, but it sees these numbers among a rule's params.
"""

STAGE_VERSIONS = {
    "world": 2,
    "frames": 1,
    "annotate": 1,
    "dataset": 2,
    "flow": 2,
    "image_stage": 1,
    "train": 1,
    "render": 3,
    "evaluate": 4,
    "report": 3,
}
