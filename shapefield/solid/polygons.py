"""Closed polygons in space, and the triangulations of least area over them (Barequet and Sharir 1995).

A polygon is a loop of vertex numbers (k,); its triangles (k - 2, 3) name places in the loop. Compiled loops.
"""

from __future__ import annotations

import numpy as np

from shapefield.machine.compiling import compiled

FAN = 96  # a loop longer than this is cut in two by its best chord


def triangulated(vertices: np.ndarray, loops: list[np.ndarray]) -> list[np.ndarray]:
    """For every loop over vertices (n, 3) its triangles (k - 2, 3) of least area, wound as the loop runs."""
    pieces = [(number, piece) for number, loop in enumerate(loops) for piece in _short(vertices[loop])]
    if not pieces:
        return []
    rings = np.concatenate([vertices[loops[number]][piece] for number, piece in pieces])
    starts = np.cumsum([0, *(len(piece) for _, piece in pieces)])
    triangles = _least(rings, starts)
    found: list[list[np.ndarray]] = [[] for _ in loops]
    for at, (number, piece) in enumerate(pieces):
        own = triangles[starts[at] - 2 * at : starts[at + 1] - 2 * (at + 1)]
        found[number].append(piece[own])
    return [own[0] if len(own) == 1 else np.concatenate(own) for own in found]


def spanned(vertices: np.ndarray, loops: list[np.ndarray]) -> np.ndarray:
    """(l,) the area of the least patch over each loop, its own points alone."""
    if not loops:
        return np.zeros(0)
    corners = np.concatenate([loop[own] for loop, own in zip(loops, triangulated(vertices, loops), strict=True)])
    label = np.repeat(np.arange(len(loops)), [len(loop) - 2 for loop in loops])
    a, b, c = (vertices[corners[:, k]] for k in range(3))
    area = 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1)
    return np.bincount(label, weights=area, minlength=len(loops))


def _short(ring: np.ndarray) -> list[np.ndarray]:
    """The places of a polygon (k, 3) as polygons of at most FAN points, cut along chords."""
    waiting, found = [np.arange(len(ring))], []
    while waiting:
        index = waiting.pop()
        if len(index) <= FAN:
            found.append(index)
            continue
        first, second = _best_chord(ring[index])
        waiting += [np.concatenate([index[second:], index[: first + 1]]), index[first : second + 1]]
    return found


def _best_chord(points: np.ndarray) -> tuple[int, int]:
    """The pair whose straight way is shortest against the way round, each side keeping a quarter of the loop."""
    n = len(points)
    some = np.unique(np.linspace(0, n - 1, min(n, 600)).astype(np.int64))
    apart = np.linalg.norm(points[some][:, None] - points[some][None], axis=2)
    steps = np.abs(some[:, None] - some[None])
    ratio = np.where(np.minimum(steps, n - steps) >= n // 4, apart, np.inf)
    a, b = np.unravel_index(int(ratio.argmin()), ratio.shape)
    return int(min(some[a], some[b])), int(max(some[a], some[b]))


@compiled
def _least(rings, starts):
    """Triangles of all polygons one after the other; places count from each polygon's own first point."""
    most = 0
    for at in range(len(starts) - 1):
        most = max(most, starts[at + 1] - starts[at])
    cost, split = np.zeros((most, most)), np.zeros((most, most), dtype=np.int64)
    stack = np.empty((2 * most + 2, 2), dtype=np.int64)
    found, count = np.empty((len(rings) - 2 * (len(starts) - 1), 3), dtype=np.int64), 0
    for at in range(len(starts) - 1):
        ring = rings[starts[at] : starts[at + 1]]
        n = len(ring)
        for i in range(n - 1):
            cost[i, i + 1] = 0.0
        for gap in range(2, n):
            for i in range(n - gap):
                j = i + gap
                u, v, w = ring[j, 0] - ring[i, 0], ring[j, 1] - ring[i, 1], ring[j, 2] - ring[i, 2]
                best, middle = np.inf, i + 1
                for k in range(i + 1, j):
                    a, b, c = ring[k, 0] - ring[i, 0], ring[k, 1] - ring[i, 1], ring[k, 2] - ring[i, 2]
                    x, y, z = b * w - c * v, c * u - a * w, a * v - b * u
                    total = cost[i, k] + cost[k, j] + 0.5 * np.sqrt(x * x + y * y + z * z)
                    if total < best:
                        best, middle = total, k
                cost[i, j], split[i, j] = best, middle
        stack[0, 0], stack[0, 1], depth = 0, n - 1, 1
        while depth:
            depth -= 1
            i, j = stack[depth, 0], stack[depth, 1]
            if j - i >= 2:
                k = split[i, j]
                found[count, 0], found[count, 1], found[count, 2] = i, k, j
                count += 1
                stack[depth, 0], stack[depth, 1] = i, k
                stack[depth + 1, 0], stack[depth + 1, 1] = k, j
                depth += 2
    return found
