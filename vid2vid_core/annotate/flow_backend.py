"""Which estimator a dataset's flow settings mean."""

import logging

from vid2vid_core.annotate.flow_checkpoint import flownet2_file
from vid2vid_core.config import FlowConfig
from vid2vid_core.video.reference_flow import FlowEstimator

logger = logging.getLogger("vid2vid_core.annotate")


def flow_estimator(config: FlowConfig, threads: int = 1, device: str = "auto") -> FlowEstimator:
    """The backend that the settings name, ready to work.

    Args:
        config: a dataset's `flow` settings.
        threads: dis: pairs it works on side by side.
        device: flownet2: "auto" (a GPU if there is one), "cpu", "cuda", "cuda:1", ...

    Raises:
        ValueError: the checkpoint of flownet2 is not there or is another file, or the device does not exist.
    """
    if config.backend == "dis":
        from vid2vid_core.annotate.dis_estimator import DisEstimator

        return DisEstimator(config, threads)
    return _flownet2(config, device)


def _flownet2(config: FlowConfig, device: str) -> FlowEstimator:
    # torch and the network are imported for those who use them: this process may be one of many that run DIS.
    from vid2vid_core.annotate.flownet2_estimator import FlowNet2Estimator
    from vid2vid_core.legacy.flownet2 import load_flownet2
    from vid2vid_core.models.device import choose_device
    from vid2vid_core.provenance import hash_file

    path = flownet2_file(config)
    target = choose_device(device)
    network = load_flownet2(path, device=target)
    logger.info("flow by FlowNet2 from %s, on %s", path, target)
    return FlowNet2Estimator(network, hash_file(path), config, target)
