"""Rendered videos are scored against the real ones and against baselines: `snakemake evaluate`."""


rule score_video:
    """Score the clips of a group of rendered videos, and the same clips of every baseline."""
    input:
        table="results/runs/{run}/render/{group}.parquet",
        manifest=of_dataset("results/datasets/{dataset}/layout/manifest.parquet"),
        flow=of_dataset("results/datasets/{dataset}/flow/{group}.parquet"),
        weights=run_weights,
    output:
        scores="results/runs/{run}/evaluate/videos/{group}.parquet",
    log:
        "logs/score_video/{run}/{group}.log",
    benchmark:
        "benchmarks/runs/score_video/{run}/{group}.tsv"
    conda:
        "../../environment.yml"
    threads: 2
    resources:
        mem_mb=memory("score_video"),
        runtime=minutes_of_videos("score_video"),
    params:
        evaluate=run_section("evaluate"),
        version=core.STAGE_VERSIONS["evaluate"],
    script:
        "../scripts/score_video.py"


rule summarise_scores:
    """Means and bootstrap intervals over all clips, with the protocol they were measured by."""
    input:
        scores=per_group("results/runs/{run}/evaluate/videos/{group}.parquet", "test"),
    output:
        table="results/runs/{run}/evaluate/metrics.parquet",
        summary="results/runs/{run}/evaluate/metrics.json",
    log:
        "logs/summarise_scores/{run}.log",
    benchmark:
        "benchmarks/runs/summarise_scores/{run}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory("summarise_scores"),
        runtime=minutes("summarise_scores"),
    params:
        evaluate=run_section("evaluate"),
        version=core.STAGE_VERSIONS["evaluate"],
    script:
        "../scripts/summarise_scores.py"
