"""The same three loops as `gridkernel`, in Triton for CUDA devices, for any number of features.

A program takes a block of points and, but for `slope`, one level; programs of one level run side by side, so that its
part of the table stays in the cache. `scatter` adds with atomics: sums have no fixed order there, and two runs differ
in the last bits. Triton comes with torch's CUDA builds for Linux; where it is absent `gridlookup` runs plain torch.

Legend: n points, L levels, F features (W with those that fill up a power of two), E entries, B points a program;
corners are numbered x + 2 y + 4 z.
"""

# pyright: reportIndexIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

from functools import lru_cache

import torch
import triton
import triton.language as tl
from torch import Tensor

from shapefield.nn.gridlevels import GridLevels

BLOCK = 128


@triton.jit
def _axis(points, axis: tl.constexpr, k, live, cells):
    """Cell along one axis, position inside it, and whether the coordinate lies within [-1, 1].

    NaN gets the first cell, where it reads nothing beyond the table, and gives NaN.
    """
    coordinate = tl.load(points + 3 * k + axis, mask=live, other=0.0)
    known = coordinate == coordinate
    s = (tl.where(known, coordinate, 0.0) + 1.0) * (0.5 * cells)
    s = tl.minimum(tl.maximum(s, 0.0), cells.to(tl.float32))
    i = tl.minimum(s.to(tl.int32), cells - 1)
    return i, tl.where(known, s - i.to(tl.float32), coordinate), tl.abs(coordinate) <= 1.0


@triton.jit
def _entry(i, j, m, cells, dense, size):
    """Table entry of the corner (i, j, m) within its level; `size` of a hashed level is a power of two."""
    side = cells + 1
    mixed = i.to(tl.uint32) ^ (j.to(tl.uint32) * 2654435761) ^ (m.to(tl.uint32) * 805459861)
    hashed = (mixed & (size - 1).to(tl.uint32)).to(tl.int64)
    return tl.where(dense != 0, (i + side * (j + side * m)).to(tl.int64), hashed)


@triton.jit
def _level(sizes, level):
    """Cells, whether dense, entries, first entry; sizes (L, 4) int32 holds them."""
    row = sizes + 4 * level
    return tl.load(row), tl.load(row + 1), tl.load(row + 2), tl.load(row + 3).to(tl.int64)


@triton.jit
def _cell(points, k, live, cells):
    """`_axis` of x, y and z: the cell, the position inside it, and which coordinates lie within the box."""
    i, x, in_x = _axis(points, 0, k, live, cells)
    j, y, in_y = _axis(points, 1, k, live, cells)
    m, z, in_z = _axis(points, 2, k, live, cells)
    return i, j, m, x, y, z, in_x, in_y, in_z


@triton.jit
def _corner(corner: tl.constexpr, i, j, m, x, y, z, sizes, level):
    """A corner's row of the table, and its share along each axis; its weight is their product."""
    a, b, c = corner & 1, (corner >> 1) & 1, corner >> 2
    cells, dense, size, first = _level(sizes, level)
    row = first + _entry(i + a, j + b, m + c, cells, dense, size)
    return row, x if a else 1 - x, y if b else 1 - y, z if c else 1 - z


@triton.jit
def _plus(a, b):
    return a + b


@triton.jit
def _encode(points, table, sizes, out, n, L: tl.constexpr, F: tl.constexpr, W: tl.constexpr, B: tl.constexpr):
    k, level, f = tl.program_id(0) * B + tl.arange(0, B), tl.program_id(1), tl.arange(0, W)
    live = k < n
    both = live[:, None] & (f < F)[None, :]
    i, j, m, x, y, z, _, _, _ = _cell(points, k, live, tl.load(sizes + 4 * level))
    total = tl.full((B, W), 0.0, tl.float32)
    for corner in tl.static_range(8):
        row, wx, wy, wz = _corner(corner, i, j, m, x, y, z, sizes, level)
        total += (wx * wy * wz)[:, None] * tl.load(table + row[:, None] * F + f[None, :], mask=both, other=0.0)
    tl.store(out + (k.to(tl.int64) * L * F + level * F)[:, None] + f[None, :], total, mask=both)


@triton.jit
def _scatter(points, upstream, sizes, gradient, n, L: tl.constexpr, F: tl.constexpr, W: tl.constexpr, B: tl.constexpr):
    k, level, f = tl.program_id(0) * B + tl.arange(0, B), tl.program_id(1), tl.arange(0, W)
    live = k < n
    both = live[:, None] & (f < F)[None, :]
    i, j, m, x, y, z, _, _, _ = _cell(points, k, live, tl.load(sizes + 4 * level))
    u = tl.load(upstream + (k.to(tl.int64) * L * F + level * F)[:, None] + f[None, :], mask=both, other=0.0)
    for corner in tl.static_range(8):
        row, wx, wy, wz = _corner(corner, i, j, m, x, y, z, sizes, level)
        place = gradient + row[:, None] * F + f[None, :]
        tl.atomic_add(place, (wx * wy * wz)[:, None] * u, mask=both, sem="relaxed")


@triton.jit
def _slope(points, table, upstream, sizes, out, n, L: tl.constexpr, F: tl.constexpr, W: tl.constexpr, B: tl.constexpr):
    k, f = tl.program_id(0) * B + tl.arange(0, B), tl.arange(0, W)
    live = k < n
    both = live[:, None] & (f < F)[None, :]
    by_x = tl.full((B,), 0.0, tl.float32)
    by_y = tl.full((B,), 0.0, tl.float32)
    by_z = tl.full((B,), 0.0, tl.float32)
    for level in range(L):
        cells = tl.load(sizes + 4 * level)
        i, j, m, x, y, z, in_x, in_y, in_z = _cell(points, k, live, cells)
        u = tl.load(upstream + (k.to(tl.int64) * L * F + level * F)[:, None] + f[None, :], mask=both, other=0.0)
        for corner in tl.static_range(8):
            row, wx, wy, wz = _corner(corner, i, j, m, x, y, z, sizes, level)
            rows = tl.load(table + row[:, None] * F + f[None, :], mask=both, other=0.0)
            value = 0.5 * cells * tl.reduce(rows * u, 1, _plus)
            by_x += tl.where(in_x, (value if corner & 1 else -value) * wy * wz, 0.0)
            by_y += tl.where(in_y, (value if corner & 2 else -value) * wx * wz, 0.0)
            by_z += tl.where(in_z, (value if corner & 4 else -value) * wx * wy, 0.0)
    tl.store(out + 3 * k, by_x, mask=live)
    tl.store(out + 3 * k + 1, by_y, mask=live)
    tl.store(out + 3 * k + 2, by_z, mask=live)


def encode(points: Tensor, table: Tensor, levels: GridLevels) -> Tensor:
    """points (n, 3), table (E, F) → features (n, L F)."""
    out = points.new_empty(len(points), levels.outputs)
    _launch(_encode, (len(points), len(levels.resolution)), levels, points, table, _sizes(levels, points), out)
    return out


def scatter(points: Tensor, upstream: Tensor, levels: GridLevels) -> Tensor:
    """points (n, 3), upstream (n, L F) → the table's gradient (E, F)."""
    gradient = points.new_zeros(levels.entries, levels.features)
    _launch(_scatter, (len(points), len(levels.resolution)), levels, points, upstream, _sizes(levels, points), gradient)
    return gradient


def slope(points: Tensor, table: Tensor, upstream: Tensor, levels: GridLevels) -> Tensor:
    """The gradient (n, 3) of sum(upstream · features) by the points; 0 outside the box."""
    out = torch.empty_like(points)
    _launch(_slope, (len(points), 1), levels, points, table, upstream, _sizes(levels, points), out)
    return out


def _launch(kernel, shape: tuple[int, int], levels: GridLevels, *tensors: Tensor) -> None:
    """One program a block of points, and a level where `shape` (points, levels) says so."""
    count, parts = shape
    if count:
        width = triton.next_power_of_2(levels.features)
        grid = (triton.cdiv(count, BLOCK), parts)
        with torch.cuda.device_of(tensors[0]):
            kernel[grid](*tensors, count, L=len(levels.resolution), F=levels.features, W=width, B=BLOCK)


def _sizes(levels: GridLevels, like: Tensor) -> Tensor:
    """(L, 4) int32 on the points' device: cells, dense, entries, first entry of each level."""
    return _placed(levels.rows, like.device)


@lru_cache(maxsize=64)
def _placed(rows: tuple[tuple[int, ...], ...], device: torch.device) -> Tensor:
    return torch.tensor(rows, dtype=torch.int32, device=device)
