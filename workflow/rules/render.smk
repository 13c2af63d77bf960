"""Test videos are rendered from their controls: `snakemake render`."""


rule render_video:
    """Render every sequence of a group of test videos as frames, as MP4, and side by side with controls and real frames."""
    input:
        weights=run_weights,
        single=first_frame_weights,
        manifest=of_dataset("results/datasets/{dataset}/layout/manifest.parquet"),
    output:
        table="results/runs/{run}/render/{group}.parquet",
    log:
        "logs/render_video/{run}/{group}.log",
    benchmark:
        "benchmarks/runs/render_video/{run}/{group}.tsv"
    conda:
        "../../environment.yml"
    threads: 4
    resources:
        mem_mb=memory("render_video"),
        runtime=minutes_of_videos("render_video"),
        gpu=1,
    params:
        videos=video_names,
        render=run_section("render"),
        version=core.STAGE_VERSIONS["render"],
    script:
        "../scripts/render_video.py"
