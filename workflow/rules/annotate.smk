"""Frames get labels and instance ids, or landmarks: `snakemake annotate`."""


rule fit_segmenter:
    """Fit the weight-free segmenter on the training videos, once, so that label ids mean the same everywhere."""
    input:
        frames=per_video("results/datasets/{dataset}/frames/{video}", "train"),
        tables=per_video("results/datasets/{dataset}/frames/{video}.parquet", "train"),
    output:
        segmenter="results/datasets/{dataset}/annotations/segmenter.npz",
    log:
        "logs/fit_segmenter/{dataset}.log",
    benchmark:
        "benchmarks/runs/fit_segmenter/{dataset}.tsv"
    conda:
        "../../environment.yml"
    threads: 2
    resources:
        mem_mb=per_attempt(8000),
        runtime=per_attempt(60),
    params:
        annotate=section("annotate"),
        version=core.STAGE_VERSIONS["annotate"],
    script:
        "../scripts/fit_segmenter.py"


rule annotate_frames:
    """Label and instance images, or landmarks, of one video."""
    input:
        files=source_annotations,
        segmenter=fitted_segmenter,
        frames="results/datasets/{dataset}/frames/{video}",
        table="results/datasets/{dataset}/frames/{video}.parquet",
    output:
        annotations=directory("results/datasets/{dataset}/annotations/{video}"),
        table="results/datasets/{dataset}/annotations/{video}.parquet",
    log:
        "logs/annotate_frames/{dataset}/{video}.log",
    benchmark:
        "benchmarks/runs/annotate_frames/{dataset}/{video}.tsv"
    conda:
        "../../environment.yml"
    threads: annotation_threads
    resources:
        mem_mb=per_attempt(8000),
        runtime=per_attempt(120),
        gpu=annotation_gpus,
    params:
        source=source_param,
        dataset=dataset_param("mode", "label_nc", "ignore", "frames", "annotate"),
        version=core.STAGE_VERSIONS["annotate"],
    script:
        "../scripts/annotate_frames.py"
