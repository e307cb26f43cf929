"""The Triton loops against the plain lookup: on a CUDA device where there is one, else by Triton's interpreter."""

import os

import pytest
import torch

from shapefield.nn.gridlevels import grid_levels
from shapefield.nn.gridlookup import _QuickLookup, kernel_for, lookup, plain_lookup

pytest.importorskip("triton", reason="no triton: pip install triton (Linux)")
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
if DEVICE == "cpu":
    os.environ["TRITON_INTERPRET"] = "1"  # asked for where the loops are defined, and again where they are called
from shapefield.nn import gridtriton  # noqa: E402


def tensors(features: int, count: int, reach: float):
    """Levels of which some are hashed, points of which some lie outside, a table, an upstream gradient."""
    levels = grid_levels(3, levels=4, features=features, table=9, coarsest=4, finest=40)
    generator = torch.Generator().manual_seed(3)
    points = (torch.rand(count, 3, generator=generator) * 2 - 1) * reach
    table = torch.randn(levels.entries, features, generator=generator)
    upstream = torch.randn(count, levels.outputs, generator=generator)
    return levels, points.to(DEVICE), table.to(DEVICE), upstream.to(DEVICE)


@pytest.mark.parametrize("features", [1, 2, 3, 8])
def test_values_and_both_gradients_are_the_plain_one_s(features):
    levels, points, table, upstream = tensors(features, 300, 1.1)
    points.requires_grad_(), table.requires_grad_()
    theirs = plain_lookup(points, table, levels)
    by_points, by_table = torch.autograd.grad(theirs, (points, table), upstream)
    p, t = points.detach(), table.detach()
    torch.testing.assert_close(gridtriton.encode(p, t, levels), theirs.detach(), atol=2e-5, rtol=1e-4)
    torch.testing.assert_close(gridtriton.scatter(p, upstream, levels), by_table, atol=2e-3, rtol=1e-3)
    torch.testing.assert_close(gridtriton.slope(p, t, upstream, levels), by_points, atol=2e-3, rtol=1e-3)


def test_they_serve_the_lookup_and_its_second_derivative():
    levels, points, table, _ = tensors(2, 200, 0.99)
    weights = torch.randn(levels.outputs, generator=torch.Generator().manual_seed(2)).to(DEVICE)

    def second(read):
        x, t = points.clone().requires_grad_(), table.clone().requires_grad_()
        (slope,) = torch.autograd.grad(torch.tanh(read(x, t) @ weights).sum(), x, create_graph=True)
        return torch.autograd.grad((slope.norm(dim=1) - 1).square().mean(), (t, x))

    ours = second(lambda x, t: _QuickLookup.apply(x, t, levels, gridtriton))
    for a, b in zip(ours, second(lambda x, t: plain_lookup(x, t, levels)), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-3 * float(b.abs().max()))


def test_no_point_gives_no_row_and_a_nan_reads_nothing_beyond_the_table():
    levels, points, table, _ = tensors(2, 3, 1.0)
    assert gridtriton.encode(points[:0], table, levels).shape == (0, levels.outputs)
    points[1, 2] = float("nan")
    found = gridtriton.encode(points, table, levels)
    assert found[1].isnan().all() and found[[0, 2]].isfinite().all()


@pytest.mark.gpu
def test_on_cuda_they_are_what_a_lookup_runs():
    levels, points, table, _ = tensors(2, 70_001, 1.1)
    assert kernel_for(points, table) == "triton"
    torch.testing.assert_close(lookup(points, table, levels), plain_lookup(points, table, levels), atol=2e-5, rtol=1e-4)
