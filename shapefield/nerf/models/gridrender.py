"""The compiled renderer as one differentiable operation, whose gradients have the rows that rays have touched alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from shapefield.machine.threads import shared_out

NOTED = 7
"""Numbers that are noted of a sample beside its cell and its place there."""
ROOM = 48
"""Samples a ray that are made room for at first."""


class GridState:
    """What the kernels read beside the tables, and where they mark rows.

    index    : (v^3,) int32 row of every vertex;  cells : (r, r, r) bool;  leap : (c, c, c) uint8, `occupancy.leaps`
    shape    : (4,) float32 ray step, softplus's factor, shift, contracted
    touched, coloured : (m,) bool marks of rows, and slot : (m,) int32 their numbers; nothing is marked between steps
    room     : samples a ray that are made room for
    """

    def __init__(self, index: np.ndarray, cells: np.ndarray, leap: np.ndarray, shape: np.ndarray, rows: int) -> None:
        """rows : m of the tables."""
        self.index, self.cells, self.leap, self.shape = index, cells, leap, shape
        self.touched, self.coloured = np.zeros((2, rows), dtype=bool)
        self.slot = np.zeros(rows, dtype=np.int32)
        self.room = ROOM

    def numbered(self, marks: np.ndarray) -> np.ndarray:
        """(n,) int64 rising rows that are marked; their numbers are in `slot`, and the marks are gone."""
        rows = np.flatnonzero(marks)
        self.slot[rows] = np.arange(len(rows), dtype=np.int32)
        marks[rows] = False
        return rows


@dataclass(frozen=True, slots=True, eq=False)
class Notes:
    """What the march of rays start..stop noted of its N samples: corner (N, 4) uint32, place (N, 3), note (N, 7)."""

    start: int
    stop: int
    corner: np.ndarray
    place: np.ndarray
    note: np.ndarray


def render_compiled(
    origins: Tensor, directions: Tensor, enter: Tensor, leave: Tensor, basis: Tensor, background: Tensor,
    raw: Tensor, table: Tensor, state: GridState,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
    """rgb (R, 3), opacity (R,), depth (R,), distortion (R,); differentiable by background, raw (m, 1), table (m, 3 k).

    The gradients of raw and table are sparse (COO, coalesced): rows that no sample has touched are not in them.
    """
    keep = torch.is_grad_enabled() and (raw.requires_grad or table.requires_grad)
    found: Any = _Render.apply(origins, directions, enter, leave, basis, background, raw, table, state, keep)
    return found


class _Render(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, origins: Tensor, directions: Tensor, enter: Tensor, leave: Tensor, basis: Tensor, background: Tensor,
        raw: Tensor, table: Tensor, state: GridState, keep: bool,
    ) -> tuple[Tensor, ...]:  # fmt: skip
        rays = [_array(a) for a in (origins, directions, enter, leave, basis)]
        count = len(origins)
        rgb, opacity = np.empty((count, 3), dtype=np.float32), np.empty(count, dtype=np.float32)
        depth, spread = np.empty((2, count), dtype=np.float32)
        counts = np.empty(count, dtype=np.int64)
        tables = (_array(raw).reshape(-1), _array(table).reshape(-1))
        behind = _array(background.expand(count, 3))
        maps = (state.index, state.cells, state.leap, state.shape)
        given: list[Any] = [*rays, behind, *tables, *maps, rgb, opacity, depth, spread, counts]
        notes: dict[int, Notes] = {}

        def march(start: int, stop: int) -> None:
            notes[start] = _noted(given, start, stop, state.room if keep else 0)

        shared_out(count, march)
        if keep:
            state.room = max(ROOM, 8 + int(1.2 * counts.sum() / max(count, 1)))
        ctx.basis, ctx.state, ctx.counts, ctx.seen = rays[4], state, counts, (rgb, opacity, depth, spread)
        ctx.notes, ctx.shapes = [notes[start] for start in sorted(notes)], (raw.shape, table.shape)
        return tuple(torch.from_numpy(array) for array in ctx.seen)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        from shapefield.nerf.models.gridgradient import add_colour, add_raw, backward

        state, counts, notes = ctx.state, ctx.counts, ctx.notes
        shapes = ((len(counts), 3), *3 * [(len(counts),)])
        given = [
            np.zeros(shape, dtype=np.float32) if g is None else _array(g)
            for g, shape in zip(gradients, shapes, strict=True)
        ]
        by_sample = [np.empty((len(part.corner), 4), dtype=np.float32) for part in notes]
        parts: list[Any] = list(zip(notes, by_sample, strict=True))

        def differentiate(first: int, stop: int) -> None:
            for part, found in parts[first:stop]:
                known = [
                    counts,
                    *ctx.seen,
                    *given,
                    state.shape[0],
                    part.corner,
                    part.note,
                    found,
                    state.touched,
                    state.coloured,
                ]
                backward(*known, part.start, part.stop)

        def raw_shares(low: int, high: int, out: np.ndarray) -> None:
            for part, found in parts:
                add_raw(part.corner, part.place, found, state.slot, low, high, out)

        def colour_shares(low: int, high: int, out: np.ndarray) -> None:
            for part, found in parts:
                known = [counts, part.corner, part.place, found, ctx.basis, state.slot, low, high, out]
                add_colour(*known, part.start, part.stop)

        shared_out(len(parts), differentiate)
        d_raw = _gathered(state, state.touched, ctx.shapes[0], raw_shares)
        d_table = _gathered(state, state.coloured, ctx.shapes[1], colour_shares)
        by_background = None
        if ctx.needs_input_grad[5]:
            by_background = torch.from_numpy(given[0] * (1.0 - ctx.seen[1])[:, None])
        return None, None, None, None, None, by_background, d_raw, d_table, None, None


def _noted(given: list[Any], start: int, stop: int, room: int) -> Notes:
    """March rays start..stop; with notes if `room` is not 0: so many samples a ray at first, more where needed."""
    from shapefield.nerf.models.gridkernel import forward

    counts, size = given[-1], room * (stop - start)
    notes = [np.empty((size, 4), np.uint32), np.empty((size, 3), np.float32), np.empty((size, NOTED), np.float32)]
    used, ray = 0, start
    while True:
        done = forward(*given, bool(room), *notes, used, ray, stop)
        used += int(counts[ray:done].sum())
        if done == stop:
            return Notes(start, stop, *(array[: used if room else 0] for array in notes))
        ray, size = done, 2 * size + 1024
        for k, array in enumerate(notes):
            notes[k] = np.empty((size, array.shape[1]), array.dtype)
            notes[k][:used] = array[:used]


def _gathered(
    state: GridState, marks: np.ndarray, shape: torch.Size, add: Callable[[int, int, np.ndarray], None]
) -> Tensor:
    """The sparse gradient of a table (m, c): its marked rows, to whose numbers low..high `add` adds the shares."""
    rows = state.numbered(marks)
    out = np.zeros((len(rows), shape[1]), dtype=np.float32)
    shared_out(len(rows), lambda low, high: add(low, high, out.reshape(-1)))
    values = torch.from_numpy(out)
    return torch.sparse_coo_tensor(
        torch.from_numpy(rows)[None], values, shape, is_coalesced=True, check_invariants=False
    )


def _array(tensor: Tensor) -> np.ndarray:
    return np.ascontiguousarray(tensor.detach().numpy(), dtype=np.float32)
