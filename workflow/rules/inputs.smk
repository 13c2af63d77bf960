"""Input functions: the files each job reads."""

from vid2vid_core.annotate.flow_checkpoint import flownet2_place


def per_group(pattern, split=None):
    """Input function: `pattern` for every group of videos of the dataset, or of the run's dataset."""

    def paths(wildcards):
        run = getattr(wildcards, "run", "")
        dataset = DATASET_OF[run] if run else wildcards.dataset
        return [pattern.format(dataset=dataset, run=run, group=group) for group in groups(dataset, split)]

    return paths


def to_scan(pattern):
    """Input function: `pattern` for the groups that a group for scanning consists of."""

    def paths(wildcards):
        return per_group(pattern)(wildcards) if wildcards.group == ALL_VIDEOS else [pattern]

    return paths


def scans(pattern):
    """Input function: `pattern` for every group for scanning of the dataset of the run."""

    def paths(wildcards):
        dataset = DATASET_OF[wildcards.run]
        return [pattern.format(dataset=dataset, group=group) for group in scanned_together(dataset)]

    return paths


def for_all_videos(pattern):
    """`pattern` for the videos of every dataset."""
    return [pattern.format(dataset=name, group=group) for name in DATASETS for group in groups(name)]


def for_test_videos(pattern):
    """`pattern` for the test videos of every run."""
    return [pattern.format(run=run, group=group) for run in RUNS for group in groups(DATASET_OF[run], "test")]


def of_dataset(pattern):
    """Input function: `pattern` for the dataset of the run."""

    def path(wildcards):
        return pattern.format(dataset=DATASET_OF[wildcards.run], **dict(wildcards.items()))

    return path


def of_world(pattern):
    """Input function: `pattern`, for datasets that are built-in worlds."""

    def paths(wildcards):
        return [pattern] if DATASETS[wildcards.dataset].world else []

    return paths


def source_videos(wildcards):
    """Input function: the files or folders that videos are decoded from."""
    return nameable(wildcards, [source.path for source in sources(wildcards)])


def source_annotations(wildcards):
    """Input function: the files or folders that given annotations come from."""
    found = sources(wildcards)
    return nameable(wildcards, [path for source in found for path in source.files() if path != source.path])


def nameable(wildcards, paths):
    """The paths Snakemake can name as inputs: braces in a file name would be taken for wildcards.

    A path left out here is still watched, through `sources_param`. A world's files are known by their table.
    """
    return [] if DATASETS[wildcards.dataset].world else [path for path in paths if "{" not in path]


def fitted_segmenter(wildcards):
    """The fitted segmenter, for datasets that use one."""
    dataset = DATASETS[wildcards.dataset]
    needed = dataset.mode == "street" and dataset.annotate.segmenter == "unsupervised"
    return ["results/datasets/{dataset}/annotations/segmenter.npz"] if needed else []


def flow_checkpoint(wildcards):
    """Input function: the weights of a dataset's flow network, if it names a file of its own."""
    made = Path("results/datasets", wildcards.dataset, "flow", f"{wildcards.group}.parquet").exists()
    return checkpoint_of(DATASETS[wildcards.dataset].flow, made)


def online_flow_checkpoint(wildcards):
    """Input function: likewise, for a stage that runs the network itself."""
    made = Path("results/runs", wildcards.run, "stages", wildcards.stage, "weights.safetensors").exists()
    return checkpoint_of(DATASETS[DATASET_OF[wildcards.run]].flow, made) if online(wildcards) else []


def checkpoint_of(flow, made):
    """The checkpoint some flow settings name. Where it is missing and not `made` what it is for, the run ends here.

    The asset is no input: its content is pinned, and results made with it outlive it.
    """
    if flow.backend == "dis" or (made and flow.checkpoint is None):
        return []
    try:
        place = str(flownet2_place(flow))
    except ValueError as error:
        raise WorkflowError(str(error)) from None
    return [] if flow.checkpoint is None else [place]


def stored_flow(pattern):
    """Input function: `pattern` for the training videos, unless the stage estimates flow itself."""

    def paths(wildcards):
        return [] if online(wildcards) else per_group(pattern, "train")(wildcards)

    return paths


def flow_of_run(pattern):
    """Input function: `pattern` for the videos whose stored flow the run uses: those of a test in any case."""

    def paths(wildcards):
        every = any(stage.data.flow == "stored" for stage in RECIPES[wildcards.run].stages)
        return per_group(pattern, None if every else "test")(wildcards)

    return paths


def per_stage(pattern):
    """Input function: `pattern` for every stage of the run, the image stage included."""

    def paths(wildcards):
        return [pattern.format(run=wildcards.run, stage=stage) for stage in stage_names(wildcards.run)]

    return paths


def for_all_stages(pattern):
    """`pattern` for every stage of every run, image stages included."""
    return [pattern.format(run=run, stage=stage) for run in RUNS for stage in stage_names(run)]


def stage_weights(run):
    """The weights of every stage of a run, in order; without the image stage."""
    return [f"results/runs/{run}/stages/{stage.name}/weights.safetensors" for stage in RECIPES[run].stages]


def run_weights(wildcards):
    """Input function: the weights the run ends with."""
    return stage_weights(wildcards.run)[-1]


def weights_before(wildcards):
    """Input function: the weights of the stage before, or nothing for the first."""
    weights = stage_weights(wildcards.run)
    position = [stage.name for stage in RECIPES[wildcards.run].stages].index(wildcards.stage)
    return weights[position - 1 : position]


def first_frame_weights(wildcards):
    """Input function: the single-image generator that begins the videos of the run, if one does."""
    run, recipe = RUNS[wildcards.run], RECIPES[wildcards.run]
    if not core.begins_with_single(run, recipe):
        return []
    return [run.render.single or f"results/runs/{run.name}/stages/{recipe.image_stage.name}/weights.safetensors"]
