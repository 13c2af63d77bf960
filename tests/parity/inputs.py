"""Golden fixtures of the controls: encoding, pyramid, stacking of frames, foreground mask."""

import re

from parity.fixture import Comparison, Fixture, FixtureError
from vid2vid_core.ops import encode_controls, foreground_mask, pyramid


def run_input_assembly(fixture: Fixture, comparison: Comparison) -> None:
    """Every output says by its name which frame and level it is of; level 0 is full size."""
    config = fixture.config
    labels, instances = fixture.inputs("A"), fixture.arrays.get("in.inst")
    label_nc = config["label_nc"]
    encoded = encode_controls(
        labels.long() if label_nc else labels, None if instances is None else instances.long(), label_nc
    )
    comparison.array("encoded", encoded)
    found = {key: re.fullmatch(r"(\w+)(?:\.frame(\d+)\.level|\.)(\d+)", key) for key in fixture.outputs}
    places = {key: match for key, match in found.items() if match}
    levels = pyramid(encoded, 1 + max((int(match[3]) for match in places.values()), default=0))[::-1]
    for key, match in places.items():
        level = levels[int(match[3])]
        if match[1] == "pyramid":
            comparison.array(key, level)
        elif match[1] == "network_input":
            last = int(match[2])
            comparison.array(key, level[:, last + 1 - config["n_frames_G"] : last + 1].flatten(1, 2))
        elif match[1] == "fg_mask":
            comparison.array(key, foreground_mask(level[:, int(match[2])], config["fg_labels"]))
        else:
            raise FixtureError(f"do not know what the output {key} is")


KINDS = {"input_assembly": run_input_assembly}
