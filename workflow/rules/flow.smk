"""Reference flow between neighbouring frames: `snakemake flow`."""


rule estimate_flow:
    """Flow from every frame of one video back to the frame before. Goes on where it was stopped."""
    input:
        frames="results/datasets/{dataset}/frames/{video}",
        table="results/datasets/{dataset}/frames/{video}.parquet",
        checkpoint=flow_checkpoint,
    output:
        flow=directory("results/datasets/{dataset}/flow/{video}"),
        table="results/datasets/{dataset}/flow/{video}.parquet",
    log:
        "logs/estimate_flow/{dataset}/{video}.log",
    benchmark:
        "benchmarks/runs/estimate_flow/{dataset}/{video}.tsv"
    conda:
        "../../environment.yml"
    threads: 2
    resources:
        mem_mb=flow_memory,
        runtime=per_attempt(120),
        gpu=flow_gpus,
    params:
        flow=section("flow"),
        state="results/datasets/{dataset}/state/flow/{video}",
        version=core.STAGE_VERSIONS["flow"],
    script:
        "../scripts/estimate_flow.py"
