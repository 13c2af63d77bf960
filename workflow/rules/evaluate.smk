"""Rendered videos are scored against the real ones and against baselines: `snakemake evaluate`."""


rule score_video:
    """Score the clips of one rendered video, and the same clips of every baseline."""
    input:
        frames="results/runs/{run}/render/{video}",
        table="results/runs/{run}/render/{video}.parquet",
        manifest=of_dataset("results/datasets/{dataset}/layout/manifest.parquet"),
        flow=of_dataset("results/datasets/{dataset}/flow/{video}"),
        flow_table=of_dataset("results/datasets/{dataset}/flow/{video}.parquet"),
        weights=run_weights,
    output:
        scores="results/runs/{run}/evaluate/videos/{video}.parquet",
    log:
        "logs/score_video/{run}/{video}.log",
    benchmark:
        "benchmarks/runs/score_video/{run}/{video}.tsv"
    conda:
        "../../environment.yml"
    threads: 2
    resources:
        mem_mb=per_attempt(4000),
        runtime=per_attempt(120),
    params:
        evaluate=run_section("evaluate"),
        version=core.STAGE_VERSIONS["evaluate"],
    script:
        "../scripts/score_video.py"


rule summarise_scores:
    """Means and bootstrap intervals over all clips, with the protocol they were measured by."""
    input:
        scores=per_video("results/runs/{run}/evaluate/videos/{video}.parquet", "test"),
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
        mem_mb=per_attempt(2000),
        runtime=per_attempt(30),
    params:
        evaluate=run_section("evaluate"),
        version=core.STAGE_VERSIONS["evaluate"],
    script:
        "../scripts/summarise_scores.py"
