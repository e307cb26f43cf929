"""Trilinear reading of a compact vertex table, and its gradient written back row by row.

A grid of v^3 vertices over [-1, 1]^3 keeps rows only for vertices that can matter; `index` (v^3,) int32 maps a vertex
to its row, 0 for "empty". n points, m rows, c channels.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from shapefield.nn.cells import cell_of


def corners(points: Tensor, index: Tensor | None, vertices: int) -> tuple[Tensor, Tensor]:
    """(n, 3) points → rows (n, 8) int64 and trilinear weights (n, 8); points are clamped to the grid.

    index : (v^3,) int32, or None where every vertex has a row
    """
    cell, high = cell_of(points, vertices - 1)
    low = 1.0 - high
    flat = (cell[:, 0] * vertices + cell[:, 1]) * vertices + cell[:, 2]
    v = vertices
    offsets = torch.tensor([0, 1, v, v + 1, v * v, v * v + 1, v * v + v, v * v + v + 1], device=points.device)
    rows = flat[:, None] + offsets if index is None else index[flat[:, None] + offsets].long()
    yz = torch.stack(
        [low[:, 1] * low[:, 2], low[:, 1] * high[:, 2], high[:, 1] * low[:, 2], high[:, 1] * high[:, 2]], 1
    )
    return rows, torch.cat([low[:, :1] * yz, high[:, :1] * yz], dim=1)


class _Read(torch.autograd.Function):
    """rows (n, 8), weights (n, 8), table (m, c) → (n, c); gradient for the table only, by index_add_."""

    @staticmethod
    def forward(ctx, rows: Tensor, weights: Tensor, table: Tensor) -> Tensor:
        ctx.save_for_backward(rows, weights)
        ctx.shape = table.shape
        if table.shape[1] == 1:
            return (table.view(-1)[rows] * weights).sum(dim=1, keepdim=True)
        return F.embedding_bag(rows, table, per_sample_weights=weights, mode="sum")

    @staticmethod
    def backward(ctx, *gradients: Tensor):
        rows, weights = ctx.saved_tensors
        (gradient,) = gradients
        result = gradient.new_zeros(ctx.shape)
        if ctx.shape[1] == 1:
            result.view(-1).index_add_(0, rows.view(-1), (gradient * weights).view(-1))
        else:
            spread = (weights[:, :, None] * gradient[:, None, :]).view(-1, ctx.shape[1])
            result.index_add_(0, rows.view(-1), spread)
        return None, None, result


def read(rows: Tensor, weights: Tensor, table: Tensor) -> Tensor:
    """(n, c) interpolated values. Differentiable in the table; in the points only through `read_smooth`."""
    found: Any = _Read.apply(rows, weights, table)
    return found


def read_smooth(rows: Tensor, weights: Tensor, table: Tensor) -> Tensor:
    """The same by plain torch operations: differentiable in weights (and so in points) as well."""
    return (table[rows] * weights[..., None]).sum(dim=1)
