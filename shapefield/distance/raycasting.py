"""Down a hierarchy along rays: whether one meets a face, the first one it meets, or how many.

Boxes and faces are looked at eight at once in single precision and on the safe side, as in
`shapefield.distance.traversal`; what passes is computed in float64, and that alone decides. No ray slips through a
shared edge or corner: seen along the ray, on which side of it an edge passes is never told wrongly, only as "on it"
at worst, and that counts as a hit (Woop, Benthin and Wald, Watertight Ray/Triangle Intersection, 2013).

Arrays are those of `shapefield.distance.bvh.BVH`. A ray is origin + t direction, t > 0; t is a length
where directions are unit vectors.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from shapefield.distance.traversal import _BITS, _DEEP, _FIRST, LANES
from shapefield.machine.compiling import compiled

ANY, NEAREST, COUNT = 0, 1, 2
"""What is asked of a ray: some face, the first one, or how many."""
_ROUNDING = 1e-6  # what single precision may be off, in units of the largest coordinate
_STEEPEST = 1e18  # the largest reciprocal of a direction's component, finite in single precision


@njit(fastmath={"contract", "reassoc"})
def _boxes_met(boxes, node, sides, entering, leaving, inverse, begin, end):
    """The node's children, as bits, whose boxes the ray meets between t = begin and end.

    sides     : which corners of a box the ray enters and leaves by, two for each axis
    entering, leaving : the origin, shifted along the axes so that boxes are a little larger;  inverse : 1 / direction
    """
    bits, zero, widen = np.float32(0.0), np.float32(0.0), np.float32(1.000001)
    for lane in range(boxes.shape[2]):  # a number the compiler knew it would unroll, and make no vector of
        near = (boxes[node, sides[0], lane] - entering[0]) * inverse[0]
        far = (boxes[node, sides[1], lane] - leaving[0]) * inverse[0]
        a = (boxes[node, sides[2], lane] - entering[1]) * inverse[1]
        b = (boxes[node, sides[3], lane] - leaving[1]) * inverse[1]
        near = near if near > a else a
        far = far if far < b else b
        a = (boxes[node, sides[4], lane] - entering[2]) * inverse[2]
        b = (boxes[node, sides[5], lane] - leaving[2]) * inverse[2]
        near = near if near > a else a
        far = far if far < b else b
        near = near if near > begin else begin
        far = far * widen
        far = far if far < end else end
        bits += _BITS[lane] if near <= far else zero
    return int(bits)


@njit(inline="always")
def _entry(boxes, node, lane, sides, entering, inverse):
    """The t at which the ray enters a child's box."""
    x = (boxes[node, sides[0], lane] - entering[0]) * inverse[0]
    y = (boxes[node, sides[2], lane] - entering[1]) * inverse[1]
    z = (boxes[node, sides[4], lane] - entering[2]) * inverse[2]
    return max(x, max(y, z))


@njit(fastmath={"contract", "reassoc"}, error_model="numpy")
def _faces_met(packed, leaf, origin, direction, slack):
    """The leaf's faces, as bits, that the ray's line may meet: Möller and Trumbore's test, and its rounding errors.

    slack : what coordinates may be off in single precision, times the direction's size
    """
    zero, one, unit, bits = np.float32(0.0), np.float32(1.0), np.float32(1e-6), np.float32(0.0)
    x, y, z = direction
    size = abs(x) + abs(y) + abs(z)
    for k in range(packed.shape[2]):
        bx, by, bz = packed[leaf, 3, k], packed[leaf, 4, k], packed[leaf, 5, k]
        cx, cy, cz = packed[leaf, 6, k], packed[leaf, 7, k], packed[leaf, 8, k]
        px, py, pz = origin[0] - packed[leaf, 0, k], origin[1] - packed[leaf, 1, k], origin[2] - packed[leaf, 2, k]
        hx, hy, hz = y * cz - z * cy, z * cx - x * cz, x * cy - y * cx
        qx, qy, qz = py * bz - pz * by, pz * bx - px * bz, px * by - py * bx
        volume = bx * hx + by * hy + bz * hz
        sign = one if volume > zero else -one
        v, w = sign * (px * hx + py * hy + pz * hz), sign * (x * qx + y * qy + z * qz)
        b, c = abs(bx) + abs(by) + abs(bz), abs(cx) + abs(cy) + abs(cz)
        u = sign * volume - v - w
        least = v if v < w else w
        least = least if least < u else u
        bits += _BITS[k] if least >= -(slack * (b + c) + unit * size * b * c) else zero
    return int(bits)


@njit(inline="always")
def _along(vertices, row, origin, shear):
    """A vertex as the ray sees it: (x, y) across the ray, which runs along z through 0, and its t."""
    main, first, second, sx, sy, scale = shear
    z = vertices[row, main] - origin[main]
    return vertices[row, first] - origin[first] - sx * z, vertices[row, second] - origin[second] - sy * z, scale * z


@njit(inline="always", error_model="numpy")
def _shear_of(direction):
    """The axes, longest of the direction first, and what turns it into the z axis."""
    x, y, z = abs(direction[0]), abs(direction[1]), abs(direction[2])
    main = 0 if x >= y and x >= z else 1 if y >= z else 2
    first, second = (main + 1) % 3, (main + 2) % 3
    return (
        main,
        first,
        second,
        direction[first] / direction[main],
        direction[second] / direction[main],
        1.0 / direction[main],
    )


@njit
def _met(vertices, faces, row, origin, shear):
    """(t, v, w) where the ray meets the face, at a + v (b - a) + w (c - a); t is -1 where it does not."""
    ax, ay, az = _along(vertices, faces[row, 0], origin, shear)
    bx, by, bz = _along(vertices, faces[row, 1], origin, shear)
    cx, cy, cz = _along(vertices, faces[row, 2], origin, shear)
    u, v, w = cx * by - cy * bx, ax * cy - ay * cx, bx * ay - by * ax  # of rounded products: 0 at worst, if not right
    whole = u + v + w
    if min(u, min(v, w)) < 0.0 < max(u, max(v, w)) or whole == 0.0:  # beside it, or edge-on
        return -1.0, 0.0, 0.0
    v, w = v / whole, w / whole
    return az + v * (bz - az) + w * (cz - az), v, w


@njit(inline="always", error_model="numpy")
def _reciprocal(x):
    """1 / x in single precision, finite; of 0 it has the sign that `_sides` and `_shifted` take it to have."""
    return np.float32(min(max(1.0 / (x + 0.0), -_STEEPEST), _STEEPEST))


@njit(inline="always")
def _sides(axis, x):
    """Which corner of a box a ray enters and leaves by along an axis: 0 … 2 the lowest, 3 … 5 the highest."""
    return (axis, axis + 3) if x >= 0.0 else (axis + 3, axis)


@njit(inline="always")
def _shifted(place, slack, x):
    return place + slack if x >= 0.0 else place - slack


@compiled(error_model="numpy")
def cast_in(origins, directions, vertices, faces, packed, boxes, children, reach, asked, begin, t, row, weights, span):
    """t[k], row[k] and weights[k] for the rays k of range(*span): where beyond t = begin they meet faces.

    asked : ANY or NEAREST: row is the face's place in the tree's order, -1 for none, t is inf then; weights are those
            of its corners b and c.  COUNT: row is how many were met, t and weights are left alone
    """
    stack, far = np.empty(_DEEP, dtype=np.int64), np.empty(_DEEP, dtype=np.float32)
    for ray in range(span[0], span[1]):
        ox, oy, oz = origins[ray, 0], origins[ray, 1], origins[ray, 2]
        dx, dy, dz = directions[ray, 0], directions[ray, 1], directions[ray, 2]
        origin, shear = (ox, oy, oz), _shear_of((dx, dy, dz))
        place = np.float32(ox), np.float32(oy), np.float32(oz)
        course = np.float32(dx), np.float32(dy), np.float32(dz)
        inverse = _reciprocal(dx), _reciprocal(dy), _reciprocal(dz)
        slack = np.float32(_ROUNDING * (reach + max(abs(ox), max(abs(oy), abs(oz)))))
        sides = *_sides(0, dx), *_sides(1, dy), *_sides(2, dz)
        entering = _shifted(place[0], slack, dx), _shifted(place[1], slack, dy), _shifted(place[2], slack, dz)
        leaving = _shifted(place[0], -slack, dx), _shifted(place[1], -slack, dy), _shifted(place[2], -slack, dz)
        size = abs(course[0]) + abs(course[1]) + abs(course[2])
        found, least, v, w = -1 if asked != COUNT else 0, np.inf, 0.0, 0.0
        end = np.float32(np.inf)
        stack[0], far[0], depth = 0, np.float32(0.0), 1
        if not (size > 0.0 and size < np.inf and slack < np.inf):  # such a ray is nowhere
            depth = 0
        while depth:
            depth -= 1
            if far[depth] > end:
                continue
            node = stack[depth]
            if node < len(boxes):
                bits = _boxes_met(boxes, node, sides, entering, leaving, inverse, np.float32(begin), end)
                bottom = depth
                while bits:
                    lane = _FIRST[bits]
                    bits &= bits - 1
                    entry, at = _entry(boxes, node, lane, sides, entering, inverse), depth
                    while at > bottom and far[at - 1] < entry:  # the nearest on top
                        far[at], stack[at] = far[at - 1], stack[at - 1]
                        at -= 1
                    far[at], stack[at] = entry, children[node] + lane
                    depth += 1
                continue
            leaf = node - len(boxes)
            bits = _faces_met(packed, leaf, place, course, slack * size)
            while bits:
                k = LANES * leaf + _FIRST[bits]
                bits &= bits - 1
                if k >= len(faces):
                    continue
                here, b, c = _met(vertices, faces, k, origin, shear)
                if not here > begin:
                    continue
                if asked == COUNT:
                    found += 1
                elif here < least or (here == least and k < found):
                    found, least, v, w = k, here, b, c
                    end = np.float32(here) * np.float32(1.000001)
            if asked == ANY and found >= 0:
                depth = 0
        row[ray] = found
        if asked != COUNT:
            t[ray], weights[ray, 0], weights[ray, 1] = least, v, w
