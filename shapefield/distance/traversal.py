"""Down a hierarchy to the nearest face: what a query visits, and the arithmetic that decides.

From the answer of the query before as a first bound, which is nearly tight in Morton order, a query visits nodes
nearest first. Whether one of eight boxes, or of eight faces, can hold anything nearer is asked for all eight at once,
in single precision and on the safe side: the lower bounds below are never above the true distance by more than
rounding, which `_ROUNDING` makes up for. Only what passes is computed, in float64, and that alone decides.
Of equally near faces the first of the tree's order answers, so that no answer depends on other queries or on threads.

The point of a triangle nearest to a query follows Ericson, Real-Time Collision Detection (2004), section 5.1.5.

Arrays are those of `shapefield.distance.bvh.BVH`. Loops over lanes are written so that LLVM makes vectors
of them: no branch, nothing stored, one sum, whose bits are the lanes.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from shapefield.machine.compiling import compiled

LANES = 8  # children of a node, and faces of a leaf
_DEEP = 256  # room of the stack: seven entries a level are needed
_ROUNDING = 1e-5  # what single precision may be off, in units of the largest coordinate
_GREATEST = np.float32(3e38)  # a bound is finite, for a lane without a child is infinitely far
_BITS = np.array([1 << lane for lane in range(LANES)], dtype=np.float32)
_FIRST = np.array([0, *((bits & -bits).bit_length() - 1 for bits in range(1, 1 << LANES))])  # the lowest bit set


@njit(fastmath={"contract", "reassoc"})
def _near_boxes(boxes, node, x, y, z, limit):
    """The node's children, as bits, whose boxes are no farther than the square root of `limit`."""
    zero = np.float32(0.0)
    bits = zero
    for lane in range(boxes.shape[2]):  # a number the compiler knew it would unroll, and make no vector of
        a, b = boxes[node, 0, lane] - x, x - boxes[node, 3, lane]
        dx = a if a > b else b
        dx = dx if dx > zero else zero
        a, b = boxes[node, 1, lane] - y, y - boxes[node, 4, lane]
        dy = a if a > b else b
        dy = dy if dy > zero else zero
        a, b = boxes[node, 2, lane] - z, z - boxes[node, 5, lane]
        dz = a if a > b else b
        dz = dz if dz > zero else zero
        bits += _BITS[lane] if dx * dx + dy * dy + dz * dz <= limit else zero
    return int(bits)


@njit(inline="always")
def _to_box(boxes, node, lane, x, y, z):
    """Squared distance to a child's box, 0 inside."""
    zero = np.float32(0.0)
    dx = max(max(boxes[node, 0, lane] - x, x - boxes[node, 3, lane]), zero)
    dy = max(max(boxes[node, 1, lane] - y, y - boxes[node, 4, lane]), zero)
    dz = max(max(boxes[node, 2, lane] - z, z - boxes[node, 5, lane]), zero)
    return dx * dx + dy * dy + dz * dz


@njit(fastmath={"contract", "reassoc"}, error_model="numpy")
def _near_faces(packed, leaf, x, y, z, limit):
    """The leaf's faces, as bits, that may be no farther than the square root of `limit`.

    The squared distance is the least of those to three edges, and to the plane for a point above the face. Of a sliver
    the plane is uncertain, and whether a point is above it: both are taken with their rounding errors on the near side.
    """
    zero, one, tiny = np.float32(0.0), np.float32(1.0), np.float32(1e-30)
    unit = np.float32(1e-6)  # some 16 roundings
    bits = zero
    for k in range(LANES):
        bx, by, bz = packed[leaf, 3, k], packed[leaf, 4, k], packed[leaf, 5, k]
        cx, cy, cz = packed[leaf, 6, k], packed[leaf, 7, k], packed[leaf, 8, k]
        px, py, pz = x - packed[leaf, 0, k], y - packed[leaf, 1, k], z - packed[leaf, 2, k]
        bb, bc, cc = bx * bx + by * by + bz * bz, bx * cx + by * cy + bz * cz, cx * cx + cy * cy + cz * cz
        bp, cp, pp = bx * px + by * py + bz * pz, cx * px + cy * py + cz * pz, px * px + py * py + pz * pz

        s = bp / (bb if bb > tiny else tiny)  # along b - a
        s = s if s > zero else zero
        s = s if s < one else one
        dx, dy, dz = px - s * bx, py - s * by, pz - s * bz
        edges = dx * dx + dy * dy + dz * dz

        s = cp / (cc if cc > tiny else tiny)  # along c - a
        s = s if s > zero else zero
        s = s if s < one else one
        dx, dy, dz = px - s * cx, py - s * cy, pz - s * cz
        d = dx * dx + dy * dy + dz * dz
        edges = edges if edges < d else d

        ex, ey, ez, qx, qy, qz = cx - bx, cy - by, cz - bz, px - bx, py - by, pz - bz  # along c - b
        ee = ex * ex + ey * ey + ez * ez
        s = (ex * qx + ey * qy + ez * qz) / (ee if ee > tiny else tiny)
        s = s if s > zero else zero
        s = s if s < one else one
        dx, dy, dz = qx - s * ex, qy - s * ey, qz - s * ez
        d = dx * dx + dy * dy + dz * dz
        edges = edges if edges < d else d

        nx, ny, nz = by * cz - bz * cy, bz * cx - bx * cz, bx * cy - by * cx
        nn = nx * nx + ny * ny + nz * nz
        error = unit * np.sqrt(bb * cc * pp)
        height = abs(nx * px + ny * py + nz * pz) - error
        height = height if height > zero else zero
        plane = height * height / (np.float32(1.0001) * nn + np.float32(1e-8) * bb * cc + tiny)
        v, w = cc * bp - bc * cp, bb * cp - bc * bp
        u = nn - v - w
        least = v if v < w else w
        least = least if least < u else u
        above = least >= -error * (abs(bx) + abs(by) + abs(bz) + abs(cx) + abs(cy) + abs(cz))

        plane = plane if plane < edges else edges
        d = plane if above else edges
        bits += zero if d > limit else _BITS[k]
    return int(bits)


@njit(inline="always")
def _weights(a, b, c, x, y, z):
    """(v, w) with a + v (b - a) + w (c - a) the triangle's point nearest to (x, y, z)."""
    bx, by, bz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    cx, cy, cz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    px, py, pz = x - a[0], y - a[1], z - a[2]
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
def _on_face(vertices, faces, row, x, y, z):
    """The face's point nearest to (x, y, z), and its squared distance."""
    a, b, c = vertices[faces[row, 0]], vertices[faces[row, 1]], vertices[faces[row, 2]]
    v, w = _weights(a, b, c, x, y, z)
    nx = a[0] + v * (b[0] - a[0]) + w * (c[0] - a[0])
    ny = a[1] + v * (b[1] - a[1]) + w * (c[1] - a[1])
    nz = a[2] + v * (b[2] - a[2]) + w * (c[2] - a[2])
    return nx, ny, nz, (x - nx) ** 2 + (y - ny) ** 2 + (z - nz) ** 2


@njit(inline="always")
def _bound_of(least, slack):
    """The square, in single precision, of the distance beyond which nothing is looked at."""
    return min(np.float32((math.sqrt(least) + slack) ** 2), _GREATEST)


@compiled(error_model="numpy")
def nearest_in(points, vertices, faces, packed, boxes, children, reach, row, nearest, begin, end):
    """row[begin:end] and nearest[begin:end]: the nearest face's place in the tree's order, and the point on it."""
    stack, far = np.empty(_DEEP, dtype=np.int64), np.empty(_DEEP, dtype=np.float32)
    best = 0
    for q in range(begin, end):
        x, y, z = points[q, 0], points[q, 1], points[q, 2]
        nx, ny, nz, least = _on_face(vertices, faces, best, x, y, z)
        slack = _ROUNDING * max(reach, max(abs(x), max(abs(y), abs(z))))
        limit = _bound_of(least, slack)
        fx, fy, fz = np.float32(x), np.float32(y), np.float32(z)
        stack[0], far[0], depth = 0, np.float32(0.0), 1
        if not least < np.inf:  # such a point is nowhere
            depth = 0
        while depth:
            depth -= 1
            if far[depth] > limit:
                continue
            node = stack[depth]
            if node < len(boxes):
                bits = _near_boxes(boxes, node, fx, fy, fz, limit)
                bottom = depth
                while bits:
                    lane = _FIRST[bits]
                    bits &= bits - 1
                    d = _to_box(boxes, node, lane, fx, fy, fz)
                    place = depth
                    while place > bottom and far[place - 1] < d:  # the nearest on top
                        far[place], stack[place] = far[place - 1], stack[place - 1]
                        place -= 1
                    far[place], stack[place] = d, children[node] + lane
                    depth += 1
            else:
                leaf = node - len(boxes)
                bits = _near_faces(packed, leaf, fx, fy, fz, limit)
                while bits:
                    k = LANES * leaf + _FIRST[bits]
                    bits &= bits - 1
                    if k < len(faces):
                        cx, cy, cz, d = _on_face(vertices, faces, k, x, y, z)
                        if d < least or (d == least and k < best):
                            least, best, nx, ny, nz = d, k, cx, cy, cz
                            limit = _bound_of(least, slack)
        row[q] = best
        nearest[q, 0], nearest[q, 1], nearest[q, 2] = nx, ny, nz
