"""Compiled lookup of a three-dimensional grid and its gradients, for CPUs.

Numba releases the GIL in these loops, so plain Python threads run them side by side: points are shared out in the
forward direction, levels in the backward one, where each level's entries belong to one thread and sums keep their
order. Results do not depend on the number of threads. `gridlookup` has the same in plain torch.

Legend: n points, L levels, F features, E entries.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_P1, _P2 = np.uint32(2654435761), np.uint32(805459861)


@njit(inline="always")
def _cell(points, k, cells):
    """Cell (three ints) and position inside it (three floats) of point k on a level of `cells` cells."""
    half = np.float32(0.5) * np.float32(cells)
    top = cells - 1
    x = (points[k, 0] + np.float32(1.0)) * half
    y = (points[k, 1] + np.float32(1.0)) * half
    z = (points[k, 2] + np.float32(1.0)) * half
    i = min(max(np.int32(np.floor(x)), 0), top)
    j = min(max(np.int32(np.floor(y)), 0), top)
    m = min(max(np.int32(np.floor(z)), 0), top)
    one, zero = np.float32(1.0), np.float32(0.0)
    fx = min(max(x - np.float32(i), zero), one)
    fy = min(max(y - np.float32(j), zero), one)
    fz = min(max(z - np.float32(m), zero), one)
    return i, j, m, fx, fy, fz


@njit(inline="always")
def _entry(i, j, m, side, is_dense, mask):
    if is_dense:
        return np.int64(i) + np.int64(side) * (np.int64(j) + np.int64(side) * np.int64(m))
    h = np.uint32(i) ^ (np.uint32(j) * _P1) ^ (np.uint32(m) * _P2)
    return np.int64(h & mask)


@njit(nogil=True, cache=True, fastmath=True)
def encode(points, table, resolution, offset, dense, out, start, stop):
    """out[start:stop] (n, L F) = interpolated features of points (n, 3) float32."""
    levels, width = resolution.shape[0], table.shape[1]
    for level in range(levels):
        cells, base, is_dense = resolution[level], offset[level], dense[level]
        mask = np.uint32(offset[level + 1] - base - 1)
        for k in range(start, stop):
            i, j, m, fx, fy, fz = _cell(points, k, cells)
            for f in range(width):
                out[k, level * width + f] = 0.0
            for corner in range(8):
                a, b, c = corner & 1, (corner >> 1) & 1, corner >> 2
                w = (fx if a else 1 - fx) * (fy if b else 1 - fy) * (fz if c else 1 - fz)
                entry = base + _entry(i + a, j + b, m + c, cells + 1, is_dense, mask)
                for f in range(width):
                    out[k, level * width + f] += w * table[entry, f]


@njit(nogil=True, cache=True, fastmath=True)
def scatter(points, upstream, resolution, offset, dense, gradient, first, last):
    """Add the table's gradient of levels first..last-1 to gradient (E, F); upstream (n, L F)."""
    width = gradient.shape[1]
    for level in range(first, last):
        cells, base, is_dense = resolution[level], offset[level], dense[level]
        mask = np.uint32(offset[level + 1] - base - 1)
        for k in range(points.shape[0]):
            i, j, m, fx, fy, fz = _cell(points, k, cells)
            for corner in range(8):
                a, b, c = corner & 1, (corner >> 1) & 1, corner >> 2
                w = (fx if a else 1 - fx) * (fy if b else 1 - fy) * (fz if c else 1 - fz)
                entry = base + _entry(i + a, j + b, m + c, cells + 1, is_dense, mask)
                for f in range(width):
                    gradient[entry, f] += w * upstream[k, level * width + f]


@njit(nogil=True, cache=True, fastmath=True)
def slope(points, table, upstream, resolution, offset, dense, out, start, stop):
    """out[start:stop] (n, 3) = gradient of sum(upstream * features) by the points; 0 outside the box."""
    levels, width = resolution.shape[0], table.shape[1]
    for k in range(start, stop):
        gx = gy = gz = np.float32(0.0)
        for level in range(levels):
            cells, base, is_dense = resolution[level], offset[level], dense[level]
            mask = np.uint32(offset[level + 1] - base - 1)
            half = np.float32(0.5) * np.float32(cells)
            i, j, m, fx, fy, fz = _cell(points, k, cells)
            for corner in range(8):
                a, b, c = corner & 1, (corner >> 1) & 1, corner >> 2
                wx, wy, wz = (fx if a else 1 - fx), (fy if b else 1 - fy), (fz if c else 1 - fz)
                entry = base + _entry(i + a, j + b, m + c, cells + 1, is_dense, mask)
                value = np.float32(0.0)
                for f in range(width):
                    value += table[entry, f] * upstream[k, level * width + f]
                gx += half * value * (wy * wz if a else -wy * wz)
                gy += half * value * (wx * wz if b else -wx * wz)
                gz += half * value * (wx * wy if c else -wx * wy)
        out[k, 0], out[k, 1], out[k, 2] = gx, gy, gz
        for axis in range(3):
            if abs(points[k, axis]) > np.float32(1.0):
                out[k, axis] = 0.0
