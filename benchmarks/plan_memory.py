"""Peak memory of a training step as `vid2vid plan` estimates it without running, against a real training.

Every row trains in a process of its own on noise, until the temporal discriminators have all the frames they want. On a
GPU the measured number is what PyTorch has handed out at the worst moment (`torch.cuda.max_memory_allocated`). On a CPU
it is by how much the process has grown at its largest, which includes what convolutions need for themselves, and what
the C library does not give back at once. `counted` is what the tensors of the real training took, as the same counter
finds it. The last line is about the row with the largest measured number.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from own_process import in_new_process

from vid2vid_core.config import (
    DataConfig,
    DiscriminatorConfig,
    GeneratorConfig,
    LossConfig,
    OptimizerConfig,
    ParallelConfig,
    SpeedConfig,
    StageConfig,
)
from vid2vid_core.config.schedule import EpochState
from vid2vid_core.train.plan.memory import Meter
from vid2vid_core.train.plan.phases import Phase
from vid2vid_core.train.plan.probe import noise_clips, probe_steps
from vid2vid_core.train.plan.simulate import simulate_step

LABELS = 35


@dataclass(frozen=True)
class Case:
    """One row."""

    size: tuple[int, int]
    scales: int
    ngf: int
    chunk: int
    recompute: Literal["none", "scale", "frame"] = "none"
    autocast: Literal["float32", "bf16"] = "float32"

    @property
    def stage(self) -> StageConfig:
        """The stage that is trained."""
        return StageConfig(
            name="measured",
            generator=GeneratorConfig(ngf=self.ngf, n_scales_spatial=self.scales, fg=True),
            discriminator=DiscriminatorConfig(ndf=min(64, self.ngf)),
            losses=LossConfig(no_vgg=True),
            optimizer=OptimizerConfig(ema=0.999),
            data=DataConfig(use_instance=True),
            parallel=ParallelConfig(recompute=self.recompute),
            speed=SpeedConfig(autocast=self.autocast),
        )


def late_phase(stage: StageConfig, chunk: int) -> Phase:
    """Clips in chunks of `chunk` that last until the slowest temporal discriminator has its frames."""
    past = 2 * 3 ** (stage.discriminator.n_scales_temporal - 1)
    steps = 1 + -(-past // chunk)
    new = chunk * steps
    state = EpochState(1, stage.optimizer.lr, new, chunk, 1, True)
    return Phase(state, 1, 1, steps, new, chunk, new + stage.generator.n_frames_G - 1)


CASES = {
    "cpu": (
        Case((128, 64), 1, 32, 1),
        Case((128, 64), 1, 32, 8),
        Case((256, 128), 1, 32, 1),
        Case((256, 128), 1, 32, 4),
        Case((256, 128), 1, 32, 4, recompute="scale"),
        Case((256, 128), 1, 32, 4, recompute="frame"),
        Case((512, 256), 2, 32, 1),
    ),
    "cuda": (
        Case((256, 128), 1, 32, 1),
        Case((512, 256), 1, 128, 1),
        Case((512, 256), 1, 128, 6),
        Case((512, 256), 1, 128, 6, recompute="frame"),
        Case((512, 256), 1, 128, 6, autocast="bf16"),
        Case((1024, 512), 2, 128, 2),
        Case((1024, 512), 2, 128, 2, autocast="bf16"),
    ),
}


def measure(case: Case, phase: Phase, device: str) -> tuple[int, int]:
    """Bytes at the worst moment of a real training: measured, and counted over its tensors."""
    torch.set_num_threads(1)
    with Meter() as meter:
        clips = noise_clips(case.stage, LABELS, phase, case.size)
        probe = probe_steps(
            case.stage, LABELS, phase, clips, steps=phase.steps - 1, vgg=None, device=torch.device(device)
        )
    return probe.peak, meter.peak


def main() -> None:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    print(f"{'device':8}{'size':>10}{'scales':>8}{'ngf':>6}{'chunk':>7}{'recompute':>11}{'autocast':>10}"
          f"{'estimated':>10}{'counted':>10}{'measured':>10}{'off by':>8}")  # fmt: skip
    rows = []
    for case in CASES[device]:
        phase = late_phase(case.stage, case.chunk)
        measured, counted = in_new_process(measure, case, phase, device)
        estimated = simulate_step(case.stage, LABELS, case.size, phase, perceptual=False).peak
        rows.append((measured, estimated))
        size, sizes = f"{case.size[0]}x{case.size[1]}", (estimated, counted, measured)
        print(f"{device:8}{size:>10}{case.scales:>8}{case.ngf:>6}{case.chunk:>7}{case.recompute:>11}{case.autocast:>10}"
              + "".join(f"{number / 1e6:>7.0f} MB" for number in sizes)
              + f"{100 * (estimated / measured - 1):>6.0f} %", flush=True)  # fmt: skip
    measured, estimated = max(rows)
    print(f"plan_memory: {estimated / measured:.2f}x (estimated {estimated / 1e6:.0f} MB, "
          f"measured {measured / 1e6:.0f} MB)")  # fmt: skip


if __name__ == "__main__":
    main()
