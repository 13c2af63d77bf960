"""A stage on a dataset: its phases, and what their steps cost."""

from dataclasses import replace

from vid2vid_core.config import StageConfig, control_channels
from vid2vid_core.config.schedule import describe_schedule, schedule
from vid2vid_core.dataset.geometry import Size
from vid2vid_core.dataset.manifest import Manifest
from vid2vid_core.train.networks import Networks, build_networks
from vid2vid_core.train.plan.frame_size import largest_frames
from vid2vid_core.train.plan.furnish import META
from vid2vid_core.train.plan.phases import Phase, phases
from vid2vid_core.train.plan.simulate import StepCost, simulate_step
from vid2vid_core.train.plan.simulate_roles import Share, simulate_roles, together


class StageOnData:
    """What follows from a stage and a dataset without training anything."""

    def __init__(self, stage: StageConfig, table: Manifest, seed: int, perceptual: bool, ranks: int = 1) -> None:
        """Look up lengths and sizes.

        Args:
            stage: of a recipe.
            table: manifest of the dataset.
            seed: of the recipe.
            perceptual: whether the perceptual loss is on.
            ranks: that share the work of a step, where they have roles.

        Raises:
            ValueError: the dataset does not fit the stage.
        """
        needed, found = stage.generator.n_frames_G, table.lengths("train")
        self.lengths = [length for length in found if length >= needed]
        if not self.lengths:
            raise ValueError(
                f"{table.root}: no training sequence has the {needed} frames generator.n_frames_G of stage "
                f"'{stage.name}' needs; the longest of {len(found)} has {max(found, default=0)}"
            )
        self.stage, self.label_nc, self.seed, self.perceptual = stage, table.label_nc, seed, perceptual
        self._table, self._ranks = table, ranks
        self.channels = control_channels(stage, table.label_nc)
        self.states = schedule(stage, max(self.lengths))
        self.size: Size = largest_frames(table, stage)

    def phases(self, ranks: int = 1) -> list[Phase]:
        """The phases, trained by so many ranks."""
        group = self.stage.data.batchSize * self.stage.parallel.accumulate * (1 if self.roles else ranks)
        return phases(self.stage, self.states, self.lengths, self.seed, group)

    @property
    def roles(self) -> bool:
        """Whether the ranks divide the frames of a chunk, not the clips."""
        return self.stage.parallel.split == "roles"

    def shares(self, phase: Phase) -> list[Share]:
        """What the ranks of every role take of the largest step of a phase."""
        return simulate_roles(self.stage, self.label_nc, self.size, phase, self.perceptual, self._ranks)

    def cost(self, phase: Phase) -> StepCost:
        """Of the largest step of a phase; memory is that of one rank."""
        if self.roles:
            return together(self.shares(phase))
        return simulate_step(self.stage, self.label_nc, self.size, phase, self.perceptual)

    def networks(self) -> Networks:
        """The networks, without memory."""
        with META:
            stage = replace(self.stage, speed=replace(self.stage.speed, compile=False))
            return build_networks(stage, self.channels, 0, None, META)

    def table(self) -> str:
        """The schedule for people."""
        return describe_schedule(self.stage, max(self.lengths))

    def peak(self) -> int:
        """Bytes at the worst moment of all phases, from one step alone."""
        found = self.phases()
        heaviest = max(found, key=lambda phase: (phase.state.train_all_scales, phase.chunk_frames))
        return self.cost(replace(heaviest, clip_frames=max(phase.clip_frames for phase in found))).peak

    def peak_with(self, changed: StageConfig) -> int:
        """The same for another version of the stage."""
        return StageOnData(changed, self._table, self.seed, self.perceptual, self._ranks).peak()
