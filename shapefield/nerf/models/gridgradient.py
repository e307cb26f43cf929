"""The gradient of a rendered vertex grid, from what `gridkernel.forward` has noted of its samples.

With v_i = g_rgb . c_i + g_opacity + g_depth t_i the gradient by optical thickness is
    dL/dtau_i = T_{i+1} v_i - (sum_{j>i} w_j v_j + T_end g_rgb . background)
so the suffix sum is the ray's total minus what lies before (Instant-NGP does the same). The distortion adds its own
gradient by w_i to v_i,
    2 sum_j w_j |s_i - s_j| + 2/3 w_i step = 2 (s_i (2 A_i + w_i - A) - (2 B_i + w_i s_i - B)) + 2/3 w_i step
with A_i = sum_{j<i} w_j, B_i = sum_{j<i} w_j s_j and A, B over all; their sum over the ray is twice the distortion.

Only the rows that a sample has touched get a gradient: they are marked first, numbered in rising order, and then the
samples' shares are added up, each row by one thread and in the order of the samples. Results do not depend on the
number of threads.

Legend: as in `gridkernel`; n touched rows.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from shapefield.machine.compiling import compiled
from shapefield.nerf.models.gridkernel import F, weights


@compiled(fastmath=True)
def backward(
    counts, rgb, opacity, depth, spread, g_rgb, g_opacity, g_depth, g_spread, step,
    corner, note, given, touched, coloured, start, stop,
):  # fmt: skip
    """Gradients of the samples of rays start..stop, which are the notes' first and following ones.

    given    : (N, 4), written: the gradient by the raw value, and by the three colours before their sigmoid
    touched  : (m,) bool, set for the rows of every sample;  coloured : (m,) bool, for those whose colour counts
    """
    s = 0
    for ray in range(start, stop):
        g0, g1, g2, go, gd = g_rgb[ray, 0], g_rgb[ray, 1], g_rgb[ray, 2], g_opacity[ray], g_depth[ray]
        after = g0 * rgb[ray, 0] + g1 * rgb[ray, 1] + g2 * rgb[ray, 2] + go * opacity[ray] + gd * depth[ray]
        gs, whole, middle, before = g_spread[ray], opacity[ray], F(0), F(0)
        after += F(2) * gs * spread[ray]
        light = F(1)
        if gs != F(0):
            for q in range(s, s + counts[ray]):
                middle += light * note[q, 1] * note[q, 6]
                light *= F(1) - note[q, 1]
        light = F(1)
        for _ in range(counts[ray]):
            stopped, even = note[s, 1], note[s, 6]
            weight = light * stopped
            c0, c1, c2 = note[s, 3], note[s, 4], note[s, 5]
            sample = go + gd * note[s, 0] + g0 * c0 + g1 * c1 + g2 * c2
            apart = even * (F(2) * (F(1) - light) + weight - whole) - (F(2) * before + weight * even - middle)
            sample += F(2) * gs * (apart + weight * step / F(3))
            before += weight * even
            light *= F(1) - stopped
            after -= weight * sample
            given[s, 0] = (light * sample - after) * note[s, 2]
            given[s, 1] = g0 * weight * c0 * (F(1) - c0)
            given[s, 2] = g1 * weight * c1 * (F(1) - c1)
            given[s, 3] = g2 * weight * c2 * (F(1) - c2)
            seen = given[s, 1] != F(0) or given[s, 2] != F(0) or given[s, 3] != F(0)
            for q in range(4):
                row = corner[s, q]
                touched[row] = True
                touched[row + np.uint32(1)] = True
                if seen:
                    coloured[row] = True
                    coloured[row + np.uint32(1)] = True
            s += 1


@compiled(fastmath=True)
def add_raw(corner, place, given, slot, low, high, out):
    """Add the samples' gradients by the raw value to out (n,), at low <= slot[row] < high."""
    for s in range(corner.shape[0]):
        w = weights(place[s, 0], place[s, 1], place[s, 2])
        g = given[s, 0]
        for q in range(4):
            row = corner[s, q]
            here = slot[row]
            if low <= here < high:
                out[here] += w[2 * q] * g
            here = slot[row + np.uint32(1)]
            if low <= here < high:
                out[here] += w[2 * q + 1] * g


@njit(inline="always")
def _spread(corner, place, slot, low, high, s, share, channels, out):
    w = weights(place[s, 0], place[s, 1], place[s, 2])
    for q in range(8):
        here = slot[corner[s, q // 2] + np.uint32(q % 2)]
        if low <= here < high:
            first = np.uint64(here) * np.uint64(channels)
            for p in range(np.uint64(channels)):
                out[first + p] += w[q] * share[p]


@compiled(fastmath=True)
def add_colour(counts, corner, place, given, basis, slot, low, high, out, start, stop):
    """Add the gradients by colour of the samples of rays start..stop to out (n * 3 k,), at low <= slot[row] < high."""
    k = basis.shape[1]
    share = np.empty(3 * k, dtype=np.float32)
    s = 0
    for ray in range(start, stop):
        for _ in range(counts[ray]):
            g0, g1, g2 = given[s, 1], given[s, 2], given[s, 3]
            if g0 != F(0) or g1 != F(0) or g2 != F(0):
                for q in range(k):
                    b = basis[ray, q]
                    share[q], share[k + q], share[2 * k + q] = g0 * b, g1 * b, g2 * b
                if k == 4:  # a length known to the compiler
                    _spread(corner, place, slot, low, high, s, share, 12, out)
                else:
                    _spread(corner, place, slot, low, high, s, share, 3 * k, out)
            s += 1
