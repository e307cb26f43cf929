"""Down a hierarchy with its own faces: which of them cross others.

Faces cross where an edge of one passes through the inside of the other (Möller and Trumbore's test). Those that share a
vertex, touch, or lie in one plane do not. Arrays are those of `shapefield.distance.bvh.BVH`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from shapefield.distance.overlapping import leaves_meeting
from shapefield.distance.traversal import _DEEP, LANES
from shapefield.machine.compiling import compiled

MARGIN = 1e-9
"""How far from its ends, in its own length, an edge must pass through a face, and from the face's rim."""


@njit(inline="always")
def _minus(vertices, i, j):
    return vertices[i, 0] - vertices[j, 0], vertices[i, 1] - vertices[j, 1], vertices[i, 2] - vertices[j, 2]


@njit(inline="always")
def _cross(a, b):
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


@njit(inline="always")
def _dot(a, b):
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@njit(error_model="numpy")
def _pierces(vertices, one, other):
    """Whether an edge of the face `one` passes through the inside of `other`; corners' numbers."""
    side, across = _minus(vertices, other[1], other[0]), _minus(vertices, other[2], other[0])
    for k in range(3):
        along = _minus(vertices, one[(k + 1) % 3], one[k])
        p = _cross(along, across)
        inverse = 1.0 / _dot(side, p)
        s = _minus(vertices, one[k], other[0])
        u = _dot(s, p) * inverse
        if not (u > MARGIN and u < 1.0 - MARGIN):
            continue
        q = _cross(s, side)
        v, t = _dot(along, q) * inverse, _dot(across, q) * inverse
        if v > MARGIN and u + v < 1.0 - MARGIN and t > MARGIN and t < 1.0 - MARGIN:
            return True
    return False


@njit
def _reach(vertices, one, other):
    """How far `one` reaches beyond the plane of `other` on the side where it reaches less far."""
    normal = _cross(_minus(vertices, other[1], other[0]), _minus(vertices, other[2], other[0]))
    size = np.sqrt(_dot(normal, normal))
    if size == 0.0:
        return 0.0
    highest, lowest = -np.inf, np.inf
    for corner in one:
        height = _dot(_minus(vertices, corner, other[0]), normal) / size
        highest, lowest = max(highest, height), min(lowest, height)
    return min(highest, -lowest)


@njit(inline="always")
def _apart(vertices, one, other):
    """Whether all corners of `one` lie on one side of the plane of `other`."""
    normal = _cross(_minus(vertices, other[1], other[0]), _minus(vertices, other[2], other[0]))
    a = _dot(_minus(vertices, one[0], other[0]), normal)
    b = _dot(_minus(vertices, one[1], other[0]), normal)
    c = _dot(_minus(vertices, one[2], other[0]), normal)
    return (a > 0.0 and b > 0.0 and c > 0.0) or (a < 0.0 and b < 0.0 and c < 0.0)


@njit(inline="always")
def _beside(vertices, face, x0, y0, z0, x1, y1, z1):
    """Whether a face lies on one side of a box."""
    a, b, c = face
    x, y, z = vertices[a, 0], vertices[a, 1], vertices[a, 2]
    u, v, w = vertices[b, 0], vertices[b, 1], vertices[b, 2]
    p, q, r = vertices[c, 0], vertices[c, 1], vertices[c, 2]
    return (
        max(x, max(u, p)) < x0
        or min(x, min(u, p)) > x1
        or max(y, max(v, q)) < y0
        or min(y, min(v, q)) > y1
        or max(z, max(w, r)) < z0
        or min(z, min(w, r)) > z1
    )


@njit
def _meet(vertices, one, other, deeper):
    for a in one:
        for b in other:
            if a == b:
                return False
    if _apart(vertices, one, other) or _apart(vertices, other, one):
        return False
    if not (_pierces(vertices, one, other) or _pierces(vertices, other, one)):
        return False
    return deeper <= 0.0 or min(_reach(vertices, one, other), _reach(vertices, other, one)) > deeper


@compiled
def crossing_in(vertices, faces, boxes, children, deeper, found, begin, end):
    """found[f] and found[g] = True for the faces f of range(begin, end), and g after them, that cross one another.

    faces : in the tree's order;  deeper : how far they must reach through each other's plane
    """
    stack, low, high = np.empty(_DEEP, dtype=np.int64), np.empty(3), np.empty(3)
    leaves = np.empty(len(faces) // LANES + LANES + 1, dtype=np.int64)
    for f in range(begin, end):
        one = faces[f, 0], faces[f, 1], faces[f, 2]
        for axis in range(3):
            a, b, c = vertices[one[0], axis], vertices[one[1], axis], vertices[one[2], axis]
            low[axis], high[axis] = min(a, min(b, c)), max(a, max(b, c))
        x0, y0, z0, x1, y1, z1 = low[0], low[1], low[2], high[0], high[1], high[2]
        for place in range(leaves_meeting(boxes, children, x0, y0, z0, x1, y1, z1, stack, leaves)):
            first = leaves[place]
            for g in range(max(first, f + 1), min(first + LANES, len(faces))):
                other = faces[g, 0], faces[g, 1], faces[g, 2]
                if _beside(vertices, other, x0, y0, z0, x1, y1, z1) or (found[f] and found[g]):
                    continue
                if _meet(vertices, one, other, deeper):
                    found[f] = found[g] = True
