"""Nearest points of a triangle mesh: a balanced bounding-volume hierarchy, compiled.

Built by splitting at the median centroid along the longest side, so that the tree is complete and needs no pointers:
node i has the children 2 i + 1 and 2 i + 2. Queries descend into the nearer child first, from the answer of the query
before as a first bound; in Morton order that bound is nearly tight. Numba lets the GIL go, so that threads share the
queries and a library may load beside. All arithmetic that decides is float64; boxes are float32, rounded outward.
Of equally near faces the first of the tree's order answers, so that no answer depends on other queries or on threads.

The point of a triangle nearest to a query follows Ericson, Real-Time Collision Detection (2004), section 5.1.5.

Legend: n queries, m faces, k nodes.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numba import njit

from shapefield.machine.compiling import compiled
from shapefield.machine.threads import side_by_side, thread_count

LEAF = 4  # faces in a leaf, at most
_DEEP = 64  # room of the stack: one entry a level is needed
_MANY = 4096  # queries from which threads pay
_SLACK = 1.0 + 1e-9  # a box is entered unless it is farther by more than rounding: ties are all seen


class Hierarchy:
    """Answers for one mesh. vertices : (v, 3) float64;  faces : (m, 3) int64, at least one"""

    def __init__(self, vertices: np.ndarray, faces: np.ndarray) -> None:
        corners = np.ascontiguousarray(vertices[faces], dtype=np.float64)
        depth = max(0, math.ceil(math.log2(len(faces) / LEAF)))
        self.order = np.arange(len(faces), dtype=np.int64)
        self.start = np.zeros(2 ** (depth + 1), dtype=np.int64)
        self.stop = np.zeros_like(self.start)
        self.boxes = np.empty((2 ** (depth + 1), 6), dtype=np.float32)
        centroids = corners.mean(axis=1)
        self.stop[0] = len(faces)
        top = min(depth, (thread_count() - 1).bit_length())
        _split(centroids, self.order, self.start, self.stop, 0, top)
        roots = range(2**top - 1, 2 ** (top + 1) - 1)  # subtrees share no face
        for _ in side_by_side(lambda r: _split(centroids, self.order, self.start, self.stop, r, depth - top), roots):
            pass
        self.corners = corners[self.order].reshape(-1, 9)
        _bound(self.corners, self.start, self.stop, self.boxes, depth)
        self.first_leaf = 2**depth - 1

    def closest(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n, 3) float64 → nearest face (n,) int64 and nearest point (n, 3) float64. Quicker in Morton order."""
        points = np.ascontiguousarray(points, dtype=np.float64)
        row, nearest = np.zeros(len(points), dtype=np.int64), np.empty((len(points), 3))
        threads = min(thread_count(), max(1, len(points) // _MANY))
        # many short stretches, taken as threads come free: some parts of space cost ten times others
        pieces = 8 * threads if threads > 1 else 1
        bounds = [len(points) * k // pieces for k in range(pieces + 1)]

        def work(span: tuple[int, int]) -> None:
            arrays = (self.corners, self.start, self.stop, self.boxes, self.first_leaf)
            _nearest(points, *arrays, row, nearest, *span)

        for _ in side_by_side(work, pairwise(bounds), threads):
            pass
        return self.order[row], nearest


@compiled
def _split(centroids, order, start, stop, root, depth):
    """Split the node `root` so many levels deep; afterwards each node i below it holds order[start[i]:stop[i]].

    Faces are put in order, and their centroids (m, 3) with them.
    """
    for number in range(2**depth - 1):
        level = 0
        while (2 << level) - 1 <= number:
            level += 1
        node = root * (1 << level) + number  # the subtree's own number, on the level below its root
        low, high = start[node], stop[node]
        middle = (low + high) // 2
        x0 = y0 = z0 = np.inf
        x1 = y1 = z1 = -np.inf
        for k in range(low, high):
            x, y, z = centroids[k, 0], centroids[k, 1], centroids[k, 2]
            x0, y0, z0 = min(x0, x), min(y0, y), min(z0, z)
            x1, y1, z1 = max(x1, x), max(y1, y), max(z1, z)
        dx, dy, dz = x1 - x0, y1 - y0, z1 - z0
        axis = 0 if dx >= dy and dx >= dz else 1 if dy >= dz else 2
        _select(centroids, order, axis, low, high - 1, middle)
        start[2 * node + 1], stop[2 * node + 1] = low, middle
        start[2 * node + 2], stop[2 * node + 2] = middle, high


@compiled
def _select(centroids, order, axis, low, high, target):
    """Quickselect: afterwards no centroid before `target` exceeds any after it along the axis."""
    while low < high:
        a, b, c = centroids[low, axis], centroids[(low + high) // 2, axis], centroids[high, axis]
        pivot = max(min(a, b), min(max(a, b), c))
        i, j = low, high
        while i <= j:
            while centroids[i, axis] < pivot:
                i += 1
            while centroids[j, axis] > pivot:
                j -= 1
            if i <= j:
                order[i], order[j] = order[j], order[i]
                for k in range(3):
                    centroids[i, k], centroids[j, k] = centroids[j, k], centroids[i, k]
                i += 1
                j -= 1
        if target <= j:
            high = j
        elif target >= i:
            low = i
        else:
            return


@compiled
def _bound(corners, start, stop, boxes, depth):
    """boxes (k, 6): lowest and highest corner of every node, leaves first, rounded outward."""
    for node in range(2 ** (depth + 1) - 2, -1, -1):
        if node >= 2**depth - 1:
            for axis in range(3):
                least, greatest = np.inf, -np.inf
                for k in range(start[node], stop[node]):
                    for corner in range(3):
                        c = corners[k, 3 * corner + axis]
                        least, greatest = min(least, c), max(greatest, c)
                boxes[node, axis] = np.nextafter(np.float32(least), np.float32(-np.inf))
                boxes[node, axis + 3] = np.nextafter(np.float32(greatest), np.float32(np.inf))
        else:
            for axis in range(3):
                boxes[node, axis] = min(boxes[2 * node + 1, axis], boxes[2 * node + 2, axis])
                boxes[node, axis + 3] = max(boxes[2 * node + 1, axis + 3], boxes[2 * node + 2, axis + 3])


@njit(inline="always")
def _to_box(box, x, y, z):
    """Squared distance to a box, 0 inside; infinite for an empty one."""
    dx = max(max(box[0] - x, x - box[3]), 0.0)
    dy = max(max(box[1] - y, y - box[4]), 0.0)
    dz = max(max(box[2] - z, z - box[5]), 0.0)
    return dx * dx + dy * dy + dz * dz


@njit(inline="always")
def _weights(t, x, y, z):
    """(v, w) with a + v (b - a) + w (c - a) the triangle's point nearest to (x, y, z)."""
    bx, by, bz = t[3] - t[0], t[4] - t[1], t[5] - t[2]
    cx, cy, cz = t[6] - t[0], t[7] - t[1], t[8] - t[2]
    px, py, pz = x - t[0], y - t[1], z - t[2]
    d1, d2 = bx * px + by * py + bz * pz, cx * px + cy * py + cz * pz
    if d1 <= 0.0 and d2 <= 0.0:
        return 0.0, 0.0
    bb, bc, cc = bx * bx + by * by + bz * bz, bx * cx + by * cy + bz * cz, cx * cx + cy * cy + cz * cz
    d3, d4 = d1 - bb, d2 - bc
    if d3 >= 0.0 and d4 <= d3:
        return 1.0, 0.0
    d5, d6 = d1 - bc, d2 - cc
    if d6 >= 0.0 and d5 <= d6:
        return 0.0, 1.0
    vc = d1 * d4 - d3 * d2
    if vc <= 0.0 and d1 >= 0.0 and d3 <= 0.0 and d1 > d3:  # an edge has a length, or its end is another one's
        return d1 / (d1 - d3), 0.0
    vb = d5 * d2 - d1 * d6
    if vb <= 0.0 and d2 >= 0.0 and d6 <= 0.0 and d2 > d6:
        return 0.0, d2 / (d2 - d6)
    va = d3 * d6 - d5 * d4
    opposite = (d4 - d3) + (d5 - d6)
    if va <= 0.0 and d4 >= d3 and d5 >= d6 and opposite > 0.0:
        w = (d4 - d3) / opposite
        return 1.0 - w, w
    whole = va + vb + vc
    if not whole > 0.0:  # rounding left a sliver no inside
        return 0.0, 0.0
    return vb / whole, vc / whole


@njit(inline="always")
def _at(t, v, w):
    return (
        t[0] + v * (t[3] - t[0]) + w * (t[6] - t[0]),
        t[1] + v * (t[4] - t[1]) + w * (t[7] - t[1]),
        t[2] + v * (t[5] - t[2]) + w * (t[8] - t[2]),
    )


@compiled(error_model="numpy")
def _nearest(points, corners, start, stop, boxes, first_leaf, row, nearest, begin, end):
    """row[begin:end] and nearest[begin:end]: the nearest face's row in `corners`, and the point on it."""
    stack, far = np.empty(_DEEP, dtype=np.int64), np.empty(_DEEP)
    best = 0
    for q in range(begin, end):
        x, y, z = points[q, 0], points[q, 1], points[q, 2]
        v, w = _weights(corners[best], x, y, z)
        nx, ny, nz = _at(corners[best], v, w)
        least = (x - nx) ** 2 + (y - ny) ** 2 + (z - nz) ** 2
        stack[0], far[0], depth = 0, _to_box(boxes[0], x, y, z), 1
        while depth:
            depth -= 1
            node = stack[depth]
            if far[depth] > least * _SLACK:
                continue
            while node < first_leaf:
                left = 2 * node + 1
                a, b = _to_box(boxes[left], x, y, z), _to_box(boxes[left + 1], x, y, z)
                near, other, d = left, left + 1, b
                if b < a:
                    near, other, d = left + 1, left, a
                    a = b
                if d <= least * _SLACK:
                    stack[depth], far[depth] = other, d
                    depth += 1
                if a > least * _SLACK:
                    break
                node = near
            else:
                for k in range(start[node], stop[node]):
                    v, w = _weights(corners[k], x, y, z)
                    cx, cy, cz = _at(corners[k], v, w)
                    d = (x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2
                    if d < least or (d == least and k < best):
                        least, best, nx, ny, nz = d, k, cx, cy, cz
        row[q] = best
        nearest[q, 0], nearest[q, 1], nearest[q, 2] = nx, ny, nz
