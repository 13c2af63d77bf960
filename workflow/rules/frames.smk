"""Videos become frames: `snakemake frames`."""


rule make_world:
    """Film one drive through a built-in world: video, labels, instances and exact flow."""
    output:
        rgb="results/datasets/{dataset}/world/{video}/rgb.mp4",
        labels="results/datasets/{dataset}/world/{video}/labels.mkv",
        instances="results/datasets/{dataset}/world/{video}/instances.mkv",
        flow="results/datasets/{dataset}/world/{video}/flow.npz",
    log:
        "logs/make_world/{dataset}/{video}.log",
    benchmark:
        "benchmarks/runs/make_world/{dataset}/{video}.tsv"
    wildcard_constraints:
        dataset=datasets_of_worlds(labelled=True),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=per_attempt(2000),
        runtime=per_attempt(30),
    params:
        world=world_param,
        index=world_index,
        version=core.STAGE_VERSIONS["world"],
    script:
        "../scripts/make_world.py"


use rule make_world as make_clip with:
    """Film one clip of a built-in world that knows no labels: the video alone."""
    output:
        rgb="results/datasets/{dataset}/world/{video}/rgb.mp4",
    wildcard_constraints:
        dataset=datasets_of_worlds(labelled=False),


rule decode_frames:
    """Decode one video into frames and a table of their times; a video that cannot be read is quarantined."""
    input:
        video=source_video,
    output:
        frames=directory("results/datasets/{dataset}/frames/{video}"),
        table="results/datasets/{dataset}/frames/{video}.parquet",
    log:
        "logs/decode_frames/{dataset}/{video}.log",
    benchmark:
        "benchmarks/runs/decode_frames/{dataset}/{video}.tsv"
    conda:
        "../../environment.yml"
    threads: 2
    resources:
        mem_mb=per_attempt(2000),
        runtime=per_attempt(60),
    params:
        source=source_param,
        frames=section("frames"),
        version=core.STAGE_VERSIONS["frames"],
    script:
        "../scripts/decode_frames.py"
