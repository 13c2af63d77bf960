"""What to do next, from what this run shows."""

from vid2vid_core.report.inputs import RunInputs
from vid2vid_core.report.verdict import outcome
from vid2vid_core.report.wording import count_of, percent, unit_of

_LOW_CONFIDENCE = 0.4
_LEAST_CLIPS = 8


def next_steps(inputs: RunInputs) -> list[tuple[str, str]]:
    """Title and text of each step, the most useful first."""
    steps = [step for step in (_quarantined(inputs), _quality(inputs), _clips(inputs), _flow(inputs)) if step]
    steps.append(
        (
            "Watch the training.",
            f"tensorboard --logdir results/runs/{inputs.run.name}/stages shows every term and every sample picture.",
        )
    )
    if inputs.dataset.world is not None:
        steps.append(
            (
                "Bring your own footage.",
                "A dataset is one YAML file of a few lines: docs/datasets.md shows how. The rest of the chain "
                "stays as it is.",
            )
        )
    return steps


def _quarantined(inputs: RunInputs) -> tuple[str, str] | None:
    count = len(inputs.manifest.metadata["quarantined"])
    if not count:
        return None
    return (
        f"Mend {count_of(count, 'quarantined video')}.",
        "The dataset sheet gives each reason. Repair or remove the file; the next snakemake goes on from there.",
    )


def _quality(inputs: RunInputs) -> tuple[str, str] | None:
    sentences = inputs.metrics["verdict"]
    results = [outcome(sentences, title, "mean_colour") for title in ("PSNR", "SSIM")]
    if any(result in ("loses", "behind", "level") for result in results):
        return (
            "Train longer.",
            f"The model does not yet beat the mean colour of each {unit_of(inputs.dataset.mode)} on both PSNR and "
            "SSIM: raise schedule.niter in the recipe, or add training footage of the same kind. Stages you do not "
            "edit are not trained again.",
        )
    return (
        "Go for detail.",
        "Add a stage of twice the frame size with one more scale (generator.n_scales_spatial) to the recipe: it begins "
        "with the weights of the last one.",
    )


def _clips(inputs: RunInputs) -> tuple[str, str] | None:
    clips = inputs.metrics["metrics"].get("psnr", {}).get("methods", {}).get("model", {}).get("clips", 0)
    if clips >= _LEAST_CLIPS:
        return None
    return (
        "Score more test footage.",
        f"{count_of(clips, 'clip')} can tell little for sure; {_LEAST_CLIPS} or more, better from several videos, make "
        "the comparison firm.",
    )


def _flow(inputs: RunInputs) -> tuple[str, str] | None:
    shares = [table.rows.confident.mean() for table in inputs.flow.values() if len(table.rows)]
    if not shares or sum(shares) / len(shares) >= _LOW_CONFIDENCE:
        return None
    return (
        "Look at the flow.",
        f"On average only {percent(sum(shares) / len(shares))} of the pixels have a flow that can be trusted, so the "
        "model learns little about motion. Footage of a higher frame rate helps.",
    )
