"""What rules ask for: memory, minutes, threads, GPUs, nodes. Partition, account and kind of GPU are in profiles."""

NEEDS = {
    # (memory in MB, minutes) of a first attempt; each retry asks for that much more
    "build_dataset": (4000, 60),
    "build_report": (4000, 30),
    "check_dataset": (4000, 60),
    "fit_segmenter": (8000, 60),
    "summarise_scores": (2000, 30),
    # minutes for each video of the job
    "annotate_frames": (8000, 120),
    "decode_frames": (2000, 60),
    "estimate_flow": (4000, 120),
    "make_world": (2000, 30),
    "render_video": (8000, 240),
    "scan_frames": (4000, 20),
    "score_video": (4000, 120),
    # memory for each GPU of a node, or for a process without one; minutes of one sitting, at a retry not more: it goes on
    "train_stage": (16000, 1440),
    "train_image_stage": (16000, 1440),
}

MEMORY_WITH_FLOWNET2 = 16000
TRAINING_THREADS = 8
"""For each GPU of a node."""
STOP_SECONDS = 120
"""So long before its time is up training is told to write a checkpoint; a step must be shorter than that."""
STOP_SIGNAL = f"--signal=TERM@{STOP_SECONDS}"
"""SIGTERM, since Snakemake's own process, which is in the same step, would die of SIGUSR1."""


def memory(rule):
    """Resource function: MB, more at each retry."""

    def scaled(wildcards, attempt):
        return attempt * NEEDS[rule][0]

    return scaled


def memory_of_dataset(rule):
    """Resource function: MB, for a table of all frames at least one for each video, and more at each retry."""

    def scaled(wildcards, attempt):
        run = getattr(wildcards, "run", None)
        members = GROUPS[DATASET_OF[run] if run else wildcards.dataset].values()
        return attempt * max(NEEDS[rule][0], sum(map(len, members)))

    return scaled


def minutes(rule):
    """Resource function: more at each retry."""

    def scaled(wildcards, attempt):
        return attempt * NEEDS[rule][1]

    return scaled


def minutes_of_videos(rule):
    """Resource function: minutes for each video of the group, up to twelve hours, and more at each retry.

    A job that runs out of time keeps the videos it has finished, so that retries get through any group.
    """
    one = NEEDS[rule][1]

    def scaled(wildcards, attempt):
        return attempt * max(one, min(one * len(sources(wildcards)), 720))

    return scaled


def annotation_threads(wildcards):
    """Threads of an annotation job: face detectors use one, so that more videos run side by side."""
    return 1 if DATASETS[wildcards.dataset].mode == "face" else 2


def annotation_gpus(wildcards):
    """GPUs of an annotation job: one for a transformer, none for the others."""
    dataset = DATASETS[wildcards.dataset]
    return int(dataset.mode == "street" and dataset.annotate.segmenter == "panoptic")


def flow_gpus(wildcards):
    """GPUs of a flow job: one for the network, none for DIS."""
    return int(DATASETS[wildcards.dataset].flow.backend == "flownet2")


def flow_memory(wildcards, attempt):
    """Memory of a flow job, MB: more for the network, and more at each retry."""
    return attempt * (MEMORY_WITH_FLOWNET2 if flow_gpus(wildcards) else NEEDS["estimate_flow"][0])


def training_threads(wildcards):
    """Threads of a training on each of its nodes."""
    return TRAINING_THREADS * max(1, RUNS[wildcards.run].train.gpus)


def training_memory(wildcards, attempt):
    """Memory of a training on each of its nodes, MB: more at each retry."""
    return attempt * NEEDS["train_stage"][0] * max(1, RUNS[wildcards.run].train.gpus)


def training_gpus(wildcards):
    """GPUs of a training on all of its nodes."""
    asked = RUNS[wildcards.run].train
    return asked.gpus * asked.nodes


def training_nodes(wildcards):
    """Nodes of a training; None, which asks for nothing, for the usual one."""
    nodes = RUNS[wildcards.run].train.nodes
    return nodes if nodes > 1 else None


def training_starts_steps(wildcards):
    """Resource `mpi` of the SLURM plugin, empty: the job's script starts its processes on all nodes through srun.

    Without it the plugin runs the whole script by srun, on one node, which is what all other jobs want.
    """
    return "" if training_nodes(wildcards) else None


def training_slurm(wildcards):
    """Further options of sbatch: whole nodes for more than one GPU, and a warning before the time is up."""
    asked = RUNS[wildcards.run].train
    whole = ["--exclusive", "--ntasks-per-node=1"] if max(asked.gpus, asked.nodes) > 1 else []
    return " ".join([*whole, STOP_SIGNAL])
