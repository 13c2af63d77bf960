"""A plan for people to read."""

from collections.abc import Iterator, Sequence

from vid2vid_core.train.plan.disk import Disk
from vid2vid_core.train.plan.stage_plan import PhasePlan, StagePlan


def stage_text(plan: StagePlan, ranks: int, device: str) -> str:
    """Tables and sentences of one stage.

    Args:
        plan: of the stage.
        ranks: it is planned for besides one.
        device: `cpu` or `cuda`.
    """
    return "\n".join([plan.schedule, "", *_phase_table(plan, ranks, device), "", *_sentences(plan, ranks, device)])


def gigabytes(count: float) -> str:
    """Bytes as GB, or MB where it is little."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(1, round(count / 1e6))} MB"


def number_of(ranks: int, device: str) -> str:
    """So many GPUs, or processes where the training runs on CPUs."""
    one, many = ("GPU", "GPUs") if device == "cuda" else ("process", "processes")
    return f"{ranks} {one if ranks == 1 else many}"


def clock(seconds: float) -> str:
    """A duration, no more exact than anybody can know it."""
    if seconds >= 2 * 86400:
        return f"{seconds / 86400:.1f} days"
    minutes = seconds / 60
    if minutes >= 100:
        return f"{minutes / 60:.1f} h"
    return f"{minutes:.0f} min" if minutes >= 3 else f"{max(1, round(seconds))} s"


def _phase_table(plan: StagePlan, gpus: int, device: str) -> list[str]:
    head = ["epochs", "clips", "steps", "frames made", "peak memory", f"time, {number_of(1, device)}"]
    many = number_of(gpus, device)
    rows = [head if gpus == 1 else [*head, f"steps, {many}", f"time, {many}"]]
    rows += [_row(f"{first}-{last}" if last > first else f"{first}", [phase], gpus)
             for phase in plan.phases for first, last in [phase.epochs]]  # fmt: skip
    if len(plan.phases) > 1:
        rows.append(_row("all", plan.phases, gpus))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]


def _row(name: str, phases: Sequence[PhasePlan], gpus: int) -> list[str]:
    counts = [sum(phase.clips for phase in phases), sum(phase.steps for phase in phases)]
    cells = [name, *map(str, counts), str(sum(phase.frames for phase in phases))]
    cells += [gigabytes(max(phase.peak for phase in phases)), clock(sum(phase.seconds for phase in phases))]
    if gpus == 1:
        return cells
    together = sum(phase.seconds_together for phase in phases)
    return [*cells, str(sum(phase.steps_together for phase in phases)), clock(together)]


def _sentences(plan: StagePlan, gpus: int, device: str) -> Iterator[str]:
    names = ", ".join(f"{name} {count / 1e6:.1f}" for name, count in plan.weights.items())
    yield f"Frames of {plan.size[0]}x{plan.size[1]}; million weights: {names}."
    yield from _memory(plan, device)
    many = number_of(gpus, device)
    more = "roles save memory, not time" if plan.shares else f"{many}: without what they exchange"
    yield _time(plan) + ("." if gpus == 1 else f"; {more}.")
    yield disk_sentence(plan.disk)


def disk_sentence(disk: Disk) -> str:
    """What a stage writes, in words."""
    best = f", the best so far {gigabytes(disk.best)}" if disk.best else ""
    return (
        f"Disk: {gigabytes(disk.total)} at most ({disk.kept} checkpoints of {gigabytes(disk.checkpoint)}, one of them "
        f"being written; weights {gigabytes(disk.weights)}{best}; log, TensorBoard and samples "
        f"{gigabytes(disk.records)})."
    )


def _memory(plan: StagePlan, device: str) -> Iterator[str]:
    if plan.probe is None:
        found = f"not measured ({plan.probed})"
    elif device == "cuda":
        found = f"the probe took {gigabytes(plan.probe.peak)}, measured"
    else:
        found = f"in the probe the process grew by {gigabytes(plan.probe.peak)}; on a CPU both are estimates"
    yield f"Memory: {gigabytes(plan.probe_estimate)} at the worst moment, estimated without running; {found}."
    if plan.shares:
        each = [f"{share.ranks} {share.does}, {gigabytes(share.cost.peak)}" for share in plan.shares]
        yield f"Ranks with roles: {'; '.join(each)}."
    if plan.memory is None:
        return
    if plan.fits:
        yield f"It fits: {gigabytes(plan.memory)} can be used."
        return
    yield f"It does not fit: only {gigabytes(plan.memory)} can be used. With other keys in the recipe it would need:"
    for change in plan.changes:
        verdict = "fits" if change.peak <= plan.memory else "still too much"
        yield f"  {change.keys}: {gigabytes(change.peak)}, {verdict}"
    if not plan.changes or plan.changes[-1].peak > plan.memory:
        yield "  Beyond that only smaller frames help: data.loadSize and data.fineSize, at a loss of detail."


def _time(plan: StagePlan) -> str:
    probe = plan.probe
    if probe is None:
        return (
            f"Time: at best, from the number of operations at this device's speed in plain convolutions (no probe: "
            f"{plan.probed})"
        )
    reading = f", {1e3 * probe.loading:.0f} ms to read one" if probe.loading > 0.0005 else ""
    return (
        f"Time: from {probe.steps} steps on {plan.probed}, {probe.seconds:.3g} s a generated frame{reading}; other "
        "epochs by their number of operations"
    )


def summary(plans: Sequence[StagePlan], gpus: int, device: str) -> str:
    """All stages in one line."""
    time = clock(sum(phase.seconds for plan in plans for phase in plan.phases))
    if gpus > 1:
        together = sum(phase.seconds_together for plan in plans for phase in plan.phases)
        time += f" ({number_of(1, device)}), {clock(together)} ({number_of(gpus, device)})"
    disks = [plan.disk for plan in plans]  # a stage that is done keeps its last checkpoint
    left = sum(disk.weights + disk.best + disk.records + disk.checkpoint for disk in disks)
    space = gigabytes(left + max(disk.checkpoint * (disk.kept - 1) for disk in disks))
    bad = [plan.name for plan in plans if not plan.fits]
    verdict = "everything fits" if not bad else f"too little memory for {', '.join(bad)}"
    steps = sum(phase.steps for plan in plans for phase in plan.phases)
    return f"In all: {steps} steps, {time}, {space} of disk; {verdict}."
