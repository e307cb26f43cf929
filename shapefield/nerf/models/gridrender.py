"""The compiled renderer as one differentiable operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from shapefield.machine.threads import shared_out


@dataclass(frozen=True, slots=True, eq=False)
class GridState:
    """What the kernel reads beside the tables: index (v^3,), cells (r, r, r), coarse map, shape (4,) float32
    (ray step, softplus's factor, shift, contracted), starts (v + 1,) first row of every x plane of vertices."""

    index: np.ndarray
    cells: np.ndarray
    coarse: np.ndarray
    shape: np.ndarray
    starts: np.ndarray


def render_compiled(
    origins: Tensor, directions: Tensor, enter: Tensor, leave: Tensor, basis: Tensor, background: Tensor,
    raw: Tensor, table: Tensor, state: GridState,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """rgb (R, 3), opacity (R,), depth (R,); differentiable by background, raw (m, 1) and table (m, 3 k)."""
    found: Any = _Render.apply(origins, directions, enter, leave, basis, background, raw, table, state)
    return found


class _Render(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, origins: Tensor, directions: Tensor, enter: Tensor, leave: Tensor, basis: Tensor, background: Tensor,
        raw: Tensor, table: Tensor, state: GridState,
    ) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
        from shapefield.nerf.models.gridkernel import forward

        rays = [_array(a) for a in (origins, directions, enter, leave, basis)]
        count = len(origins)
        rgb, opacity = np.empty((count, 3), dtype=np.float32), np.empty(count, dtype=np.float32)
        depth, counts = np.empty(count, dtype=np.float32), np.empty(count, dtype=np.int64)
        tables = (_array(raw).reshape(-1), _array(table), state.index, state.cells, state.coarse, state.shape)
        behind = _array(background.expand(count, 3))
        given: list[Any] = [*rays, behind, *tables, rgb, opacity, depth, counts]
        shared_out(count, lambda *span: forward(*given, *span))
        ctx.rays, ctx.tables, ctx.state, ctx.seen, ctx.counts = rays, tables, state, (rgb, opacity, depth), counts
        return torch.from_numpy(rgb), torch.from_numpy(opacity), torch.from_numpy(depth)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        from shapefield.nerf.models.gridkernel import backward, scatter

        count, total = len(ctx.counts), int(ctx.counts.sum())
        shapes = ((count, 3), (count,), (count,))
        given = [
            np.zeros(shape, dtype=np.float32) if g is None else _array(g)
            for g, shape in zip(gradients, shapes, strict=True)
        ]
        offsets = np.cumsum(ctx.counts) - ctx.counts
        cell, owner = np.empty(total, dtype=np.int32), np.empty(total, dtype=np.int32)
        place, by_colour = np.empty((total, 3), dtype=np.float32), np.empty((total, 3), dtype=np.float32)
        by_raw = np.empty(total, dtype=np.float32)
        notes = (cell, place, by_raw, by_colour, owner)
        known: list[Any] = [*ctx.rays, *ctx.tables, *ctx.seen, *given, offsets, *notes]
        shared_out(count, lambda *span: backward(*known, *span))
        raw, table, index, cells = ctx.tables[:4]
        d_raw, d_table = np.zeros_like(raw), np.zeros_like(table)
        bounds = _slabs(cell, cells.shape[0])
        starts, r = ctx.state.starts, cells.shape[0]

        def add(first: int, stop: int) -> None:
            for part in range(first, stop):
                low, high = bounds[part], bounds[part + 1]
                end = starts[high] if part + 2 < len(bounds) else len(raw)
                slab: list[Any] = [
                    *notes,
                    ctx.rays[4],
                    index,
                    r,
                    max(low - 1, 0),
                    high,
                    starts[low],
                    end,
                    d_raw,
                    d_table,
                ]
                scatter(*slab)

        shared_out(len(bounds) - 1, add)
        by_background = None
        if ctx.needs_input_grad[5]:
            by_background = torch.from_numpy(given[0] * (1.0 - ctx.seen[1])[:, None])
        return (
            None, None, None, None, None, by_background,
            torch.from_numpy(d_raw).view(-1, 1), torch.from_numpy(d_table), None,
        )  # fmt: skip


def _slabs(cell: np.ndarray, r: int) -> list[int]:
    """Bounds of x planes of vertices, one part a thread, with about equally many samples in each."""
    threads = min(torch.get_num_threads(), r)
    running = np.cumsum(np.bincount(cell // (r * r), minlength=r))
    bounds = [0]
    for part in range(1, threads):
        wanted = int(np.searchsorted(running, running[-1] * part / threads)) + 1
        bounds.append(min(max(wanted, bounds[-1] + 1), r + 1 - (threads - part)))
    return [*bounds, r + 1]


def _array(tensor: Tensor) -> np.ndarray:
    return np.ascontiguousarray(tensor.detach().numpy(), dtype=np.float32)
