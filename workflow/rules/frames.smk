"""Videos become frames: `snakemake frames`."""


rule make_world:
    """Film a group of clips of a built-in world: videos, and of a drive labels, instances and exact flow as well."""
    output:
        table="results/datasets/{dataset}/world/{group}.parquet",
    log:
        "logs/make_world/{dataset}/{group}.log",
    benchmark:
        "benchmarks/runs/make_world/{dataset}/{group}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory("make_world"),
        runtime=minutes_of_videos("make_world"),
        side_by_side=1,
    params:
        world=world_param,
        clips=world_clips,
        version=core.STAGE_VERSIONS["world"],
    script:
        "../scripts/make_world.py"


rule decode_frames:
    """Decode a group of videos into frames and tables of their times; a video that cannot be read is quarantined."""
    input:
        videos=source_videos,
        world=of_world("results/datasets/{dataset}/world/{group}.parquet"),
    output:
        table="results/datasets/{dataset}/frames/{group}.parquet",
    log:
        "logs/decode_frames/{dataset}/{group}.log",
    benchmark:
        "benchmarks/runs/decode_frames/{dataset}/{group}.tsv"
    conda:
        "../../environment.yml"
    threads: 2
    resources:
        mem_mb=memory("decode_frames"),
        runtime=minutes_of_videos("decode_frames"),
        side_by_side=1,
    params:
        sources=sources_param,
        frames=section("frames"),
        storage=section("storage"),
        version=core.STAGE_VERSIONS["frames"],
    script:
        "../scripts/decode_frames.py"
