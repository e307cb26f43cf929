"""A closed surface that crosses itself, cut along its crossings, and of the pieces those that bound the solid.

The winding number just before a face changes only where another face is crossed, and there by exactly one. So it is
asked for at one place, and carried from piece to piece over the crossings: no piece is judged by its own size, and what
is left is closed. Faces that cross nothing stay as they are.

Legend: n vertices, m faces, p crossing pairs, c pieces of cut faces, k patches between crossings.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from shapefield.distance.signed import SurfaceDistance
from shapefield.distance.winding import FINE
from shapefield.mesh.graph import connected
from shapefield.solid.intersections import Intersections
from shapefield.solid.planar import triangulated
from shapefield.solid.probe import beside
from shapefield.solid.topology import edges_of

MOST_CUT = 20_000
"""Crossing faces beyond which the grid is quicker."""
VOTERS = 300
"""Triangles of each island of patches that are asked for the winding number before them."""


@dataclass(frozen=True, slots=True, eq=False)
class Outermost:
    """The boundary of {winding number > 0.5}.

    vertices (v, 3), the given ones first;  faces (f, 3);  source (f,) the given face of each
    cut : (f,) bool, a piece of that face only
    """

    vertices: np.ndarray
    faces: np.ndarray
    source: np.ndarray
    cut: np.ndarray


def outermost(surface: SurfaceDistance, crossing: Intersections) -> Outermost | None:
    """Of closed, consistently wound faces, unit frame, those that have inside behind them and outside before.

    crossing : where they cross.  None where the crossings are too many, or too close to one another for double
    precision to tell them apart.
    """
    vertices, faces = surface.vertices, surface.faces
    touched = np.unique(crossing.pairs)
    if len(touched) > MOST_CUT:
        return None
    cuts = _Cuts(faces, crossing)
    pieces, source = [], []
    for face in touched:
        found = cuts.of(int(face))
        if found is None:
            return None
        pieces.append(found)
        source.append(np.full(len(found), face))
    whole = np.setdiff1d(np.arange(len(faces)), touched)
    places = np.concatenate([vertices, crossing.where, cuts.where])
    moved = np.concatenate([crossing.points, crossing.where, cuts.where])
    triangles = np.concatenate([faces[whole], *pieces])
    origin = np.concatenate([whole, *source])
    front = _front(moved, triangles, origin, surface, cuts)
    if front is None:
        return None
    keep = front == 0
    cut = np.arange(len(triangles)) >= len(whole)
    kept = triangles[keep]
    return Outermost(places, kept, origin[keep], cut[keep]) if len(kept) and edges_of(kept).closed else None


class _Cuts:
    """The segments in every crossing face, and the triangles they cut it into.

    where : (t, 3) points at which three faces meet, numbered after the piercings
    walls : (lower, upper) ends of a piece of a segment → the row of its pair
    """

    def __init__(self, faces: np.ndarray, crossing: Intersections) -> None:
        self.faces, self.crossing = faces, crossing
        self.points = np.concatenate([crossing.points, crossing.where])
        pairs = crossing.pairs
        rows = np.argsort(pairs.T.reshape(-1), kind="stable")
        ordered = pairs.T.reshape(-1)[rows]
        self.rows, self.ordered = rows % max(len(pairs), 1), ordered
        self.row_of = {(int(f), int(g)): k for k, (f, g) in enumerate(pairs)}
        self.inner: dict[int, list[tuple[float, int]]] = {}
        self.walls: dict[tuple[int, int], int] = {}
        self.where = np.zeros((0, 3))
        self._meet()
        self.points = np.concatenate([self.points, self.where])
        self._order_edges()
        self.chains = [self._chain(k) for k in range(len(pairs))]

    def pairs_of(self, face: int) -> np.ndarray:
        """Rows of the pairs of one face."""
        low, high = np.searchsorted(self.ordered, [face, face + 1])
        return self.rows[low:high]

    def _meet(self) -> None:
        """Points where three faces meet: found in the lowest of the three, and put on all three segments."""
        found = []
        pairs, ends = self.crossing.pairs, self.crossing.ends
        for face in np.unique(pairs[:, 0]):
            rows = self.pairs_of(int(face))
            rows = rows[pairs[rows, 0] == face]
            if len(rows) < 2:
                continue
            start, end = self._flat(int(face), ends[rows])
            for i, j, s, t in _segments_meet(start, end, ends[rows]):
                f, g = int(pairs[rows[i], 1]), int(pairs[rows[j], 1])
                third = self.row_of.get((min(f, g), max(f, g)))
                if third is None:
                    continue
                a, b = self.points[ends[rows[i]]]
                place, number = a + s * (b - a), len(self.points) + len(found)
                found.append(place)
                self.inner.setdefault(int(rows[i]), []).append((s, number))
                self.inner.setdefault(int(rows[j]), []).append((t, number))
                c, d = self.points[ends[third]]
                along = float((place - c) @ (d - c)) / max(float((d - c) @ (d - c)), 1e-300)
                self.inner.setdefault(third, []).append((along, number))
        if found:
            self.where = np.array(found)

    def _flat(self, face: int, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(k, 2) starts and ends of segments in the plane of a face."""
        origin, frame = self._plane(face)
        flat = (self.points[numbers.reshape(-1)] - origin) @ frame
        return flat[0::2], flat[1::2]

    def _plane(self, face: int) -> tuple[np.ndarray, np.ndarray]:
        """A corner of the face and two directions (3, 2) in its plane, in which it runs counter-clockwise."""
        a, b, c = self.crossing.points[self.faces[face]]
        first = (b - a) / max(float(np.linalg.norm(b - a)), 1e-300)
        second = (c - a) - ((c - a) @ first) * first
        return a, np.stack([first, second / max(float(np.linalg.norm(second)), 1e-300)], axis=1)

    def _order_edges(self) -> None:
        """For every pierced edge the piercings along it, from its lower vertex."""
        crossing, start = self.crossing, len(self.crossing.points)
        self.on_edge: dict[tuple[int, int], list[int]] = {}
        for k in np.lexsort((crossing.along, crossing.edges[:, 1], crossing.edges[:, 0])):
            low, high = crossing.edges[k]
            self.on_edge.setdefault((int(low), int(high)), []).append(start + int(k))

    def _chain(self, row: int) -> list[int]:
        """The points of one segment in order; its pieces go into `walls`."""
        first, last = (int(v) for v in self.crossing.ends[row])
        chain = [first, *(number for _, number in sorted(self.inner.get(row, []))), last]
        for a, b in itertools.pairwise(chain):
            self.walls[(a, b) if a < b else (b, a)] = row
        return chain

    def of(self, face: int) -> np.ndarray | None:
        """(c, 3) triangles that together are the face, cut along its segments; None if they cannot be told apart."""
        corners = [int(v) for v in self.faces[face]]
        rim: list[int] = []
        for a, b in zip(corners, corners[1:] + corners[:1], strict=True):
            middle = self.on_edge.get((min(a, b), max(a, b)), [])
            rim += [a, *(middle if a < b else middle[::-1])]
        segments = [self.chains[row] for row in self.pairs_of(face)]
        numbers = np.unique(np.array([*rim, *(v for chain in segments for v in chain)]))
        origin, frame = self._plane(face)
        flat = (self.points[numbers] - origin) @ frame
        place = {int(v): k for k, v in enumerate(numbers)}
        local = triangulated(flat, [place[v] for v in rim], [[place[v] for v in chain] for chain in segments])
        return None if local is None else numbers[local]


def _segments_meet(start: np.ndarray, end: np.ndarray, ends: np.ndarray) -> list[tuple[int, int, float, float]]:
    """Pairs i < j of (k, 2) plane segments that cross, and where along each; those with a common end do not."""
    found = []
    for i in range(len(start) - 1):
        d, e = end[i] - start[i], end[i + 1 :] - start[i + 1 :]
        offset = start[i + 1 :] - start[i]
        turn = d[0] * e[:, 1] - d[1] * e[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            s = (offset[:, 0] * e[:, 1] - offset[:, 1] * e[:, 0]) / turn
            t = (offset[:, 0] * d[1] - offset[:, 1] * d[0]) / turn
        apart = (ends[i + 1 :][:, :, None] != ends[i]).all(axis=(1, 2))
        hit = apart & (s > 0) & (s < 1) & (t > 0) & (t < 1)
        found += [(i, i + 1 + int(j), float(s[j]), float(t[j])) for j in np.flatnonzero(hit)]
    return found


def _front(
    points: np.ndarray, triangles: np.ndarray, origin: np.ndarray, surface: SurfaceDistance, cuts: _Cuts
) -> np.ndarray | None:
    """(f,) int64: the winding number before each triangle; None where the crossings contradict one another."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import breadth_first_order

    m, pairs = len(triangles), cuts.crossing.pairs
    low, high, half, face = _half_edges(triangles)
    wall = _walls(low, high, cuts)
    # neighbours over an edge of one face, or of two where none is a wall, have the same number
    plain = np.flatnonzero(wall < 0)
    first, second = _matched(low[plain], high[plain])
    f, g = face[plain][first], face[plain][second]
    count, patch = connected(np.stack([f, g], axis=1), m)
    walled = np.flatnonzero(wall >= 0)
    key = low[walled] * (len(points) + 1) + high[walled]
    order = np.lexsort((origin[face[walled]], key))
    walled, key = walled[order], key[order]
    own = origin[face[walled]]
    same = np.flatnonzero((key[1:] == key[:-1]) & (own[1:] == own[:-1]))
    one, other = walled[same], walled[same + 1]
    row = wall[one]
    across = np.where(pairs[row, 0] == own[same], pairs[row, 1], pairs[row, 0])
    normals = _normals(cuts.crossing.points, surface.faces)
    start = triangles[face[one], half[one]]
    end = triangles[face[one], (half[one] + 1) % 3]
    inward = np.cross(normals[own[same]], points[end] - points[start])  # from the edge into the first triangle
    before = np.einsum("ij,ij->i", inward, normals[across]) > 0
    a, b, step = patch[face[one]], patch[face[other]], np.where(before, 1, -1)  # front of b = front of a + step
    graph = coo_matrix((np.ones(2 * len(a)), (np.r_[a, b], np.r_[b, a])), shape=(count, count)).tocsr()
    steps = {(int(i), int(j)): int(s) for i, j, s in zip(np.r_[a, b], np.r_[b, a], np.r_[step, -step], strict=True)}
    area = np.linalg.norm(_normals(points, triangles, unit=False), axis=1)
    size = np.bincount(patch, weights=area, minlength=count)
    _, island = connected(np.stack([a, b], axis=1), count)
    number = np.zeros(count, dtype=np.int64)
    for k in range(int(island.max()) + 1):
        members = np.flatnonzero(island == k)
        root = int(members[size[members].argmax()])
        order, before_it = breadth_first_order(graph, root, directed=False)
        for node in order[1:]:
            number[node] = number[before_it[node]] + steps[(int(before_it[node]), int(node))]
    wrong = number[b] != number[a] + step
    if wrong.sum() > 0.02 * len(wrong):
        return None
    front = number[patch]
    return front + _missing(surface, points, triangles, area, front, island[patch])


def _walls(low: np.ndarray, high: np.ndarray, cuts: _Cuts) -> np.ndarray:
    """(h,) int64: of half-edges from lower to higher vertex the row of the pair whose segment they lie on, or -1."""
    wall = np.full(len(low), -1)
    if cuts.walls:
        at_wall = np.zeros(int(high.max()) + 1, dtype=bool)
        at_wall[np.array(list(cuts.walls)).reshape(-1)] = True
        for k in np.flatnonzero(at_wall[low] & at_wall[high]):
            wall[k] = cuts.walls.get((int(low[k]), int(high[k])), -1)
    return wall


def _missing(
    surface: SurfaceDistance,
    points: np.ndarray,
    triangles: np.ndarray,
    area: np.ndarray,
    front: np.ndarray,
    island: np.ndarray,
) -> np.ndarray:
    """(f,) int64: by how much the numbers of each island are to be raised, by the vote of its largest triangles."""
    rank = np.lexsort((-area, island))
    begins = np.flatnonzero(np.concatenate([[True], island[rank][1:] != island[rank][:-1]]))
    place = np.arange(len(rank)) - np.repeat(begins, np.diff(np.append(begins, len(rank))))
    rows = rank[place < VOTERS]
    before = beside(SurfaceDistance(points, triangles), 1.0, rows)
    asked = np.rint(surface.winding(before, FINE)).astype(np.int64) - front[rows]
    lowest = int(asked.min())
    votes = np.zeros((int(island.max()) + 1, int(asked.max()) - lowest + 1))
    np.add.at(votes, (island[rows], asked - lowest), area[rows])
    return (votes.argmax(axis=1) + lowest)[island]


def _half_edges(triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Lower and upper vertex, corner and face of each of the 3 f half-edges."""
    start, end = triangles.T.reshape(-1), triangles[:, [1, 2, 0]].T.reshape(-1)
    f = len(triangles)
    return np.minimum(start, end), np.maximum(start, end), np.repeat(np.arange(3), f), np.tile(np.arange(f), 3)


def _matched(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Half-edges that lie on one another where exactly two do; at an edge of more, sides are not told by it."""
    order = np.lexsort((high, low))
    same = (low[order][1:] == low[order][:-1]) & (high[order][1:] == high[order][:-1])
    crowded = np.zeros(len(order), dtype=bool)
    crowded[2:] = same[1:] & same[:-1]
    alone = np.flatnonzero(same & ~crowded[1:] & ~np.append(crowded[2:], False))
    return order[alone], order[alone + 1]


def _normals(points: np.ndarray, faces: np.ndarray, unit: bool = True) -> np.ndarray:
    a, b, c = (points[faces[:, k]] for k in range(3))
    found = np.cross(b - a, c - a)
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-300) if unit else found
