"""Frames and annotations become a checked dataset in the canonical layout: `snakemake dataset`."""


rule build_dataset:
    """Lay the frames and annotations of all videos out as the field knows it, with one manifest."""
    input:
        frames=per_group("results/datasets/{dataset}/frames/{group}.parquet"),
        annotations=per_group("results/datasets/{dataset}/annotations/{group}.parquet"),
    output:
        manifest="results/datasets/{dataset}/layout/manifest.parquet",
    log:
        "logs/build_dataset/{dataset}.log",
    benchmark:
        "benchmarks/runs/build_dataset/{dataset}.tsv"
    conda:
        "../../environment.yml"
    threads: 2
    resources:
        mem_mb=memory_of_dataset("build_dataset"),
        runtime=minutes("build_dataset"),
    params:
        dataset=dataset_param("mode", "layout", "label_nc", "ignore", "max_quarantined", "storage"),
        version=core.STAGE_VERSIONS["dataset"],
    script:
        "../scripts/build_dataset.py"


rule scan_frames:
    """Read every file of a group of videos once: what they hold is checked for each training stage of each run."""
    input:
        manifest="results/datasets/{dataset}/layout/manifest.parquet",
        frames=to_scan("results/datasets/{dataset}/frames/{group}.parquet"),
        annotations=to_scan("results/datasets/{dataset}/annotations/{group}.parquet"),
    output:
        table="results/datasets/{dataset}/scan/{group}.parquet",
    log:
        "logs/scan_frames/{dataset}/{group}.log",
    benchmark:
        "benchmarks/runs/scan_frames/{dataset}/{group}.tsv"
    conda:
        "../../environment.yml"
    threads: 4
    resources:
        mem_mb=memory("scan_frames"),
        runtime=minutes_of_videos("scan_frames"),
    params:
        storage=section("storage"),
        version=core.STAGE_VERSIONS["dataset"],
    script:
        "../scripts/scan_frames.py"


rule check_dataset:
    """Judge what all files hold, simulate the schedule of one training stage, and list all problems."""
    input:
        manifest=of_dataset("results/datasets/{dataset}/layout/manifest.parquet"),
        scans=scans("results/datasets/{dataset}/scan/{group}.parquet"),
    output:
        problems="results/runs/{run}/check/{stage}/problems.json",
        page="results/runs/{run}/check/{stage}/index.html",
    log:
        "logs/check_dataset/{run}/{stage}.log",
    benchmark:
        "benchmarks/runs/check_dataset/{run}/{stage}.tsv"
    conda:
        "../../environment.yml"
    threads: 4
    resources:
        mem_mb=memory_of_dataset("check_dataset"),
        runtime=minutes("check_dataset"),
    params:
        dataset=dataset_param("mode", "label_nc", "ignore", "check"),
        recipe=stage_param,
        image_stage=image_stage_param,
        version=core.STAGE_VERSIONS["dataset"],
    script:
        "../scripts/check_dataset.py"


rule accept_dataset:
    """Stop here, before any training, if the checker found errors; its page stays to be read."""
    input:
        problems="results/runs/{run}/check/{stage}/problems.json",
        page="results/runs/{run}/check/{stage}/index.html",
    output:
        accepted=touch("results/runs/{run}/check/{stage}/accepted"),
    log:
        "logs/accept_dataset/{run}/{stage}.log",
    localrule: True
    conda:
        "../../environment.yml"
    script:
        "../scripts/accept_dataset.py"
