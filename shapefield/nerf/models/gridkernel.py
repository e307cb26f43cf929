"""Compiled rendering of the vertex grid on CPUs: whole rays forwards, with notes from which `gridgradient` makes their
gradient without marching again.

Numba lets go of the GIL in these loops, so plain threads run them side by side. `grid` has the same in plain torch.

All corners of a cell in which there may be matter have rows, and rows are numbered with z fastest: corners that differ
in z alone have rows that follow each other. A cell is known by the rows of its four corners of lower z.

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
    """Rows of the four corners of cell (i, j, m) of lower z, y faster than x."""
    a = (i * v + j) * v + m
    c = a + v
    e = a + v * v
    return np.uint32(index[a]), np.uint32(index[c]), np.uint32(index[e]), np.uint32(index[e + v])


@njit(inline="always")
def weights(fx, fy, fz):
    """Trilinear weights of a cell's eight corners, z fastest, from the place in it."""
    ex, ey, ez = F(1) - fx, F(1) - fy, F(1) - fz
    return (
        ex * ey * ez, ex * ey * fz, ex * fy * ez, ex * fy * fz,
        fx * ey * ez, fx * ey * fz, fx * fy * ez, fx * fy * fz,
    )  # fmt: skip


@njit(inline="always")
def _mixed(table, rows, w, channels, found):
    """found (channels,) = the interpolated row of the flat table (m * channels,)."""
    width = np.uint64(channels)
    a, c, e, g = rows[0] * width, rows[1] * width, rows[2] * width, rows[3] * width
    for p in range(width):
        found[p] = (
            w[0] * table[a + p] + w[1] * table[a + width + p] + w[2] * table[c + p] + w[3] * table[c + width + p]
            + w[4] * table[e + p] + w[5] * table[e + width + p] + w[6] * table[g + p] + w[7] * table[g + width + p]
        )  # fmt: skip


@njit(inline="always")
def _colour(table, rows, w, basis, k, found):
    """Sigmoid of the interpolated harmonics, red, green and blue; table (m * 3 k,) flat, basis (k,)."""
    if k == 4:  # a length known to the compiler: twice as quick
        _mixed(table, rows, w, 12, found)
    else:
        _mixed(table, rows, w, 3 * k, found)
    red, green, blue = F(0), F(0), F(0)
    for q in range(k):
        red += found[q] * basis[q]
        green += found[k + q] * basis[q]
        blue += found[2 * k + q] * basis[q]
    return _sigmoid(red), _sigmoid(green), _sigmoid(blue)


@njit(inline="always")
def _inverse(d):
    """1 / d, finite."""
    return F(1) / d if abs(d) > F(1e-9) else F(1e9)


@njit(inline="always")
def _leaves(x, along, i, d, side):
    """Distance from x, in steps of inverse direction `along`, to where a ray leaves the d cells around cell i."""
    edge = F(i) + F(d) if along > F(0) else F(i) - F(d) + F(1)
    return (edge * side - F(1) - x) * along


@njit(inline="always")
def _free(x, y, z, ax, ay, az, step, contracted, leap, r):
    """Steps from a point of the grid frame to the next that may find matter; 0 where its coarse cell holds some.

    ax, ay, az : inverse direction in the model frame;  leap : (c, c, c) uint8, see `occupancy.leaps`
    In contracted space a step of 2 |x| times `step` covers at most |x| / (|x| - 2 |x| step) of twice `step`.
    """
    count = leap.shape[0]
    side = F(2) * F(STRIDE) / F(r)
    scale = F(r) * F(0.5 / STRIDE)
    i = min(max(np.int32((x + F(1)) * scale), np.int32(0)), np.int32(count - 1))
    j = min(max(np.int32((y + F(1)) * scale), np.int32(0)), np.int32(count - 1))
    m = min(max(np.int32((z + F(1)) * scale), np.int32(0)), np.int32(count - 1))
    d = np.int32(leap[np.uint32(i), np.uint32(j), np.uint32(m)])
    if d == 0:
        return np.int32(0)
    if contracted:
        longest = F(2) * step / max(F(1) - F(2) * step, F(0.1))
        return np.int32(F(d - 1) * side / longest) + np.int32(1)
    far = min(_leaves(x, ax, i, d, side), min(_leaves(y, ay, j, d, side), _leaves(z, az, m, d, side)))
    return max(np.int32(1), np.int32(math.ceil(max(far, F(0)) / step)))


@njit(inline="always")
def _looked_up(raw, i, j, m, fx, fy, fz, v, index, shift):
    """Rows and weights of a cell's corners, and the raw density interpolated between them, shifted; raw (m,)."""
    rows = _rows(i, j, m, v, index)
    w = weights(fx, fy, fz)
    a, c, e, g = rows
    one = np.uint32(1)
    value = shift
    value += w[0] * raw[a] + w[1] * raw[a + one] + w[2] * raw[c] + w[3] * raw[c + one]
    value += w[4] * raw[e] + w[5] * raw[e + one] + w[6] * raw[g] + w[7] * raw[g + one]
    return rows, w, value


@njit(inline="always")
def _stopped(value, share):
    """Share of light that a sample lets pass, that it stops, and the slope of softplus(value) * share."""
    e = F(math.exp(min(value, F(40))))
    passed = F(1) / (F(1) + e)
    soft = e * passed
    if share == F(1):
        return passed, soft, soft
    passed = F(math.exp(share * F(math.log(passed))))
    return passed, F(1) - passed, share * soft


@compiled(fastmath=True)
def forward(
    origins, directions, enter, leave, basis, background, raw, table, index, cells, leap, shape,
    rgb, opacity, depth, spread, counts, keep, corner, place_in, note, used, start, stop,
):  # fmt: skip
    """rgb (R, 3) over the background, opacity (R,), depth (R,), spread (R,) Mip-NeRF 360's distortion (eq. 15) with all
    steps as long as `step`, counts (R,) samples with matter, of rays start..stop.

    table : (m * 3 k,) flat;  shape : float32 (step, cell length's share, shift, contracted), see `grid`
    With `keep` every sample is noted from `used` on: its rows in corner (N, 4), its place in the cell in place_in
    (N, 3), and in note (N, 7) its distance, the share of light that it stops, the slope of its optical thickness by
    the raw value, its colour (0 where it was not looked up), and its distance in even steps.
    Returns the ray that could not be noted whole for want of room, else `stop`.
    """
    r = np.int32(cells.shape[0])
    v = np.uint32(r + 1)
    step, share, shift, contracted = shape[0], shape[1], shape[2], shape[3] > 0
    k = basis.shape[1]
    room = corner.shape[0]
    found = np.empty(3 * k, dtype=np.float32)
    slot = used
    for ray in range(start, stop):
        ox, oy, oz = origins[ray, 0], origins[ray, 1], origins[ray, 2]
        dx, dy, dz = directions[ray, 0], directions[ray, 1], directions[ray, 2]
        light, red, green, blue, far, seen = F(1), F(0), F(0), F(0), F(0), 0
        middle, pairs = F(0), F(0)
        ax, ay, az = _inverse(dx), _inverse(dy), _inverse(dz)
        first, last = enter[ray], leave[ray]
        n = np.int32(0)
        t = first + F(0.5) * step
        while t < last:
            x, y, z, grow = _warp(ox + t * dx, oy + t * dy, oz + t * dz, contracted)
            jump = _free(x, y, z, ax, ay, az, step, contracted, leap, r)
            i, fx = place(x, r)
            j, fy = place(y, r)
            m, fz = place(z, r)
            if jump == 0 and cells[i, j, m]:
                rows, w, value = _looked_up(raw, i, j, m, fx, fy, fz, v, index, shift)
                passed, stopped, slope = _stopped(value, share)
                weight = light * stopped
                seen += 1
                far += weight * t
                even = (F(n) + F(0.5)) * step
                pairs += weight * (F(2) * (even * (F(1) - light) - middle) + weight * step / F(3))
                middle += weight * even
                c0, c1, c2 = F(0), F(0), F(0)
                if weight > COLOUR_FROM:
                    c0, c1, c2 = _colour(table, rows, w, basis[ray], k, found)
                    red += weight * c0
                    green += weight * c1
                    blue += weight * c2
                if keep:
                    if slot == room:
                        return ray
                    corner[slot, 0], corner[slot, 1], corner[slot, 2], corner[slot, 3] = rows
                    place_in[slot, 0], place_in[slot, 1], place_in[slot, 2] = fx, fy, fz
                    note[slot, 0], note[slot, 1], note[slot, 2] = t, stopped, slope
                    note[slot, 3], note[slot, 4], note[slot, 5], note[slot, 6] = c0, c1, c2, even
                    slot += 1
                light *= passed
                if light < OPAQUE:
                    break
            n += max(jump, np.int32(1))
            if contracted:
                t += step * grow
                for _ in range(jump - 1):
                    t += step * F(2) * max(F(1), _largest(ox + t * dx, oy + t * dy, oz + t * dz))
            else:
                t = first + (F(n) + F(0.5)) * step
        rgb[ray, 0] = red + light * background[ray, 0]
        rgb[ray, 1] = green + light * background[ray, 1]
        rgb[ray, 2] = blue + light * background[ray, 2]
        opacity[ray] = F(1) - light
        depth[ray] = far
        spread[ray] = pairs
        counts[ray] = seen
    return stop
