"""Where the faces of a mesh cross one another: pairs of faces, and the points at which edges pierce faces.

Every decision is the sign of one tetrahedron's volume, computed from the same four vertices in the same order whoever
asks, so that neighbours never disagree. Vertices are moved by `NOISE` first, each by its own number: then no vertex
lies in another face's plane and no two edges meet, and a point of the crossing is always an edge through a face.

Legend: n vertices, m faces, p crossing pairs, h piercings; unit frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from shapefield.distance.bvh import BVH
from shapefield.distance.overlapping import leaves_meeting
from shapefield.distance.traversal import _DEEP, LANES
from shapefield.machine.compiling import compiled

NOISE = 5e-8  # unit lengths; single precision keeps coordinates to as much
MOST = 3_000_000  # crossing pairs beyond which nobody waits


@dataclass(frozen=True, slots=True, eq=False)
class Intersections:
    """The crossings of one mesh.

    points : (n, 3) vertices as they were moved
    pairs  : (p, 2) int64 faces that cross, lower first, sorted
    ends   : (p, 2) int64 both ends of their common segment: piercing i is n + i; below n, a vertex that both have
    edges  : (h, 2) int64 the edge of each piercing, lower vertex first;  face : (h,) int64 the face it pierces
    along  : (h,) float64 its place along the edge, 0 at the lower vertex;  where : (h, 3) the point itself
    """

    points: np.ndarray
    pairs: np.ndarray
    ends: np.ndarray
    edges: np.ndarray
    face: np.ndarray
    along: np.ndarray
    where: np.ndarray

    def among(self, rows: np.ndarray) -> Intersections:
        """The crossings among some of the faces, named by their places in `rows` (k,), ascending."""
        place = np.full(max(int(self.pairs.max(initial=0)), int(rows.max(initial=0))) + 1, -1)
        place[rows] = np.arange(len(rows))
        own = (place[self.pairs] >= 0).all(axis=1)
        ends, there = self.ends[own], len(self.points)
        used, index = np.unique(ends, return_inverse=True)
        pierced = used[used >= there] - there
        number = np.where(used < there, used, there + np.cumsum(used >= there) - 1)
        return Intersections(
            self.points,
            place[self.pairs[own]],
            number[index.reshape(-1)].reshape(-1, 2),
            self.edges[pierced],
            place[self.face[pierced]],
            self.along[pierced],
            self.where[pierced],
        )


def touching(vertices: np.ndarray, faces: np.ndarray, part: np.ndarray) -> np.ndarray:
    """(p,) int64: a group for each part, by the faces' labels (m,); parts of which two faces' boxes meet are in one."""
    tree = BVH(vertices, faces)
    low, high = _boxes(vertices, tree.faces)
    low, high = low - NOISE, high + NOISE
    parent = np.arange(int(part.max()) + 1)
    _touch(len(faces), tree.boxes, tree.children, low, high, part[tree.order], parent)
    return np.unique(parent, return_inverse=True)[1].reshape(-1)


def intersections(vertices: np.ndarray, faces: np.ndarray, asked: np.ndarray | None = None) -> Intersections | None:
    """All crossings of (m, 3) faces; None where there are more than `MOST`, or rounding left one without its end.

    Faces that share an edge do not cross; faces that share a vertex may.
    asked : (m,) bool, faces of which at least one is in every pair that is looked for; None for all
    """
    points = vertices + np.random.default_rng(0).uniform(-NOISE, NOISE, vertices.shape)
    tree = BVH(points, faces)
    low, high = _boxes(points, tree.faces)
    some = np.ones(len(faces), dtype=bool) if asked is None else asked[tree.order]
    pairs, ends, complete = _crossing(points, tree.faces, tree.boxes, tree.children, low, high, some, MOST)
    if not complete:
        return None
    pairs = tree.order[pairs]
    ends[:, :, 2] = np.where(ends[:, :, 2] >= 0, tree.order[ends[:, :, 2]], -1)
    turned = pairs[:, 0] > pairs[:, 1]
    pairs[turned] = pairs[turned][:, ::-1]
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return _numbered(points, faces, pairs[order], ends[order])


def _numbered(points: np.ndarray, faces: np.ndarray, pairs: np.ndarray, ends: np.ndarray) -> Intersections:
    """Every piercing (lower vertex, upper vertex, face) once, and the segments' ends as numbers."""
    triples = ends.reshape(-1, 3)
    shared = triples[:, 2] < 0  # the end is a vertex of both faces, in the first column
    pierced, index = np.unique(triples[~shared], axis=0, return_inverse=True)
    number = triples[:, 0].copy()
    number[~shared] = len(points) + index.reshape(-1)
    edges, face = pierced[:, :2], pierced[:, 2]
    a, b = points[edges[:, 0]], points[edges[:, 1]]
    corners = points[faces[face]]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    before = np.einsum("ij,ij->i", a - corners[:, 0], normal)
    behind = np.einsum("ij,ij->i", b - corners[:, 0], normal)
    gap = before - behind
    along = np.clip(np.divide(before, gap, out=np.full_like(gap, 0.5), where=gap != 0), 0.0, 1.0)
    return Intersections(points, pairs, number.reshape(-1, 2), edges, face, along, a + along[:, None] * (b - a))


def _boxes(points: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    corners = points[faces]
    return corners.min(axis=1), corners.max(axis=1)


@njit
def _side(points, a, b, c, d):
    """Whether d lies on the side of the plane a b c from which these run clockwise; the same for any order asked."""
    even = True
    if a > b:
        a, b, even = b, a, not even
    if c > d:
        c, d, even = d, c, not even
    if a > c:
        a, c, even = c, a, not even
    if b > d:
        b, d, even = d, b, not even
    if b > c:
        b, c, even = c, b, not even
    ax, ay, az = points[a, 0] - points[d, 0], points[a, 1] - points[d, 1], points[a, 2] - points[d, 2]
    bx, by, bz = points[b, 0] - points[d, 0], points[b, 1] - points[d, 1], points[b, 2] - points[d, 2]
    cx, cy, cz = points[c, 0] - points[d, 0], points[c, 1] - points[d, 1], points[c, 2] - points[d, 2]
    volume = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
    return (volume > 0.0) == even


@njit
def _pierces(points, p, q, a, b, c):
    """Whether the edge p q passes through the face a b c; they share no vertex."""
    if _side(points, a, b, c, p) == _side(points, a, b, c, q):
        return False
    first = _side(points, p, q, a, b)
    return first == _side(points, p, q, b, c) and first == _side(points, p, q, c, a)


@njit
def _apart(points, faces, one, other, shared):
    """Whether all corners of one face, but a shared one, lie on the same side of the other's plane."""
    a, b, c = faces[other, 0], faces[other, 1], faces[other, 2]
    before, behind = False, False
    for k in range(3):
        p = faces[one, k]
        if p != shared:
            if _side(points, a, b, c, p):
                before = True
            else:
                behind = True
    return not (before and behind)


@njit
def _common(points, faces, f, g, ends):
    """How many ends of the segment that faces f and g share are found; rows of `ends` (lower, upper, face or -1)."""
    shared, count = -1, 0
    for i in range(3):
        for j in range(3):
            if faces[f, i] == faces[g, j]:
                shared = faces[f, i]
                count += 1
    if count > 1:
        return 0
    if _apart(points, faces, f, g, shared) or _apart(points, faces, g, f, shared):
        return 0
    found = 0
    for turn in range(2):
        one, other = (f, g) if turn == 0 else (g, f)
        a, b, c = faces[other, 0], faces[other, 1], faces[other, 2]
        for k in range(3):
            p, q = faces[one, k], faces[one, (k + 1) % 3]
            if p == shared or q == shared:
                continue
            if found < 2 and _pierces(points, p, q, a, b, c):
                ends[found, 0], ends[found, 1], ends[found, 2] = min(p, q), max(p, q), other
                found += 1
    if found == 1 and shared >= 0:
        ends[1, 0], ends[1, 1], ends[1, 2] = shared, shared, -1
        found = 2
    return found


@njit(inline="always")
def _meet(low, high, f, g):
    """Whether the boxes of two faces have a point in common."""
    return (
        low[g, 0] <= high[f, 0]
        and high[g, 0] >= low[f, 0]
        and low[g, 1] <= high[f, 1]
        and high[g, 1] >= low[f, 1]
        and low[g, 2] <= high[f, 2]
        and high[g, 2] >= low[f, 2]
    )


@compiled
def _crossing(points, faces, boxes, children, low, high, asked, most):
    """(p, 2) rows of faces that cross, (p, 2, 3) ends, and whether all were found with both ends."""
    size, count, complete = 1024, 0, True
    pairs, ends = np.empty((size, 2), dtype=np.int64), np.empty((size, 2, 3), dtype=np.int64)
    stack, both = np.empty(_DEEP, dtype=np.int64), np.empty((2, 3), dtype=np.int64)
    leaves = np.empty(len(faces) // LANES + LANES + 1, dtype=np.int64)
    for f in np.flatnonzero(asked):
        x0, y0, z0, x1, y1, z1 = low[f, 0], low[f, 1], low[f, 2], high[f, 0], high[f, 1], high[f, 2]
        for place in range(leaves_meeting(boxes, children, x0, y0, z0, x1, y1, z1, stack, leaves)):
            first = leaves[place]
            for g in range(first, min(first + LANES, len(faces))):
                if g == f or (g < f and asked[g]) or not _meet(low, high, f, g):
                    continue
                found = _common(points, faces, f, g, both)
                if found == 0:
                    continue
                if found != 2 or count == most:
                    complete = False
                    continue
                if count == size:
                    size *= 2
                    wider, longer = np.empty((size, 2), dtype=np.int64), np.empty((size, 2, 3), dtype=np.int64)
                    wider[:count], longer[:count] = pairs, ends
                    pairs, ends = wider, longer
                pairs[count, 0], pairs[count, 1] = f, g
                ends[count] = both
                count += 1
    return pairs[:count], ends[:count], complete


@compiled
def _touch(count, boxes, children, low, high, part, parent):
    """Join, in `parent` (p,), the parts of faces whose boxes meet; at the end each has its root there."""
    stack, leaves = np.empty(_DEEP, dtype=np.int64), np.empty(count // LANES + LANES + 1, dtype=np.int64)
    for f in range(count):
        x0, y0, z0, x1, y1, z1 = low[f, 0], low[f, 1], low[f, 2], high[f, 0], high[f, 1], high[f, 2]
        for place in range(leaves_meeting(boxes, children, x0, y0, z0, x1, y1, z1, stack, leaves)):
            first = leaves[place]
            for g in range(max(first, f + 1), min(first + LANES, count)):
                if part[g] == part[f] or not _meet(low, high, f, g):
                    continue
                a, b = part[f], part[g]
                while parent[a] != a:
                    a = parent[a]
                while parent[b] != b:
                    b = parent[b]
                parent[max(a, b)] = min(a, b)
    for k in range(len(parent)):
        parent[k] = parent[parent[k]]
