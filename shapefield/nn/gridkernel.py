"""Compiled lookup of a three-dimensional grid of an even number of features a level, and its gradients, for CPUs.

Numba releases the GIL in these loops, so plain Python threads run them side by side: points are shared out in the
forward direction, levels in the backward one, where each level's entries belong to one thread and sums keep their
order. Results do not depend on the number of threads. `gridlookup` has the same in plain torch.

Written out corner by corner and with unsigned indices on purpose: measured 3.6 times quicker than loops over corners
and features, for numba checks signed indices for wrap-around and keeps such loops rolled. Features go two by two.

Legend: n points, L levels, F features, E entries; corners are numbered x + 2 y + 4 z.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from shapefield.machine.compiling import compiled
from shapefield.nn.cellkernel import place

F = np.float32
_P1, _P2 = np.uint32(2654435761), np.uint32(805459861)
_ONE = np.uint32(1)


@njit(inline="always")
def _entries(i, j, m, side, is_dense, mask):
    """Table entries of the eight corners of cell (i, j, m)."""
    if is_dense:
        i1, j0, m0 = i + _ONE, j * side, m * (side * side)
        j1, m1 = j0 + side, m0 + side * side
        return (
            i + j0 + m0,
            i1 + j0 + m0,
            i + j1 + m0,
            i1 + j1 + m0,
            i + j0 + m1,
            i1 + j0 + m1,
            i + j1 + m1,
            i1 + j1 + m1,
        )
    i1, j0, m0 = i + _ONE, j * _P1, m * _P2
    j1, m1 = j0 + _P1, m0 + _P2
    return (
        (i ^ j0 ^ m0) & mask,
        (i1 ^ j0 ^ m0) & mask,
        (i ^ j1 ^ m0) & mask,
        (i1 ^ j1 ^ m0) & mask,
        (i ^ j0 ^ m1) & mask,
        (i1 ^ j0 ^ m1) & mask,
        (i ^ j1 ^ m1) & mask,
        (i1 ^ j1 ^ m1) & mask,
    )


@njit(inline="always")
def _cell(point, cells, side, is_dense, mask):
    """The entries of the corners around a point (3,), and along each axis the weights of the near and the far ones."""
    i, fx = place(point[0], cells)
    j, fy = place(point[1], cells)
    m, fz = place(point[2], cells)
    return _entries(i, j, m, side, is_dense, mask), (F(1) - fx, F(1) - fy, F(1) - fz), (fx, fy, fz)


@njit(inline="always")
def _level(resolution, offset, dense, level):
    """Cells, corners along an edge, whether dense, the hash's mask, first and last entry of a level."""
    first, stop = offset[level], offset[level + 1]
    cells = np.int32(resolution[level])
    return cells, np.uint32(cells + 1), dense[level], np.uint32(stop - first - 1), first, stop


@compiled(fastmath=True)
def encode(points, table, pairs, resolution, offset, dense, out, start, stop):
    """out[start:stop] (n, L F) = interpolated features of points (n, 3) float32, table (E, F) float32."""
    features = 2 * len(pairs)
    for level in range(resolution.shape[0]):
        cells, side, is_dense, mask, low, high = _level(resolution, offset, dense, level)
        t = table[low:high]
        for k in range(start, stop):
            (a, b, c, d, e, f, g, h), (ex, ey, ez), (fx, fy, fz) = _cell(points[k], cells, side, is_dense, mask)
            u, v, w, x = ey * ez, fy * ez, ey * fz, fy * fz
            for p in range(len(pairs)):
                for q in (2 * p, 2 * p + 1):
                    out[k, features * level + q] = (
                        u * (ex * t[a, q] + fx * t[b, q])
                        + v * (ex * t[c, q] + fx * t[d, q])
                        + w * (ex * t[e, q] + fx * t[f, q])
                        + x * (ex * t[g, q] + fx * t[h, q])
                    )


@compiled(fastmath=True)
def interpolate(points, grid, out, start, stop):
    """out[start:stop] (n,) = trilinear value at points (n, 3) of grid (b, b, b), nodes linspace(-1, 1, b)."""
    cells = np.int32(grid.shape[0] - 1)
    for k in range(start, stop):
        i, fx = place(points[k, 0], cells)
        j, fy = place(points[k, 1], cells)
        m, fz = place(points[k, 2], cells)
        i1, j1, m1 = i + _ONE, j + _ONE, m + _ONE
        ez = F(1) - fz
        low = (F(1) - fy) * (ez * grid[i, j, m] + fz * grid[i, j, m1]) + fy * (
            ez * grid[i, j1, m] + fz * grid[i, j1, m1]
        )
        high = (F(1) - fy) * (ez * grid[i1, j, m] + fz * grid[i1, j, m1]) + fy * (
            ez * grid[i1, j1, m] + fz * grid[i1, j1, m1]
        )
        out[k] = low + fx * (high - low)


@njit(inline="always")
def _add(gradient, entry, q, weight, u0, u1):
    gradient[entry, q] += weight * u0
    gradient[entry, q + 1] += weight * u1


@compiled(fastmath=True)
def scatter(points, upstream, pairs, resolution, offset, dense, gradient, start, stop):
    """Add the table's gradient of levels start..stop-1 to gradient (E, F); upstream (n, L F)."""
    features = 2 * len(pairs)
    for level in range(start, stop):
        cells, side, is_dense, mask, low, high = _level(resolution, offset, dense, level)
        t = gradient[low:high]
        for k in range(points.shape[0]):
            (a, b, c, d, e, f, g, h), (ex, ey, ez), (fx, fy, fz) = _cell(points[k], cells, side, is_dense, mask)
            for p in range(len(pairs)):
                q = 2 * p
                u0, u1 = upstream[k, features * level + q], upstream[k, features * level + q + 1]
                _add(t, a, q, ex * ey * ez, u0, u1)
                _add(t, b, q, fx * ey * ez, u0, u1)
                _add(t, c, q, ex * fy * ez, u0, u1)
                _add(t, d, q, fx * fy * ez, u0, u1)
                _add(t, e, q, ex * ey * fz, u0, u1)
                _add(t, f, q, fx * ey * fz, u0, u1)
                _add(t, g, q, ex * fy * fz, u0, u1)
                _add(t, h, q, fx * fy * fz, u0, u1)


@njit(inline="always")
def _dot(table, entry, q, u0, u1):
    return table[entry, q] * u0 + table[entry, q + 1] * u1


@compiled(fastmath=True)
def slope(points, table, upstream, pairs, resolution, offset, dense, out, start, stop):
    """out[start:stop] (n, 3) = gradient of sum(upstream * features) by the points; 0 outside the box."""
    features = 2 * len(pairs)
    out[start:stop] = F(0)
    for level in range(resolution.shape[0]):
        cells, side, is_dense, mask, low, high = _level(resolution, offset, dense, level)
        t, half = table[low:high], F(0.5) * F(cells)
        for k in range(start, stop):
            (a, b, c, d, e, f, g, h), (ex, ey, ez), (fx, fy, fz) = _cell(points[k], cells, side, is_dense, mask)
            for p in range(len(pairs)):
                q = 2 * p
                u0, u1 = upstream[k, features * level + q], upstream[k, features * level + q + 1]
                va, vb = _dot(t, a, q, u0, u1), _dot(t, b, q, u0, u1)
                vc, vd = _dot(t, c, q, u0, u1), _dot(t, d, q, u0, u1)
                ve, vf = _dot(t, e, q, u0, u1), _dot(t, f, q, u0, u1)
                vg, vh = _dot(t, g, q, u0, u1), _dot(t, h, q, u0, u1)
                out[k, 0] += half * (ez * (ey * (vb - va) + fy * (vd - vc)) + fz * (ey * (vf - ve) + fy * (vh - vg)))
                out[k, 1] += half * (ez * (ex * (vc - va) + fx * (vd - vb)) + fz * (ex * (vg - ve) + fx * (vh - vf)))
                out[k, 2] += half * (ey * (ex * (ve - va) + fx * (vf - vb)) + fy * (ex * (vg - vc) + fx * (vh - vd)))
    for k in range(start, stop):
        for axis in range(3):
            if abs(points[k, axis]) > F(1):
                out[k, axis] = F(0)
