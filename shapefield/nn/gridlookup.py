"""Differentiable lookup in a multiresolution grid: plain torch on any device, compiled loops on CPUs and on CUDA.

All give the same values. The compiled ones are differentiable once; where a second derivative is wanted (the eikonal
term) their backward pass runs the plain one, so they stay twice differentiable with no approximation.

Legend: n points, d inputs, L levels, F features, E entries.
"""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import torch
from torch import Tensor

from shapefield.nn.cells import cell_of
from shapefield.nn.gridlevels import PRIMES, GridLevels, grid_levels
from shapefield.nn.recording import recorded


def lookup(points: Tensor, table: Tensor, levels: GridLevels) -> Tensor:
    """points (n, d) in [-1, 1], table (E, F) → features (n, L F); outside the box the border's value."""
    found = kernel_for(points, table)
    if found == "torch":
        return plain_lookup(points, table, levels)
    features: Any = _QuickLookup.apply(points, table, levels, _loops(found))
    return features


def interpolated(points: Tensor, grid: Tensor) -> Tensor:
    """points (n, d) in [-1, 1], grid (b, …, b, c) with nodes linspace(-1, 1, b) of x, y, … → (n, c), linear."""
    dimension, outputs, cells = grid.ndim - 1, int(grid.shape[-1]), int(grid.shape[0]) - 1
    quick = dimension == 3 and outputs == 1 and not (torch.is_grad_enabled() and points.requires_grad)
    quick = quick and not recorded()
    if quick and grid.device.type == "cpu" and grid.dtype == points.dtype == torch.float32 and kernel() == "numba":
        return _loops("numba").interpolate(points.detach().contiguous(), grid[..., 0].contiguous())
    table = grid.permute(*reversed(range(dimension)), dimension).reshape(-1, outputs)
    return lookup(points, table, grid_levels(dimension, 1, outputs, 31, cells, cells))


def kernel_for(points: Tensor, table: Tensor) -> str:
    """Which loops a lookup of these tensors runs: "numba", "triton" or "torch"; what is recorded runs torch's."""
    if recorded() or points.shape[1] != 3 or points.dtype != torch.float32 or table.dtype != torch.float32:
        return "torch"
    found = kernel(points.device.type)
    return "torch" if found == "numba" and table.shape[1] % 2 else found


@cache
def kernel(device: str = "cpu") -> str:
    """The loops that a kind of device runs in this process: "numba" on CPUs, "triton" on CUDA, else plain "torch".

    Recorded in checkpoints, for their last bits differ. SHAPEFIELD_KERNEL=torch forbids all but the last.
    """
    name = {"cpu": "numba", "cuda": "triton"}.get(device, "torch")
    if os.environ.get("SHAPEFIELD_KERNEL") == "torch" or name == "torch":
        return "torch"
    try:
        loops = _loops(name)
    except ImportError:
        return "torch"
    return name if name == "numba" or _works(loops, device) else "torch"


def _works(loops: Any, device: str) -> bool:
    """Whether one point can be looked up: Triton may be there and lack what it builds with, the system's C compiler."""
    try:
        loops.encode(torch.zeros(1, 3, device=device), torch.zeros(8, 2, device=device), grid_levels(3, 1, 2, 3, 1, 1))
    except Exception:  # whatever Triton meets, plain torch does the same work
        return False
    return True


def _loops(name: str) -> Any:
    """The module that has encode, scatter and slope: loaded here, for numba and triton take their time."""
    return import_module({"numba": "shapefield.nn.gridloops", "triton": "shapefield.nn.gridtriton"}[name])


def plain_lookup(points: Tensor, table: Tensor, levels: GridLevels) -> Tensor:
    """The reference: the same as `lookup` in plain torch, twice differentiable, on any device, for any d."""
    dimension, count = points.shape[1], 2 ** points.shape[1]
    number = torch.arange(count, device=points.device)
    corners = torch.stack([(number >> axis) & 1 for axis in range(dimension)], dim=1)
    features = []
    for level, cells in enumerate(levels.resolution.tolist()):
        cell, inside = cell_of(points, cells)
        corner = cell[:, None, :] + corners
        weights = torch.where(corners == 1, inside[:, None, :], 1 - inside[:, None, :]).prod(dim=2)
        entry = _entry(corner, cells, bool(levels.dense[level]), int(np.diff(levels.offset)[level]))
        # index_select and not table[entry]: the gradient of that is sorted on CUDA
        rows = table.index_select(0, (entry + int(levels.offset[level])).view(-1)).view(*entry.shape, -1)
        features.append((weights[:, :, None] * rows).sum(dim=1))
    return torch.cat(features, dim=1)


def _entry(corner: Tensor, cells: int, dense: bool, size: int) -> Tensor:
    axes = corner.unbind(dim=-1)
    if dense:
        return sum((c * (cells + 1) ** axis for axis, c in enumerate(axes[1:], 1)), axes[0])
    mixed = axes[0] * PRIMES[0]
    for axis, c in enumerate(axes[1:], 1):
        mixed = mixed ^ (c * PRIMES[axis])
    return mixed & (size - 1)


class _QuickLookup(torch.autograd.Function):
    """The lookup by loops that know their own first derivatives: `loops` is `gridloops` or `gridtriton`."""

    @staticmethod
    def forward(ctx: Any, points: Tensor, table: Tensor, levels: GridLevels, loops: Any) -> Tensor:
        ctx.save_for_backward(points, table)
        ctx.levels, ctx.loops = levels, loops
        return loops.encode(points.detach().contiguous(), table.detach().contiguous(), levels)

    @staticmethod
    def backward(ctx: Any, *upstreams: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        (points, table), levels, upstream = ctx.saved_tensors, ctx.levels, upstreams[0]
        wanted = [t for t, needed in zip((points, table), ctx.needs_input_grad, strict=False) if needed]
        if torch.is_grad_enabled():  # a second derivative is wanted: let autograd see plain operations
            values = plain_lookup(points, table, levels)
            found = iter(torch.autograd.grad(values, wanted, upstream, create_graph=True))
            by_points = next(found) if ctx.needs_input_grad[0] else None
            return by_points, next(found) if ctx.needs_input_grad[1] else None, None, None
        p, t, u = points.detach().contiguous(), table.detach().contiguous(), upstream.detach().contiguous()
        by_points = ctx.loops.slope(p, t, u, levels) if ctx.needs_input_grad[0] else None
        by_table = ctx.loops.scatter(p, u, levels) if ctx.needs_input_grad[1] else None
        return by_points, by_table, None, None
