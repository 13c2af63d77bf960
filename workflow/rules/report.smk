"""The page a person reads: `snakemake report`."""


rule build_report:
    """One self-contained page for one run."""
    input:
        checks=per_stage("results/runs/{run}/check/{stage}/problems.json"),
        manifest=of_dataset("results/datasets/{dataset}/layout/manifest.parquet"),
        annotations=per_group("results/datasets/{dataset}/annotations/{group}.parquet"),
        flow=flow_of_run("results/datasets/{dataset}/flow/{group}.parquet"),
        weights=per_stage("results/runs/{run}/stages/{stage}/weights.safetensors"),
        rendered=per_group("results/runs/{run}/render/{group}.parquet", "test"),
        metrics="results/runs/{run}/evaluate/metrics.json",
    output:
        page=report(
            "results/runs/{run}/report/index.html",
            caption="../report/report.rst",
            category="Runs",
            labels={"run": "{run}"},
        ),
    log:
        "logs/build_report/{run}.log",
    benchmark:
        "benchmarks/runs/build_report/{run}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory_of_dataset("build_report"),
        runtime=minutes("build_report"),
    params:
        run=run_param,
        benchmarks="benchmarks/runs",
        version=core.STAGE_VERSIONS["report"],
    script:
        "../scripts/build_report.py"
