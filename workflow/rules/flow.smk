"""Reference flow between neighbouring frames: `snakemake flow`."""


rule estimate_flow:
    """Flow from every frame of a group of videos back to the frame before. Goes on where it was stopped."""
    input:
        table="results/datasets/{dataset}/frames/{group}.parquet",
        checkpoint=flow_checkpoint,
    output:
        table="results/datasets/{dataset}/flow/{group}.parquet",
    log:
        "logs/estimate_flow/{dataset}/{group}.log",
    benchmark:
        "benchmarks/runs/estimate_flow/{dataset}/{group}.tsv"
    conda:
        "../../environment.yml"
    threads: 2
    resources:
        mem_mb=flow_memory,
        runtime=minutes_of_videos("estimate_flow"),
        gpu=flow_gpus,
    params:
        flow=section("flow"),
        storage=section("storage"),
        state="results/datasets/{dataset}/state/flow",
        version=core.STAGE_VERSIONS["flow"],
    script:
        "../scripts/estimate_flow.py"
