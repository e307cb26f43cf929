"""Which points lie near one another, and how far one closed polygon lies from another. Compiled loops."""

from __future__ import annotations

import numpy as np

from shapefield.machine.compiling import compiled

ALONG = np.array([0.5377, 0.3184, 0.7806])
"""The direction along which points are sorted: askew, so that no plane of a model's own lies across it."""


def near_pairs(points: np.ndarray, width: float) -> np.ndarray:
    """(k, 2) pairs of points (n, 3) within `width` of each other. Made for widths far below the points' extent."""
    along = points @ ALONG
    order = np.argsort(along, kind="stable")
    return order[_near(np.ascontiguousarray(points[order]), along[order], width)]


def mean_distance(ring: np.ndarray, other: np.ndarray, most: float) -> float:
    """The mean distance of the points (k, 3) from a closed polygon (l, 3); infinite where it exceeds `most`."""
    return _mean_distance(ring, other, most)


@compiled
def _near(points, along, width):
    size, count = 64, 0
    found = np.empty((size, 2), dtype=np.int64)
    for i in range(len(points)):
        j = i + 1
        while j < len(points) and along[j] - along[i] <= width:
            x, y, z = points[j, 0] - points[i, 0], points[j, 1] - points[i, 1], points[j, 2] - points[i, 2]
            if x * x + y * y + z * z <= width * width:
                if count == size:
                    size *= 2
                    larger = np.empty((size, 2), dtype=np.int64)
                    larger[:count] = found
                    found = larger
                found[count, 0], found[count, 1] = i, j
                count += 1
            j += 1
    return found[:count]


@compiled
def _mean_distance(ring, other, most):
    total = 0.0
    for i in range(len(ring)):
        least = np.inf
        for j in range(len(other)):
            k = j + 1 if j + 1 < len(other) else 0
            dx, dy, dz = other[k, 0] - other[j, 0], other[k, 1] - other[j, 1], other[k, 2] - other[j, 2]
            x, y, z = ring[i, 0] - other[j, 0], ring[i, 1] - other[j, 1], ring[i, 2] - other[j, 2]
            square = dx * dx + dy * dy + dz * dz
            t = 0.0 if square == 0.0 else min(max((x * dx + y * dy + z * dz) / square, 0.0), 1.0)
            x, y, z = x - t * dx, y - t * dy, z - t * dz
            least = min(least, x * x + y * y + z * z)
        total += np.sqrt(least)
        if total > most * len(ring):
            return np.inf
    return total / len(ring)
