"""From raw video to a rendered, scored video: `snakemake --cores all` builds config/config.yaml."""

from snakemake.utils import min_version

min_version("9.0")


configfile: "config/config.yaml"


include: "workflow/rules/recovery.smk"
include: "workflow/rules/common.smk"
include: "workflow/rules/inputs.smk"
include: "workflow/rules/params.smk"
include: "workflow/rules/needs.smk"
include: "workflow/rules/resources.smk"
include: "workflow/rules/frames.smk"
include: "workflow/rules/annotate.smk"
include: "workflow/rules/dataset.smk"
include: "workflow/rules/flow.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/render.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/report.smk"


report: "workflow/report/workflow.rst"


rule all:
    """Everything, up to the report of every run."""
    input:
        [f"results/runs/{run}/report/index.html" for run in RUNS],
    localrule: True


rule frames:
    """Frames of every video."""
    input:
        for_all_videos("results/datasets/{dataset}/frames/{group}.parquet"),
    localrule: True


rule annotate:
    """Labels and instances of every frame."""
    input:
        for_all_videos("results/datasets/{dataset}/annotations/{group}.parquet"),
    localrule: True


rule dataset:
    """Datasets in the canonical layout, checked and accepted."""
    input:
        for_all_stages("results/runs/{run}/check/{stage}/accepted"),
    localrule: True


rule flow:
    """Reference flow of every video."""
    input:
        for_all_videos("results/datasets/{dataset}/flow/{group}.parquet"),
    localrule: True


rule train:
    """The weights of every stage of every run."""
    input:
        for_all_stages("results/runs/{run}/stages/{stage}/weights.safetensors"),
    localrule: True


rule render:
    """The test videos of every run."""
    input:
        for_test_videos("results/runs/{run}/render/{group}.parquet"),
    localrule: True


rule evaluate:
    """The metrics of every run."""
    input:
        [f"results/runs/{run}/evaluate/metrics.json" for run in RUNS],
    localrule: True


rule report:
    """The report of every run."""
    input:
        [f"results/runs/{run}/report/index.html" for run in RUNS],
    localrule: True
