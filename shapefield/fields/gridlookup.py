"""Differentiable lookup in a multiresolution grid: plain torch on any device, compiled loops on a CPU.

Both give the same values. The compiled one is differentiable once; where a second derivative is wanted (the eikonal
term) its backward pass runs the plain one, so it stays twice differentiable with no approximation.

Legend: n points, d inputs, L levels, F features, E entries.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor

from shapefield.fields.gridlevels import PRIMES, GridLevels, grid_levels


def lookup(points: Tensor, table: Tensor, levels: GridLevels) -> Tensor:
    """points (n, d) in [-1, 1], table (E, F) → features (n, L F); outside the box the border's value."""
    if kernel_for(points, table) == "numba":
        found: Any = _CompiledLookup.apply(points, table, levels)
        return found
    return plain_lookup(points, table, levels)


def interpolated(points: Tensor, grid: Tensor) -> Tensor:
    """points (n, d) in [-1, 1], grid (b, …, b, c) with nodes linspace(-1, 1, b) of x, y, … → (n, c), linear."""
    dimension, outputs = grid.ndim - 1, grid.shape[-1]
    quick = dimension == 3 and outputs == 1 and not (torch.is_grad_enabled() and points.requires_grad)
    if quick and grid.device.type == "cpu" and grid.dtype == points.dtype == torch.float32 and kernel() == "numba":
        from shapefield.fields.gridkernel import interpolate

        out, p, g = np.empty((len(points), 1), dtype=np.float32), _array(points), _array(grid[..., 0])
        shared_out(len(p), lambda a, b: interpolate(p, g, out[:, 0], a, b))
        return torch.from_numpy(out)
    cells = grid.shape[0] - 1
    table = grid.permute(*reversed(range(dimension)), dimension).reshape(-1, outputs)
    return plain_lookup(points, table, grid_levels(dimension, 1, outputs, 31, cells, cells))


def kernel_for(points: Tensor, table: Tensor) -> str:
    """Which loops a lookup of these tensors runs: "numba" or "torch" (SHAPEFIELD_KERNEL=torch forbids the first)."""
    fits = points.shape[1] == 3 and table.shape[1] % 2 == 0
    fits = fits and points.device.type == "cpu" and table.dtype == torch.float32
    return "numba" if fits and kernel() == "numba" else "torch"


@cache
def kernel() -> str:
    """The kernel that CPUs use in this process; recorded in checkpoints, for its last bits differ from torch's."""
    if os.environ.get("SHAPEFIELD_KERNEL") == "torch":
        return "torch"
    try:
        import shapefield.fields.gridkernel  # noqa: F401
    except ImportError:
        return "torch"
    return "numba"


def plain_lookup(points: Tensor, table: Tensor, levels: GridLevels) -> Tensor:
    """The reference: the same as `lookup` in plain torch, twice differentiable, on any device, for d = 1, 2, 3."""
    dimension = points.shape[1]
    corners = torch.tensor(
        [[(c >> axis) & 1 for axis in range(dimension)] for c in range(2**dimension)], device=points.device
    )
    features = []
    for level, cells in enumerate(levels.resolution.tolist()):
        position = ((points + 1) * (0.5 * cells)).clamp(0, cells)
        cell = position.detach().floor().clamp(max=cells - 1)
        inside = position - cell
        corner = cell.long()[:, None, :] + corners
        weights = torch.where(corners == 1, inside[:, None, :], 1 - inside[:, None, :]).prod(dim=2)
        entry = _entry(corner, cells, bool(levels.dense[level]), int(np.diff(levels.offset)[level]))
        rows = table[entry + int(levels.offset[level])]
        features.append((weights[:, :, None] * rows).sum(dim=1))
    return torch.cat(features, dim=1)


def _entry(corner: Tensor, cells: int, dense: bool, size: int) -> Tensor:
    if dense:
        strides = torch.tensor([(cells + 1) ** axis for axis in range(corner.shape[-1])], device=corner.device)
        return (corner * strides).sum(dim=-1)
    mixed = corner[..., 0] * PRIMES[0]
    for axis in range(1, corner.shape[-1]):
        mixed = mixed ^ (corner[..., axis] * PRIMES[axis])
    return mixed & (size - 1)


class _CompiledLookup(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, points: Tensor, table: Tensor, levels: GridLevels) -> Tensor:
        ctx.save_for_backward(points, table)
        ctx.levels = levels
        out = np.empty((len(points), levels.outputs), dtype=np.float32)
        p, t = _array(points), _array(table)
        from shapefield.fields.gridkernel import encode

        shared_out(len(p), lambda a, b: encode(p, t, *levels.loops, out, a, b))
        return torch.from_numpy(out)

    @staticmethod
    def backward(ctx: Any, *upstreams: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        (points, table), levels, upstream = ctx.saved_tensors, ctx.levels, upstreams[0]
        wanted = [t for t, needed in zip((points, table), ctx.needs_input_grad, strict=False) if needed]
        if torch.is_grad_enabled():  # a second derivative is wanted: let autograd see plain operations
            values = plain_lookup(points, table, levels)
            found = iter(torch.autograd.grad(values, wanted, upstream, create_graph=True))
            by_points = next(found) if ctx.needs_input_grad[0] else None
            return by_points, next(found) if ctx.needs_input_grad[1] else None, None
        from shapefield.fields.gridkernel import scatter, slope

        p, t, u = _array(points), _array(table), _array(upstream.contiguous())
        by_points = by_table = None
        if ctx.needs_input_grad[0]:
            by_points = np.empty_like(p)
            shared_out(len(p), lambda a, b: slope(p, t, u, *levels.loops, by_points, a, b))
        if ctx.needs_input_grad[1]:
            by_table = np.zeros_like(t)
            shared_out(len(levels.resolution), lambda a, b: scatter(p, u, *levels.loops, by_table, a, b))
        return _tensor(by_points), _tensor(by_table), None


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().contiguous().numpy()


def _tensor(array: np.ndarray | None) -> Tensor | None:
    return None if array is None else torch.from_numpy(array)


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="grid")


def shared_out(count: int, work: Any) -> None:
    """Run work(start, stop) over parts of range(count), one part a torch thread; the parts run side by side."""
    threads = min(torch.get_num_threads(), count)
    if threads <= 1:
        work(0, count)
        return
    bounds = [count * k // threads for k in range(threads + 1)]
    futures = [_pool(threads).submit(work, a, b) for a, b in pairwise(bounds[1:])]
    work(bounds[0], bounds[1])
    for future in futures:
        future.result()
