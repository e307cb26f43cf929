"""How the faces of a mesh hang together: edges, components and the boxes around them.

Legend: n vertices, m faces, e undirected edges, h = 3 m half-edges; half-edge k of face i has index k m + i and
runs from corner k to corner k + 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shapefield.machine.compiling import compiled
from shapefield.mesh.graph import grouped_pairs


@dataclass(frozen=True, slots=True, eq=False)
class HalfEdges:
    """The half-edges of a face array, and the edges that they run along.

    half     : (h, 2) int64 directed half-edges;  edge : (h,) int64, the undirected edge of each
    forward  : (h,) bool, runs from the smaller to the greater vertex
    count    : (e,) int64 faces at each edge;  net : (e,) int64 forward minus backward half-edges
    order    : (h,) int64 the half-edges edge by edge, those of edge k from starts[k] on;  starts : (e + 1,) int64
    """

    half: np.ndarray
    edge: np.ndarray
    forward: np.ndarray
    count: np.ndarray
    net: np.ndarray
    order: np.ndarray
    starts: np.ndarray

    @property
    def closed(self) -> bool:
        """Every edge is run through as often one way as the other: the winding number is an integer everywhere."""
        return bool((self.net == 0).all())

    @property
    def manifold(self) -> bool:
        """Every edge has two faces."""
        return bool((self.count == 2).all())


def edges_of(faces: np.ndarray) -> HalfEdges:
    """The half-edges and edges of (m, 3) faces."""
    half = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    forward = half[:, 0] < half[:, 1]
    low, high = np.minimum(half[:, 0], half[:, 1]), np.maximum(half[:, 0], half[:, 1])
    order, starts = grouped_pairs(low, high, int(faces.max()) + 1)
    count = np.diff(starts)
    edge = np.empty(len(order), dtype=np.int64)
    edge[order] = np.repeat(np.arange(len(count)), count)
    net = 2 * np.add.reduceat(forward[order], starts[:-1], dtype=np.int64) - count
    return HalfEdges(half, edge, forward, count, net, order, starts)


def boxes(vertices: np.ndarray, faces: np.ndarray, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(p, 3) lowest and highest corners of every component, by the faces' labels (m,)."""
    return _boxes(vertices, faces, np.ascontiguousarray(part, dtype=np.int64), int(part.max()) + 1)


@compiled
def _boxes(vertices, faces, part, count):
    low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    for f in range(len(faces)):
        for corner in range(3):
            for axis in range(3):
                value = vertices[faces[f, corner], axis]
                low[part[f], axis] = min(low[part[f], axis], value)
                high[part[f], axis] = max(high[part[f], axis], value)
    return low, high
