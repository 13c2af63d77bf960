"""One stage of a recipe after the other: `snakemake train`."""


rule train_stage:
    """Train one stage from the weights of the stage before. Resumes from its last checkpoint when it was stopped."""
    input:
        accepted="results/runs/{run}/check/{stage}/accepted",
        manifest=of_dataset("results/datasets/{dataset}/layout/manifest.parquet"),
        flow=stored_flow("results/datasets/{dataset}/flow/{group}.parquet"),
        checkpoint=online_flow_checkpoint,
        before=weights_before,
    output:
        weights="results/runs/{run}/stages/{stage}/weights.safetensors",
        provenance="results/runs/{run}/stages/{stage}/provenance.json",
    log:
        "logs/train_stage/{run}/{stage}.log",
    benchmark:
        "benchmarks/runs/train_stage/{run}/{stage}.tsv"
    wildcard_constraints:
        run=f"(?!{image_stage_places()})[A-Za-z0-9-]+",
    conda:
        "../../environment.yml"
    threads: training_threads
    resources:
        mem_mb=training_memory,
        runtime=NEEDS["train_stage"][1],
        nodes=training_nodes,
        mpi=training_starts_steps,
        slurm_extra=training_slurm,
        gpu=training_gpus,
    params:
        recipe=stage_param,
        recipe_file=recipe_file,
        online_flow=online_flow_param,
        state="results/runs/{run}/state/{stage}",
        version=core.STAGE_VERSIONS["train"],
    script:
        "../scripts/train_stage.py"


rule train_image_stage:
    """Train the generator of single pictures. Resumes from its last checkpoint when it was stopped."""
    input:
        accepted="results/runs/{run}/check/{stage}/accepted",
        manifest=of_dataset("results/datasets/{dataset}/layout/manifest.parquet"),
    output:
        weights="results/runs/{run}/stages/{stage}/weights.safetensors",
        provenance="results/runs/{run}/stages/{stage}/provenance.json",
    log:
        "logs/train_image_stage/{run}/{stage}.log",
    benchmark:
        "benchmarks/runs/train_image_stage/{run}/{stage}.tsv"
    wildcard_constraints:
        run=f"(?={image_stage_places()})[A-Za-z0-9-]+",
    conda:
        "../../environment.yml"
    threads: TRAINING_THREADS
    resources:
        mem_mb=memory("train_image_stage"),
        runtime=NEEDS["train_image_stage"][1],
        slurm_extra=STOP_SIGNAL,
        gpu=1,
    params:
        recipe=recipe_facts,
        recipe_file=recipe_file,
        stage=image_stage_param,
        state="results/runs/{run}/state/{stage}",
        version=core.STAGE_VERSIONS["image_stage"],
    script:
        "../scripts/train_image_stage.py"
