"""Compiled rendering of the vertex grid on CPUs: whole rays forwards, and their gradient by marching once more.

Numba lets go of the GIL in these loops, so plain threads run them side by side: rays are shared out when rendering,
slabs of the table when gradients are added up, where each row belongs to one thread and sums keep the order of rays.
Results do not depend on the number of threads. `grid` has the same in plain torch.

With v_i = g_rgb . c_i + g_opacity + g_depth t_i the gradient by optical thickness is
    dL/dtau_i = T_{i+1} v_i - (sum_{j>i} w_j v_j + T_end g_rgb . background)
so the suffix sum is the ray's total minus what the march has passed (Instant-NGP does the same).

Legend: R rays, N samples, m rows of the table, v vertices and r = v - 1 cells along an edge, k harmonics, 3 k channels.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from shapefield.machine.compiling import compiled
from shapefield.nn.cellkernel import place

F = np.float32
COLOUR_FROM = F(1e-3)
OPAQUE = F(1e-4)
"""A ray ends when less light than this is left."""
STRIDE = 4


@njit(inline="always")
def _softplus(x):
    return x if x > F(15) else F(math.log1p(math.exp(x)))


@njit(inline="always")
def _sigmoid(x):
    return F(1) / (F(1) + F(math.exp(-x)))


@njit(inline="always")
def _largest(x, y, z):
    return max(abs(x), max(abs(y), abs(z)))


@njit(inline="always")
def _warp(x, y, z, contracted):
    """Model frame → grid frame: itself, or all of space in [-1, 1]^3 with the box in the middle half."""
    if not contracted:
        return x, y, z, F(1)
    m = _largest(x, y, z)
    if m <= F(1):
        return F(0.5) * x, F(0.5) * y, F(0.5) * z, F(2)
    s = F(0.5) * (F(2) - F(1) / m) / m
    return s * x, s * y, s * z, F(2) * m


@njit(inline="always")
def _rows(i, j, m, v, index):
    """Rows of the eight corners of cell (i, j, m), z fastest."""
    a = (i * v + j) * v + m
    c = a + v
    e = a + v * v
    g = e + v
    one = np.uint32(1)
    return index[a], index[a + one], index[c], index[c + one], index[e], index[e + one], index[g], index[g + one]


@njit(inline="always")
def _weights(fx, fy, fz):
    ex, ey, ez = F(1) - fx, F(1) - fy, F(1) - fz
    return (
        ex * ey * ez, ex * ey * fz, ex * fy * ez, ex * fy * fz,
        fx * ey * ez, fx * ey * fz, fx * fy * ez, fx * fy * fz,
    )  # fmt: skip


@njit(inline="always")
def _colour(table, rows, w, basis, k, out):
    """out (3,) = sigmoid of the interpolated harmonics; table (m, 3 k)."""
    for channel in range(3):
        total = F(0)
        for q in range(k):
            p = channel * k + q
            value = (
                w[0] * table[rows[0], p] + w[1] * table[rows[1], p] + w[2] * table[rows[2], p]
                + w[3] * table[rows[3], p] + w[4] * table[rows[4], p] + w[5] * table[rows[5], p]
                + w[6] * table[rows[6], p] + w[7] * table[rows[7], p]
            )  # fmt: skip
            total += value * basis[q]
        out[channel] = _sigmoid(total)


@njit(inline="always")
def _next(x, y, z, dx, dy, dz, step, coarse, r):
    """Steps to take from a point: 1 in a coarse cell that holds something, else as many as lead out of it."""
    count = coarse.shape[0]
    side = F(2) * F(STRIDE) / F(r)
    i = min(max(np.int32((x + F(1)) / side), np.int32(0)), np.int32(count - 1))
    j = min(max(np.int32((y + F(1)) / side), np.int32(0)), np.int32(count - 1))
    m = min(max(np.int32((z + F(1)) / side), np.int32(0)), np.int32(count - 1))
    if coarse[i, j, m]:
        return np.int32(1), True
    far = F(1e9)
    if dx != F(0):
        far = min(far, ((F(i) + (F(1) if dx > F(0) else F(0))) * side - F(1) - x) / dx)
    if dy != F(0):
        far = min(far, ((F(j) + (F(1) if dy > F(0) else F(0))) * side - F(1) - y) / dy)
    if dz != F(0):
        far = min(far, ((F(m) + (F(1) if dz > F(0) else F(0))) * side - F(1) - z) / dz)
    return max(np.int32(1), np.int32(math.ceil(max(far, F(0)) / step))), False


@njit(inline="always")
def _at(x, y, z, dx, dy, dz, step, contracted, cells, coarse, r):
    """What a ray finds at a point of the model frame: whether there is matter, the steps to the next point that may
    have some, a step's length there as a multiple of `step`, the cell, and the place in it."""
    x, y, z, grow = _warp(x, y, z, contracted)
    here = True
    jump = np.int32(1)
    if not contracted:
        jump, here = _next(x, y, z, dx, dy, dz, step, coarse, r)
    i, fx = place(x, r)
    j, fy = place(y, r)
    m, fz = place(z, r)
    if here:
        here = cells[i, j, m]
    return here, jump, grow, i, j, m, fx, fy, fz


@njit(inline="always")
def _looked_up(raw, i, j, m, fx, fy, fz, v, index, shift):
    """Rows and weights of a cell's corners, and the raw density interpolated between them, shifted; raw (m,)."""
    rows = _rows(i, j, m, v, index)
    w = _weights(fx, fy, fz)
    value = shift
    value += w[0] * raw[rows[0]] + w[1] * raw[rows[1]] + w[2] * raw[rows[2]] + w[3] * raw[rows[3]]
    value += w[4] * raw[rows[4]] + w[5] * raw[rows[5]] + w[6] * raw[rows[6]] + w[7] * raw[rows[7]]
    return rows, w, value


@compiled(fastmath=True)
def forward(
    origins, directions, enter, leave, basis, background,
    raw, table, index, cells, coarse, shape, rgb, opacity, depth, counts, start, stop,
):  # fmt: skip
    """rgb (R, 3) over the background, opacity (R,), depth (R,), counts (R,) samples with matter, of rays start..stop.

    shape : float32 (step, cell length's share, shift, contracted), see `grid`
    """
    r = np.int32(cells.shape[0])
    v = np.uint32(r + 1)
    step, share, shift, contracted = shape[0], shape[1], shape[2], shape[3] > 0
    k = basis.shape[1]
    c = np.empty(3, dtype=np.float32)
    for ray in range(start, stop):
        ox, oy, oz = origins[ray, 0], origins[ray, 1], origins[ray, 2]
        dx, dy, dz = directions[ray, 0], directions[ray, 1], directions[ray, 2]
        light, red, green, blue, far, seen = F(1), F(0), F(0), F(0), F(0), 0
        first, last = enter[ray], leave[ray]
        n = np.int32(0)
        t = first + F(0.5) * step
        while True:
            if not contracted:
                t = first + (F(n) + F(0.5)) * step
            if t >= last:
                break
            here, jump, grow, i, j, m, fx, fy, fz = _at(
                ox + t * dx, oy + t * dy, oz + t * dz, dx, dy, dz, step, contracted, cells, coarse, r
            )
            if here:
                rows, w, value = _looked_up(raw, i, j, m, fx, fy, fz, v, index, shift)
                passed = F(math.exp(-_softplus(value) * share))
                weight = light * (F(1) - passed)
                seen += 1
                far += weight * t
                if weight > COLOUR_FROM:
                    _colour(table, rows, w, basis[ray], k, c)
                    red += weight * c[0]
                    green += weight * c[1]
                    blue += weight * c[2]
                light *= passed
                if light < OPAQUE:
                    break
            n += jump
            t += step * grow
        rgb[ray, 0] = red + light * background[ray, 0]
        rgb[ray, 1] = green + light * background[ray, 1]
        rgb[ray, 2] = blue + light * background[ray, 2]
        opacity[ray] = F(1) - light
        depth[ray] = far
        counts[ray] = seen


@compiled(fastmath=True)
def backward(
    origins, directions, enter, leave, basis, raw, table, index, cells, coarse, shape, rgb, opacity, depth,
    g_rgb, g_opacity, g_depth, offsets, cell, place, g_raw, g_colour, owner, start, stop,
):  # fmt: skip
    """March rays start..stop again and note, at offsets[ray]…, every sample's cell (N,) flat, place (N, 3) in it,
    gradient by the raw value (N,) and by the colour before its sigmoid (N, 3; 0 unseen), and its ray (N,)."""
    r = np.int32(cells.shape[0])
    v = np.uint32(r + 1)
    step, share, shift, contracted = shape[0], shape[1], shape[2], shape[3] > 0
    k = basis.shape[1]
    c = np.empty(3, dtype=np.float32)
    for ray in range(start, stop):
        ox, oy, oz = origins[ray, 0], origins[ray, 1], origins[ray, 2]
        dx, dy, dz = directions[ray, 0], directions[ray, 1], directions[ray, 2]
        g0, g1, g2, go, gd = g_rgb[ray, 0], g_rgb[ray, 1], g_rgb[ray, 2], g_opacity[ray], g_depth[ray]
        after = g0 * rgb[ray, 0] + g1 * rgb[ray, 1] + g2 * rgb[ray, 2] + go * opacity[ray] + gd * depth[ray]
        light = F(1)
        first, last = enter[ray], leave[ray]
        n = np.int32(0)
        t = first + F(0.5) * step
        slot = offsets[ray]
        while True:
            if not contracted:
                t = first + (F(n) + F(0.5)) * step
            if t >= last:
                break
            here, jump, grow, i, j, m, fx, fy, fz = _at(
                ox + t * dx, oy + t * dy, oz + t * dz, dx, dy, dz, step, contracted, cells, coarse, r
            )
            if here:
                rows, w, value = _looked_up(raw, i, j, m, fx, fy, fz, v, index, shift)
                passed = F(math.exp(-_softplus(value) * share))
                weight = light * (F(1) - passed)
                light *= passed
                sample = go + gd * t
                g_colour[slot, 0], g_colour[slot, 1], g_colour[slot, 2] = F(0), F(0), F(0)
                if weight > COLOUR_FROM:
                    _colour(table, rows, w, basis[ray], k, c)
                    sample += g0 * c[0] + g1 * c[1] + g2 * c[2]
                    g_colour[slot, 0] = g0 * weight * c[0] * (F(1) - c[0])
                    g_colour[slot, 1] = g1 * weight * c[1] * (F(1) - c[1])
                    g_colour[slot, 2] = g2 * weight * c[2] * (F(1) - c[2])
                after -= weight * sample
                g_raw[slot] = (light * sample - after) * share * _sigmoid(value)
                cell[slot] = np.int32((i * np.uint32(r) + j) * np.uint32(r) + m)
                place[slot, 0], place[slot, 1], place[slot, 2] = fx, fy, fz
                owner[slot] = ray
                slot += 1
                if light < OPAQUE:
                    break
            n += jump
            t += step * grow


@njit(inline="always")
def _give(d_raw, d_table, row, low, high, w, g, g_colour, s, basis, k):
    if low <= row < high:
        d_raw[row] += w * g
        u0, u1, u2 = w * g_colour[s, 0], w * g_colour[s, 1], w * g_colour[s, 2]
        if u0 != F(0) or u1 != F(0) or u2 != F(0):
            for q in range(k):
                d_table[row, q] += u0 * basis[q]
                d_table[row, k + q] += u1 * basis[q]
                d_table[row, 2 * k + q] += u2 * basis[q]


@compiled(fastmath=True)
def scatter(cell, place, g_raw, g_colour, owner, basis, index, r, slab_low, slab_high, low, high, d_raw, d_table):
    """Add the samples' gradients to rows low <= row < high of d_raw (m,) and d_table (m, 3 k).

    slab_low, slab_high : cells along x that can touch those rows; samples elsewhere are passed over
    """
    v = np.uint32(r + 1)
    k = basis.shape[1]
    plane = r * r
    for s in range(cell.shape[0]):
        flat = cell[s]
        i = flat // plane
        if i < slab_low or i >= slab_high:
            continue
        rest = flat - i * plane
        j = rest // r
        rows = _rows(np.uint32(i), np.uint32(j), np.uint32(rest - j * r), v, index)
        w = _weights(place[s, 0], place[s, 1], place[s, 2])
        b, g = basis[owner[s]], g_raw[s]
        _give(d_raw, d_table, rows[0], low, high, w[0], g, g_colour, s, b, k)
        _give(d_raw, d_table, rows[1], low, high, w[1], g, g_colour, s, b, k)
        _give(d_raw, d_table, rows[2], low, high, w[2], g, g_colour, s, b, k)
        _give(d_raw, d_table, rows[3], low, high, w[3], g, g_colour, s, b, k)
        _give(d_raw, d_table, rows[4], low, high, w[4], g, g_colour, s, b, k)
        _give(d_raw, d_table, rows[5], low, high, w[5], g, g_colour, s, b, k)
        _give(d_raw, d_table, rows[6], low, high, w[6], g, g_colour, s, b, k)
        _give(d_raw, d_table, rows[7], low, high, w[7], g, g_colour, s, b, k)
