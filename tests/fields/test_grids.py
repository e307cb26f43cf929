"""The multiresolution grid against naive loops; the compiled lookup against the plain one; the hybrid's base."""

import os

import numpy as np
import pytest
import torch

from shapefield.fields import build
from shapefield.methods import METHODS, HashGridOptions, HybridOptions
from shapefield.nn.gridlevels import PRIMES, grid_levels
from shapefield.nn.gridlookup import interpolated, kernel_for, lookup, plain_lookup

compiled = pytest.mark.skipif(os.environ.get("SHAPEFIELD_KERNEL") == "torch", reason="SHAPEFIELD_KERNEL forbids them")
LEVELS = grid_levels(3, levels=5, features=2, table=9, coarsest=4, finest=40)


def table_of(levels, dtype=torch.float32, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(levels.entries, levels.features, generator=generator, dtype=dtype)


def points_of(count, inputs=3, reach=1.0, dtype=torch.float32, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(count, inputs, generator=generator, dtype=dtype) * 2 - 1) * reach


def naive(point, table, levels):
    """One point, corner by corner, as in Müller et al. 2022, §3 (equation 4 is the hash)."""
    out = []
    for k, cells in enumerate(levels.resolution.tolist()):
        position = [min(max((c + 1) / 2 * cells, 0.0), float(cells)) for c in point]
        cell = [min(int(p), cells - 1) for p in position]
        size = int(levels.offset[k + 1] - levels.offset[k])
        total = np.zeros(levels.features)
        for corner in range(2 ** len(point)):
            steps = [(corner >> axis) & 1 for axis in range(len(point))]
            weight, where = 1.0, [c + s for c, s in zip(cell, steps, strict=True)]
            for p, c, s in zip(position, cell, steps, strict=True):
                weight *= (p - c) if s else 1 - (p - c)
            if levels.dense[k]:
                entry = sum(w * (cells + 1) ** axis for axis, w in enumerate(where))
            else:
                entry = 0
                for axis, w in enumerate(where):
                    entry ^= (w * PRIMES[axis]) & 0xFFFFFFFF
                entry %= size
            total += weight * table[int(levels.offset[k]) + entry].numpy()
        out.append(total)
    return np.concatenate(out)


def test_levels_grow_geometrically_and_are_hashed_only_where_the_table_is_too_small():
    levels = grid_levels(3, levels=5, features=2, table=15, coarsest=16, finest=256)
    assert levels.resolution.tolist() == [16, 32, 64, 128, 256]
    assert levels.dense.tolist() == [True, False, False, False, False]
    assert np.diff(levels.offset).tolist() == [17**3, *[1 << 15] * 4]


@pytest.mark.parametrize("inputs", [2, 3])
def test_the_plain_lookup_is_the_naive_loop(inputs):
    levels = grid_levels(inputs, levels=4, features=3, table=8, coarsest=3, finest=30)
    table, x = table_of(levels, torch.float64), points_of(40, inputs, reach=1.1, dtype=torch.float64)
    got = plain_lookup(x, table, levels)
    for row, point in zip(got, x.tolist(), strict=True):
        np.testing.assert_allclose(row.numpy(), naive(point, table, levels), atol=1e-12)


@compiled
@pytest.mark.parametrize("features", [2, 4, 6])
def test_the_compiled_lookup_and_its_gradients_are_the_plain_one_s(features):
    levels = grid_levels(3, levels=5, features=features, table=9, coarsest=4, finest=40)
    table = table_of(levels).requires_grad_()
    x = points_of(3000, reach=1.1).requires_grad_()
    assert kernel_for(x, table) == "numba"
    upstream = torch.randn(3000, levels.outputs, generator=torch.Generator().manual_seed(5))
    ours = lookup(x, table, levels)
    theirs = plain_lookup(x, table, levels)
    torch.testing.assert_close(ours, theirs, atol=2e-5, rtol=1e-4)
    for a, b in zip(
        torch.autograd.grad(ours, (x, table), upstream), torch.autograd.grad(theirs, (x, table), upstream), strict=True
    ):
        torch.testing.assert_close(a, b, atol=2e-3, rtol=1e-3)


def test_an_odd_number_of_features_is_left_to_plain_torch():
    levels = grid_levels(3, levels=2, features=3, table=9, coarsest=4, finest=9)
    table, x = table_of(levels), points_of(20)
    assert kernel_for(x, table) == "torch"
    assert torch.equal(lookup(x, table, levels), plain_lookup(x, table, levels))


@compiled
def test_the_compiled_lookup_is_twice_differentiable():
    def second(method):
        table = table_of(LEVELS).requires_grad_()
        x = points_of(500, reach=0.99).requires_grad_()
        weights = torch.randn(LEVELS.outputs, generator=torch.Generator().manual_seed(2))
        value = torch.tanh(method(x, table, LEVELS) @ weights)
        (slope,) = torch.autograd.grad(value.sum(), x, create_graph=True)
        return torch.autograd.grad((slope.norm(dim=1) - 1).square().mean(), (table, x))

    for ours, theirs in zip(second(lookup), second(plain_lookup), strict=True):
        # the slopes reach hundreds, and float32 sums in another order
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-3 * float(theirs.abs().max()))


@compiled
def test_the_number_of_threads_changes_no_bit():
    before = torch.get_num_threads()
    try:
        found = []
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            table, x = table_of(LEVELS).requires_grad_(), points_of(1001).requires_grad_()
            value = lookup(x, table, LEVELS)
            found.append((value.detach(), *torch.autograd.grad(value.square().sum(), (x, table))))
    finally:
        torch.set_num_threads(before)
    for other in found[1:]:
        assert all(torch.equal(a, b) for a, b in zip(found[0], other, strict=True))


@pytest.mark.parametrize("method", [lookup, plain_lookup])
def test_a_dense_level_reproduces_every_linear_function(method):
    levels = grid_levels(3, 1, 2, 20, 7, 7)
    axis = torch.linspace(-1, 1, 8)
    z, y, x = torch.meshgrid(axis, axis, axis, indexing="ij")
    table = torch.stack([2 * x - y + 0.5 * z + 1, x + 3 * z], dim=-1).reshape(-1, 2)
    p = points_of(200)
    wanted = torch.stack([2 * p[:, 0] - p[:, 1] + 0.5 * p[:, 2] + 1, p[:, 0] + 3 * p[:, 2]], dim=1)
    torch.testing.assert_close(method(p, table, levels), wanted, atol=1e-5, rtol=0)


def test_outside_the_box_a_grid_gives_its_border():
    table = table_of(LEVELS)
    x = points_of(50, reach=3.0)
    torch.testing.assert_close(lookup(x, table, LEVELS), lookup(x.clamp(-1, 1), table, LEVELS), atol=1e-5, rtol=0)


def test_the_table_starts_within_the_paper_s_bounds():
    field = build(METHODS["hashgrid"], HashGridOptions(levels=4, table=12), seed=0)
    table = field.encoding.table.detach()
    assert float(table.abs().max()) <= 1e-4 and float(table.std()) == pytest.approx(1e-4 / 3**0.5, rel=0.05)


def test_a_fresh_hybrid_is_its_base_and_its_parts_add_up():
    field = build(METHODS["hybrid"], HybridOptions(levels=3, table=10, base=9), seed=0)
    base = torch.randn(9, 9, 9, generator=torch.Generator().manual_seed(0))
    field.set_base(base)
    x = points_of(300)
    torch.testing.assert_close(field(x), interpolated(x, base[..., None]))
    with torch.no_grad():
        for parameter in field.parameters():
            parameter += 0.1
        torch.testing.assert_close(field(x), field.fixed(x) + field.trained(x))
        assert float(field.trained(x).abs().max()) > 1e-4
        field.base_only = True
        assert torch.equal(field(x), field.fixed(x))


def test_interpolation_is_exact_at_the_nodes_in_both_kernels():
    grid = torch.randn(6, 6, 6, 1, generator=torch.Generator().manual_seed(0))
    axis = torch.linspace(-1, 1, 6)
    nodes = torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"), dim=-1).reshape(-1, 3)
    torch.testing.assert_close(interpolated(nodes, grid), grid.reshape(-1, 1), atol=1e-5, rtol=0)
    slow = interpolated(nodes.requires_grad_(), grid)
    torch.testing.assert_close(slow.detach(), grid.reshape(-1, 1), atol=1e-5, rtol=0)


def test_a_base_of_the_wrong_size_is_refused():
    field = build(METHODS["hybrid"], HybridOptions(levels=3, table=10, base=9), seed=0)
    with pytest.raises(ValueError, match=r"built for a base of \(9, 9, 9, 1\), got \(8, 8, 8\)"):
        field.set_base(torch.zeros(8, 8, 8))


@compiled
def test_a_point_that_is_not_a_number_gives_none_and_reads_nothing_beyond_the_table():
    points, table = points_of(3), table_of(LEVELS).requires_grad_()
    points[1, 2] = float("nan")
    found = lookup(points, table, LEVELS)
    found[[0, 2]].sum().backward()
    assert found[1].isnan().all() and found[[0, 2]].isfinite().all()
    assert interpolated(points, torch.ones(5, 5, 5, 1))[:, 0].isnan().tolist() == [False, True, False]
