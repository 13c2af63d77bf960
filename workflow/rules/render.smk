"""Test videos are rendered from their controls: `snakemake render`."""


rule render_video:
    """Render every sequence of one test video as frames, as MP4, and side by side with controls and real frames."""
    input:
        weights=run_weights,
        single=first_frame_weights,
        manifest=of_dataset("results/datasets/{dataset}/layout/manifest.parquet"),
    output:
        frames=directory("results/runs/{run}/render/{video}"),
        table="results/runs/{run}/render/{video}.parquet",
    log:
        "logs/render_video/{run}/{video}.log",
    benchmark:
        "benchmarks/runs/render_video/{run}/{video}.tsv"
    conda:
        "../../environment.yml"
    threads: 4
    resources:
        mem_mb=per_attempt(8000),
        runtime=per_attempt(240),
        gpu=1,
    params:
        render=run_section("render"),
        version=core.STAGE_VERSIONS["render"],
    script:
        "../scripts/render_video.py"
