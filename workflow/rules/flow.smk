"""Reference flow between neighbouring frames: `snakemake flow`."""


rule estimate_flow:
    """Flow from every frame of one video back to the frame before."""
    input:
        frames="results/datasets/{dataset}/frames/{video}",
        table="results/datasets/{dataset}/frames/{video}.parquet",
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
        mem_mb=per_attempt(4000),
        runtime=per_attempt(120),
    params:
        flow=section("flow"),
        version=core.STAGE_VERSIONS["flow"],
    script:
        "../scripts/estimate_flow.py"
