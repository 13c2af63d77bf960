"""Who does what where the ranks of a training have roles: some generate frames, the others judge them.

The first `n_gpus_gen` ranks, the makers, have the generator and make consecutive frames of a chunk in turn. The others
share the losses among them by network, not by frame, since batch normalisation of a discriminator looks at all frames
of a chunk together: each part of the losses, with its discriminator and that one's optimiser, is at home on one judge.

Source: Wang et al., Video-to-Video Synthesis, 2018 (published multi-GPU training).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from vid2vid_core.config import StageConfig

CHANNELS = {"image": 3, "raw": 3, "flow": 2, "weight": 1}
"""What is sent of a generated frame, in this order, and its channels."""


@dataclass(frozen=True, slots=True)
class Roles:
    """The roles of all ranks in one stage, the same on every rank."""

    makers: int
    """Ranks 0, 1, ... generate."""
    parts: tuple[tuple[str, ...], ...]
    """What each of the ranks after them judges: image (and face), likeness, flow, temporal.0, temporal.1, ..."""

    @property
    def size(self) -> int:
        """Number of ranks."""
        return self.makers + len(self.parts)

    def of(self, rank: int) -> tuple[str, ...]:
        """The parts a rank judges; none for makers."""
        return self.parts[rank - self.makers] if rank >= self.makers else ()

    def block(self, rank: int, frames: int) -> range:
        """Which of the frames of a chunk a maker generates: as many as the others, the first ones one more if need be.

        In a chunk shorter than the number of makers the last ones have none.
        """
        size, longer = divmod(frames, self.makers)
        begin = rank * size + min(rank, longer)
        return range(begin, begin + size + (rank < longer))

    def describe(self) -> str:
        """For the log."""
        made = "rank 0 generates" if self.makers == 1 else f"ranks 0 to {self.makers - 1} generate"
        judged = [f"rank {rank} judges {', '.join(self.of(rank))}" for rank in range(self.makers, self.size)]
        return "; ".join([made, *judged])


def loss_parts(stage: StageConfig, perceptual: bool) -> list[str]:
    """The parts that the losses of a stage have; `perceptual`: whether the VGG file is at hand."""
    losses = stage.losses
    parts = ["image"]
    if (perceptual and not losses.no_vgg and losses.lambda_feat > 0) or losses.lambda_L1 > 0:
        parts.append("likeness")
    if losses.lambda_T > 0 or (not stage.generator.no_flow and (losses.lambda_F > 0 or stage.generator.no_first_img)):
        parts.append("flow")
    return parts + [f"temporal.{k}" for k in range(stage.discriminator.n_scales_temporal)]


def wanted(parts: tuple[str, ...], stage: StageConfig) -> tuple[str, ...]:
    """What the judge of these parts must see of a generated frame, in the order of `CHANNELS`.

    Exactly what gets a gradient there: a flow head that no loss looks at must not get one of zeros, with which its
    optimiser would go on moving it.
    """
    losses, seen = stage.losses, set[str]()
    if "image" in parts or "likeness" in parts:
        seen |= {"image", "raw"}
    if any(part.startswith("temporal.") for part in parts) or ("flow" in parts and losses.lambda_T > 0):
        seen.add("image")
    if "flow" in parts and not stage.generator.no_flow:
        if losses.lambda_F > 0 or losses.lambda_T > 0:
            seen.add("flow")
        if stage.generator.no_first_img:
            seen.add("weight")
    return tuple(name for name in CHANNELS if name in seen)


def assign_roles(stage: StageConfig, ranks: int, costs: Mapping[str, float]) -> Roles:
    """Share the work of a stage.

    Args:
        stage: tells how many ranks generate.
        ranks: how many there are in all.
        costs: of each part of the losses, in any unit; the judges get about the same each.

    Raises:
        ValueError: so many ranks cannot share it.
    """
    makers, most = stage.schedule.n_gpus_gen, stage.schedule.n_gpus_gen + len(costs)
    if not makers < ranks <= most:
        raise ValueError(
            f"stage '{stage.name}': parallel.split roles with schedule.n_gpus_gen {makers} needs {makers + 1} to "
            f"{most} ranks, {makers} to generate frames and 1 to {len(costs)} to judge them ({', '.join(costs)}); "
            f"there are {ranks}. Start so many, change n_gpus_gen, or set parallel.split to clips"
        )
    loads = [0.0] * (ranks - makers)
    shares: list[list[str]] = [[] for _ in loads]
    for part in sorted(costs, key=lambda part: -costs[part]):
        # To who has least to do; where nothing is known of it, to who has fewest parts: nobody must be left without.
        judge = min(range(len(loads)), key=lambda number: (loads[number], len(shares[number])))
        shares[judge].append(part)
        loads[judge] += costs[part]
    order = list(costs)
    return Roles(makers, tuple(tuple(sorted(share, key=order.index)) for share in shares))


def reaches_back(border: int, frames: int, past: int, n_frames_bp: int) -> bool:
    """Whether gradients flow from the frames of a chunk from number `border` on to those before it.

    Args:
        border: number of a frame within the chunk.
        frames: of the chunk.
        past: pictures a frame is made from.
        n_frames_bp: length of the blocks whose first frames are made from pictures without gradient.
    """
    return border > 0 and any(t % n_frames_bp for t in range(border, min(frames, border + past)))
