"""Nearest points of a triangle mesh: a bounding-volume hierarchy of eight children a node, built here.

Faces are sorted by splits across the longest side of their centroids' box, at the median but in whole groups of 8, 64,
512, …: eight faces make a leaf, eight leaves a node, eight nodes a node of the next level, so that leaves are full and
the tree needs hardly a pointer. What a query looks at lies as eight lanes of single precision side by side, which a
processor works on at once; `shapefield.distance.traversal` answers with it, in double precision.

Legend: n queries, m faces, l leaves, k nodes that are no leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from shapefield.distance.crossing import crossing_in
from shapefield.distance.raycasting import ANY, COUNT, NEAREST, cast_in
from shapefield.distance.traversal import LANES, nearest_in
from shapefield.machine.compiling import compiled
from shapefield.machine.threads import side_by_side, thread_count

_MANY = 4096  # queries from which threads pay
_DEEP = 64  # halvings of a mesh


class BVH:
    """Answers for one mesh, in its own frame and units.

    vertices : (v, 3) float64;  faces : (m, 3) int64, at least one
    """

    def __init__(self, vertices: np.ndarray, faces: np.ndarray) -> None:
        self.vertices = np.ascontiguousarray(vertices, dtype=np.float64)
        faces = np.ascontiguousarray(faces, dtype=np.int64)
        leaves = -(-len(faces) // LANES)
        self.order = _sorted(self.vertices, faces, leaves)
        self.faces = faces[self.order]
        self.packed = np.empty((leaves, 9, LANES), dtype=np.float32)
        own = np.empty((leaves, 6), dtype=np.float32)
        threads = thread_count()
        bounds = [leaves * k // threads for k in range(threads + 1)]
        for _ in side_by_side(lambda span: _pack(self.vertices, self.faces, self.packed, own, *span), pairwise(bounds)):
            pass
        self.boxes, self.children = _nodes(own)
        self.reach = float(np.abs(own).max())  # of vertices that faces use

    def closest(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n, 3) float64 → nearest face (n,) int64 and nearest point (n, 3) float64. Quicker in Morton order."""
        points = np.ascontiguousarray(points, dtype=np.float64)
        row, nearest = np.zeros(len(points), dtype=np.int64), np.empty((len(points), 3))
        _shared(len(points), lambda span: nearest_in(points, *self._arrays, row, nearest, *span))
        return self.order[row], nearest

    def first_hits(
        self, origins: np.ndarray, directions: np.ndarray, beyond: float = 0.0
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where rays origin + t direction, both (n, 3), first meet a face at t > beyond.

        t (n,) float64, inf where nothing is met; face (n,) int64, -1 there; weights (n, 2) of its second and third
        corner. Quicker where neighbours in the arrays are neighbours in space.
        """
        t, row, weights = self._cast(origins, directions, NEAREST, beyond)
        return t, np.where(row >= 0, self.order[row], -1), weights

    def blocked(self, origins: np.ndarray, directions: np.ndarray, beyond: float = 0.0) -> np.ndarray:
        """(n,) bool: whether the rays meet any face at t > beyond; twice as quick as asking for the first."""
        return self._cast(origins, directions, ANY, beyond)[1] >= 0

    def crossings(self, origins: np.ndarray, directions: np.ndarray, beyond: float = 0.0) -> np.ndarray:
        """(n,) int64: how many faces the rays meet at t > beyond; an edge that is met exactly counts for both faces."""
        return self._cast(origins, directions, COUNT, beyond)[1]

    def crossing(self, deeper: float = 0.0) -> np.ndarray:
        """(m,) bool: faces that cross another without a common vertex, and reach `deeper` through its plane."""
        found = np.zeros(len(self.faces), dtype=bool)
        arrays = self.vertices, self.faces, self.boxes, self.children

        def work(span: tuple[int, int]) -> None:
            crossing_in(*arrays, deeper, found, *span)

        _shared(len(found), work)
        given = np.empty_like(found)
        given[self.order] = found
        return given

    @property
    def _arrays(self) -> tuple:
        return self.vertices, self.faces, self.packed, self.boxes, self.children, self.reach

    def _cast(self, origins: np.ndarray, directions: np.ndarray, asked: int, beyond: float) -> tuple:
        origins = np.ascontiguousarray(origins, dtype=np.float64)
        directions = np.ascontiguousarray(np.broadcast_to(directions, origins.shape), dtype=np.float64)
        t, row = np.empty(len(origins)), np.empty(len(origins), dtype=np.int64)
        weights = np.empty((len(origins), 2))

        def work(span: tuple[int, int]) -> None:
            cast_in(origins, directions, *self._arrays, asked, beyond, t, row, weights, span)

        _shared(len(origins), work)
        return t, row, weights


def _shared(count: int, work: Callable[[tuple[int, int]], None]) -> None:
    """work(span) over range(count), in many short stretches that are taken as threads come free.

    Some parts of space cost ten times others.
    """
    threads = min(thread_count(), max(1, count // _MANY))
    pieces = 8 * threads if threads > 1 else 1
    bounds = [count * k // pieces for k in range(pieces + 1)]
    for _ in side_by_side(work, pairwise(bounds), threads):
        pass


def _sorted(vertices: np.ndarray, faces: np.ndarray, leaves: int) -> np.ndarray:
    """The faces' numbers (m,) in the order of the leaves; the same on any number of threads."""
    order = np.arange(len(faces), dtype=np.int64)
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    centroids = (a + b + c) / 3.0
    bounds = [0, leaves]  # between stretches of leaves that share no face
    while len(bounds) <= min(thread_count(), leaves):
        bounds = sorted({*bounds, *(_split(centroids, order, *part) for part in pairwise(bounds))})
    for _ in side_by_side(lambda part: _sort(centroids, order, *part), pairwise(bounds)):
        pass
    return order


def _nodes(own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (l, 6) of the leaves, lowest and highest corners → boxes (k, 6, LANES) of nodes' children; children (k,).

    A node's children are numbered one after the other, and `children` has the first one's number. Nodes count from the
    root down, level by level, leaves last: leaf 0 is number k. A lane without a child is infinitely far.
    """
    levels, outward = [], np.repeat(np.array([np.inf, -np.inf], dtype=np.float32), 3)
    while not levels or len(own) > 1:
        lanes = np.tile(outward, (-(-len(own) // LANES), LANES, 1))
        lanes.reshape(-1, 6)[: len(own)] = own
        own = np.concatenate([lanes[:, :, :3].min(axis=1), lanes[:, :, 3:].max(axis=1)], axis=1)
        levels.append(lanes.transpose(0, 2, 1))
    levels.reverse()
    ends = np.cumsum([len(level) for level in levels])
    children = [end + LANES * np.arange(len(level)) for end, level in zip(ends, levels, strict=True)]
    return np.concatenate(levels), np.concatenate(children)


@compiled
def _sort(centroids, order, first, last):
    """Sort the faces of the leaves first … last - 1 down to single leaves."""
    begin, end, depth = np.empty(_DEEP, dtype=np.int64), np.empty(_DEEP, dtype=np.int64), 1
    begin[0], end[0] = first, last
    while depth:
        depth -= 1
        first, last = begin[depth], end[depth]
        if last - first > 1:
            middle = _split(centroids, order, first, last)
            begin[depth], end[depth] = first, middle
            begin[depth + 1], end[depth + 1] = middle, last
            depth += 2


@compiled
def _split(centroids, order, first, last):
    """Split the faces of the leaves first … last - 1 in two, between whole children of a node; where the second begins.

    Faces are put in order, and their centroids (m, 3) with them.
    """
    if last - first < 2:
        return last
    child = 1  # leaves in each child of the least node that holds them all
    while child * LANES < last - first:
        child *= LANES
    middle = first + child * ((last - first + child - 1) // child // 2)
    low, high = first * LANES, min(last * LANES, len(order))
    x0 = y0 = z0 = np.inf
    x1 = y1 = z1 = -np.inf
    for k in range(low, high):
        x, y, z = centroids[k, 0], centroids[k, 1], centroids[k, 2]
        x0, y0, z0 = min(x0, x), min(y0, y), min(z0, z)
        x1, y1, z1 = max(x1, x), max(y1, y), max(z1, z)
    dx, dy, dz = x1 - x0, y1 - y0, z1 - z0
    axis = 0 if dx >= dy and dx >= dz else 1 if dy >= dz else 2
    _select(centroids, order, axis, low, high - 1, middle * LANES)
    return middle


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
def _pack(vertices, faces, packed, own, begin, end):
    """Fill in the leaves begin … end - 1.

    packed (l, 9, LANES): corner a and the edges b - a and c - a of each face, the last face over again where the leaf
    is not full;  own (l, 6): the lowest and the highest corner of each leaf, rounded outward
    """
    for leaf in range(begin, end):
        for axis in range(3):
            least, greatest = np.inf, -np.inf
            for lane in range(LANES):
                k = min(LANES * leaf + lane, len(faces) - 1)
                a, b, c = vertices[faces[k, 0], axis], vertices[faces[k, 1], axis], vertices[faces[k, 2], axis]
                least, greatest = min(least, min(a, min(b, c))), max(greatest, max(a, max(b, c)))
                packed[leaf, axis, lane] = a
                packed[leaf, 3 + axis, lane] = b - a
                packed[leaf, 6 + axis, lane] = c - a
            own[leaf, axis] = np.nextafter(np.float32(least), np.float32(-np.inf))
            own[leaf, axis + 3] = np.nextafter(np.float32(greatest), np.float32(np.inf))
