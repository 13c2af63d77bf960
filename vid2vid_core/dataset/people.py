"""The people of a frame, from its file of key points."""

from vid2vid_core.config import ControlConfig
from vid2vid_core.dataset.manifest import FrameRow, Manifest
from vid2vid_core.maps.openpose_file import read_openpose
from vid2vid_core.maps.person import Person
from vid2vid_core.maps.pose_crop import chosen_people


def read_people(manifest: Manifest, row: FrameRow, controls: ControlConfig) -> list[Person]:
    """Those to draw, by `controls.people`; nobody where key points are neither drawn nor there.

    Raises:
        ValueError: the file is missing or cannot be used.
    """
    if controls.densepose_only and not row.openpose:
        return []
    if not row.openpose:
        raise ValueError(
            f"{row.sequence}/{row.frame}: no key points; run `snakemake annotate`, or train with "
            f"controls.densepose_only"
        )
    return chosen_people(read_openpose(manifest.resolve(row.openpose)), controls)
