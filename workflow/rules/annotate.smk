"""Frames get labels and instance ids, or landmarks: `snakemake annotate`."""


rule fit_segmenter:
    """Fit the weight-free segmenter on the training videos, once, so that label ids mean the same everywhere."""
    input:
        tables=per_group("results/datasets/{dataset}/frames/{group}.parquet", "train"),
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
        mem_mb=memory("fit_segmenter"),
        runtime=minutes("fit_segmenter"),
    params:
        annotate=section("annotate"),
        version=core.STAGE_VERSIONS["annotate"],
    script:
        "../scripts/fit_segmenter.py"


rule annotate_frames:
    """Label and instance images, or landmarks, of a group of videos."""
    input:
        files=source_annotations,
        world=of_world("results/datasets/{dataset}/world/{group}.parquet"),
        segmenter=fitted_segmenter,
        table="results/datasets/{dataset}/frames/{group}.parquet",
    output:
        table="results/datasets/{dataset}/annotations/{group}.parquet",
    log:
        "logs/annotate_frames/{dataset}/{group}.log",
    benchmark:
        "benchmarks/runs/annotate_frames/{dataset}/{group}.tsv"
    conda:
        "../../environment.yml"
    threads: annotation_threads
    resources:
        mem_mb=memory("annotate_frames"),
        runtime=minutes_of_videos("annotate_frames"),
        gpu=annotation_gpus,
    params:
        sources=sources_param,
        dataset=dataset_param("mode", "label_nc", "ignore", "frames", "annotate", "storage"),
        version=core.STAGE_VERSIONS["annotate"],
    script:
        "../scripts/annotate_frames.py"
