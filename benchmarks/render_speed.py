"""Seconds per rendered frame: ours against the plain generator of `train_speed.py`, with the same weights.

One scale, the width of `train_speed.py`. On a CPU the time is processor time of one thread, on a GPU wall time. The
last line is about the largest size on the last device.
"""

from collections.abc import Callable

import torch
from flow_step import clock_of
from our_training import NGF, timed_stage
from torch import Tensor
from train_speed import CHANNELS, PlainGenerator

from vid2vid_core.legacy.composite_keys import generator_layers
from vid2vid_core.legacy.keys import load_released
from vid2vid_core.models import VideoGenerator
from vid2vid_core.ops import foreground_mask
from vid2vid_core.render.rollout import Rollout

SIZES = ((128, 64), (256, 128), (512, 256))
REPEATS = {"cpu": 3, "cuda": 30}


def rendering(generator: VideoGenerator, window: Tensor, past: Tensor) -> Callable[[], Tensor]:
    """Renders one more frame at every call; a new sequence each time, so that both sides see the same."""

    def frame() -> Tensor:
        rollout = Rollout(generator)
        rollout.reset(past)
        return rollout.step(window).image

    return frame


def main() -> None:
    torch.set_num_threads(1)
    for name in ("cpu", *(["cuda"] if torch.cuda.is_available() else [])):
        device = torch.device(name)
        config = timed_stage(NGF[name], 1).generator
        plain = PlainGenerator(config.ngf, config.n_downsample_G, config.n_blocks).to(device)
        ours = VideoGenerator(config, CHANNELS).to(device).eval()
        load_released(ours.scales[0], generator_layers(config, 0), plain.state_dict(), "G0")
        clock = clock_of(device)
        for width, height in SIZES:
            window = torch.rand(1, 3, CHANNELS, height, width, device=device).round()
            past = torch.rand(1, 2, 3, height, width, device=device) * 2 - 1
            mask = foreground_mask(window[:, -1], config.fg_labels)
            inputs = window.flatten(1, 2), past.flatten(1, 2), mask
            runs = rendering(ours, window, past), lambda network=plain, inputs=inputs: network(*inputs)[0]
            times: tuple[list[float], list[float]] = ([], [])
            with torch.inference_mode():
                torch.testing.assert_close(runs[0](), runs[1](), rtol=1e-3, atol=1e-3)
                for _ in range(REPEATS[name]):
                    for each, found in zip(runs, times, strict=True):
                        start = clock()
                        each()
                        found.append(clock() - start)
            mine, theirs = (1e3 * min(found) for found in times)
            print(
                f"{name} {width}x{height}: {mine:.0f} ms a rendered frame, plain generator {theirs:.0f} ms", flush=True
            )
    print(f"render_speed: {theirs / mine:.1f}x (ours {mine:.0f} ms, baseline {theirs:.0f} ms)")


if __name__ == "__main__":
    main()
