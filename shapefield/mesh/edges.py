"""The edges of a triangle mesh, each with the faces on it: what every question about closedness asks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shapefield.mesh.graph import connected, grouped_pairs


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """All undirected edges of m faces, by their ends.

    ends   : (e, 2) int64 vertices, lower first
    count  : (e,) int64 faces on each edge
    pairs  : (p, 2) int64 half-edges of the edges with exactly two faces; half-edge h is face h // 3, corner h % 3
    opposite : (p,) bool, whether those two faces run along the edge in opposite directions, as neighbours should
    """

    ends: np.ndarray
    count: np.ndarray
    pairs: np.ndarray
    opposite: np.ndarray


def find_edges(faces: np.ndarray, vertex_count: int) -> Edges:
    """Edges of (m, 3) faces without repeated corners."""
    start = np.ascontiguousarray(faces).reshape(-1)
    end = np.ascontiguousarray(faces[:, [1, 2, 0]]).reshape(-1)
    low, high = np.minimum(start, end), np.maximum(start, end)
    order, starts = grouped_pairs(low, high, vertex_count)
    count, first = np.diff(starts), order[starts[:-1]]
    two = starts[:-1][count == 2]
    pairs = np.stack([order[two], order[two + 1]], axis=1)
    ends = np.stack([low[first], high[first]], axis=1)
    return Edges(ends, count, pairs, start[pairs[:, 0]] != start[pairs[:, 1]])


def fans_per_vertex(faces: np.ndarray, edges: Edges, vertex_count: int) -> np.ndarray:
    """(n,) how many separate fans of faces meet at each vertex: 1 is manifold, 0 unreferenced.

    The corners of two faces are of one fan if the faces share an edge at that vertex.
    """
    face, corner = edges.pairs // 3, edges.pairs % 3
    starts = 3 * face + corner
    ends = 3 * face + (corner + 1) % 3
    # half-edges that run against each other meet start to end; those of a flipped neighbour start to start
    other_start = np.where(edges.opposite, ends[:, 1], starts[:, 1])
    other_end = np.where(edges.opposite, starts[:, 1], ends[:, 1])
    links = np.concatenate([np.stack([starts[:, 0], other_start], 1), np.stack([ends[:, 0], other_end], 1)])
    number, label = connected(links, 3 * len(faces))
    vertex_of_fan = np.zeros(number, dtype=np.int64)
    vertex_of_fan[label] = faces.reshape(-1)
    return np.bincount(vertex_of_fan, minlength=vertex_count)
