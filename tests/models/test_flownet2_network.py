"""FlowNet2's composition, shapes, gradients, precision and compilation. Its numbers are checked by tests/golden.py."""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn.functional import interpolate
from torch.utils._python_dispatch import TorchDispatchMode

from vid2vid_core.models.flownet2 import FlowNet2, reference_flow
from vid2vid_core.models.flownet2.fusion import FlowNetFusion
from vid2vid_core.models.flownet2.layers import SLOPE, Conv, channel_norm
from vid2vid_core.ops import warp


def pair(batch: int = 1, height: int = 64, width: int = 64) -> tuple[Tensor, Tensor]:
    return tuple(torch.rand(2, batch, 3, height, width) * 2 - 1)


@pytest.fixture(scope="module")
def network() -> Iterator[FlowNet2]:
    """All 162 million parameters, drawn once for this module."""
    torch.manual_seed(0)
    yield FlowNet2().requires_grad_(False).eval()


class Answer(nn.Module):
    """Stands for a network: keeps its inputs, gives a random flow at 1/4 of the size."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = scale
        self.inputs: tuple[Tensor, ...] = ()

    def forward(self, *inputs: Tensor) -> Tensor:
        self.inputs = inputs
        self.flow = torch.randn(len(inputs[0]), 2, *(side // 4 for side in inputs[0].shape[-2:])) * self.scale
        return self.flow


def test_composition_by_the_published_steps() -> None:
    with torch.device("meta"):
        net = FlowNet2(rgb_max=2)
    net.matching, net.refining1, net.refining2, net.small_motion = (Answer(s) for s in (0.1, 0.2, 0.3, 40))
    net.fusion, seen = FlowNetFusion(), []
    net.fusion.forward = lambda x: seen.append(x) or x[:, :2]
    first, second = pair(2, 64, 128)
    net(first, second)

    mean = torch.stack((first, second), 2).mean((2, 3, 4))[..., None, None]
    x1, x2 = (first - mean) / 2, (second - mean) / 2
    norm = lambda x: x.square().sum(1, keepdim=True).sqrt()  # noqa: E731
    for got, expected in zip(net.matching.inputs, (x1, x2), strict=True):
        torch.testing.assert_close(got, expected)
    flow = interpolate(20 * net.matching.flow, scale_factor=4, mode="bilinear", align_corners=False)
    warped = warp(x2, flow)
    expected = torch.cat((x1, x2, warped, flow / 20, norm(x1 - warped)), 1)
    torch.testing.assert_close(net.refining1.inputs[0], expected)
    flow = interpolate(20 * net.refining1.flow, scale_factor=4, mode="bilinear", align_corners=False)
    warped = warp(x2, flow)
    expected = torch.cat((x1, x2, warped, flow / 20, norm(x1 - warped)), 1)
    torch.testing.assert_close(net.refining2.inputs[0], expected)
    large = interpolate(20 * net.refining2.flow, scale_factor=4, mode="nearest")
    torch.testing.assert_close(net.small_motion.inputs[0], torch.cat((x1, x2), 1))
    small = interpolate(net.small_motion.flow / 20, scale_factor=4, mode="nearest")
    errors = [norm(x1 - warp(x2, f)) for f in (small, large)]
    torch.testing.assert_close(seen[0], torch.cat((x1, small, large, norm(small), norm(large), *errors), 1))


def test_a_pair_does_not_depend_on_the_others_in_its_batch(network: FlowNet2) -> None:
    first, second = pair(2)
    with torch.no_grad():
        together, alone = network(first, second), network(first[1:], second[1:])
    assert together.shape == (2, 2, 64, 64) and together.dtype == torch.float32
    torch.testing.assert_close(together[1:], alone, rtol=1e-3, atol=1e-5)


def test_gradients_reach_images_and_stay_finite_on_equal_ones(network: FlowNet2) -> None:
    first, second = (x.requires_grad_() for x in pair())
    network(first, second).sum().backward()
    assert first.grad is not None and first.grad.abs().max() > 0 and second.grad is not None
    black = torch.zeros(1, 3, 64, 64, requires_grad=True)  # every difference is exactly zero, where a norm has a kink
    network(black, black).sum().backward()
    assert black.grad is not None and black.grad.isfinite().all()


def test_sixteen_bit_keeps_flows_in_float32(network: FlowNet2) -> None:
    first, second = pair()
    with torch.no_grad():
        exact = network(first, second)
        with torch.autocast("cpu", torch.bfloat16):
            mixed = network(first, second)
        assert mixed.dtype == torch.float32
        assert (mixed - exact).abs().max() < 0.02 * exact.abs().max()
        assert mixed.unique().numel() > 0.9 * exact.unique().numel()  # not rounded to 8 bits of mantissa at the end


def test_weights_in_sixteen_bit_work() -> None:
    with FakeTensorMode():  # shapes and types without 325 MB
        torch.set_default_dtype(torch.bfloat16)
        try:
            net = FlowNet2()
        finally:
            torch.set_default_dtype(torch.float32)
        assert net.fusion.to_full.weight.dtype == torch.bfloat16
        assert net(torch.empty(1, 3, 64, 64), torch.empty(1, 3, 64, 64)).dtype == torch.float32
        half = torch.empty(1, 3, 64, 64, dtype=torch.bfloat16)
        assert net(half, half).dtype == torch.float32


class NoSync(TorchDispatchMode):
    """Refuses what a CUDA graph cannot hold: values read back, tensors made from Python numbers, unknown sizes."""

    FORBIDDEN = ("_local_scalar_dense", "lift_fresh", "nonzero", "is_nonzero", "masked_select", "equal")

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # noqa: ANN001, ANN204
        assert func.overloadpacket.__name__ not in self.FORBIDDEN, func
        return func(*args, **(kwargs or {}))


def test_nothing_in_it_keeps_it_out_of_a_cuda_graph() -> None:
    with FakeTensorMode():  # holds no values, so reading one fails here too
        net = FlowNet2().requires_grad_(False)
        first, pictures = torch.empty(1, 3, 64, 128), torch.empty(1, 2, 3, 72, 80)
        with NoSync():
            assert net(first, first).shape == (1, 2, 64, 128)
            flow, confidence = reference_flow(net, pictures, pictures)
    assert flow.shape == (1, 2, 2, 72, 80) and confidence.shape == (1, 2, 1, 72, 80)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_it_compiles_in_one_piece(network: FlowNet2, backend: str) -> None:
    torch._dynamo.reset()
    first, second = pair()
    with torch.no_grad():
        expected = network(first, second)
        compiled = torch.compile(network, fullgraph=True, backend=backend)(first, second)
    torch.testing.assert_close(compiled, expected, rtol=1e-3, atol=1e-5)


def test_sizes_it_cannot_work_at_are_named() -> None:
    with torch.device("meta"):
        net = FlowNet2()
        with pytest.raises(ValueError, match="multiples of 64, got height 64 and width 96"):
            net(torch.empty(1, 3, 64, 96), torch.empty(1, 3, 64, 96))
        with pytest.raises(ValueError, match="equal shape"):
            net(torch.empty(1, 3, 64, 64), torch.empty(2, 3, 64, 64))


def test_channel_norm_has_no_gradient_at_zero() -> None:
    x = torch.tensor([[3.0, 0], [4, 0]]).view(1, 2, 1, 2).requires_grad_()
    norm = channel_norm(x)
    assert norm.flatten().tolist() == [5, 0]
    norm.sum().backward()
    torch.testing.assert_close(x.grad, torch.tensor([[0.6, 0], [0.8, 0]]).view(1, 2, 1, 2))
    assert channel_norm(torch.full((1, 2, 1, 1), 300.0, dtype=torch.float16)).dtype == torch.float32


def test_slope_of_the_activation() -> None:
    layer = Conv(1, 1, 1)
    nn.init.ones_(layer.weight), nn.init.zeros_(layer.bias)
    assert layer(torch.tensor([-10.0, 5]).view(1, 1, 1, 2)).flatten().tolist() == [-1, 5] and SLOPE == 0.1


@pytest.mark.parametrize(
    ("u", "expected"),
    [
        ((1, 1, 1, 1), (20, 40, 80, 80)),
        ((0.5, 0.5, 0.5, 0.5), (15, 30, 60, 80)),
        ((-0.5, -0.5, -0.5, -0.5), (10, 15, 30, 60)),
        ((-5, 9, -2.25, 0.25), (10, 80, 10, 80)),
        ((2.5, 0, 0, -3.5), (60, 20, 40, 10)),
    ],
)
def test_the_warp_repeats_the_border_even_in_a_single_row(u: tuple[float, ...], expected: tuple[float, ...]) -> None:
    row = torch.tensor([10.0, 20, 40, 80]).view(1, 1, 1, 4)
    flow = torch.stack((torch.tensor(u, dtype=torch.float32), torch.full((4,), 7.0))).view(1, 2, 1, 4)
    torch.testing.assert_close(warp(row, flow).flatten(), torch.tensor(expected, dtype=torch.float32))
    column = warp(row.transpose(2, 3), flow.flip(1).transpose(2, 3))
    torch.testing.assert_close(column.flatten(), torch.tensor(expected, dtype=torch.float32))
