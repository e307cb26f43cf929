"""Edges of four faces and more, and vertices of two fans, parted: there the surface of a solid touches itself."""

from __future__ import annotations

import numpy as np

from shapefield.mesh.graph import connected
from shapefield.solid.topology import HalfEdges, edges_of


def separated(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Closed, outward faces (m, 3) → vertices and faces of the same places whose edges have two faces, where they can.

    Around a crowded edge the two faces with solid between them stay together, and vertices are doubled where fans of
    faces then hang together by nothing else: two cones tip to tip have two tips. Vertices of a single fan keep their
    place in the array; where all are such, both arrays are returned as they were given.
    """
    edges, m = edges_of(faces), len(faces)
    two = edges.starts[:-1][edges.count == 2]
    pairs = [np.stack([edges.order[two], edges.order[two + 1]], axis=1)]
    for at in np.flatnonzero(edges.count > 2):
        pairs.append(_around(vertices, faces, edges, edges.order[edges.starts[at] : edges.starts[at + 1]]))
    one, other = np.concatenate(pairs).T
    # corner k of face i is node k m + i, as half-edges are numbered: the start of half-edge h is corner h
    end = (one + m) % (3 * m), (other + m) % (3 * m)
    links = np.concatenate([np.stack([one, end[1]], axis=1), np.stack([end[0], other], axis=1)])
    count, fan = connected(links, 3 * m)
    used = np.zeros(len(vertices), dtype=bool)
    used[faces] = True
    if count == used.sum():
        return vertices, faces
    vertex = np.zeros(count, dtype=np.int64)
    vertex[fan] = faces.T.reshape(-1)
    by_vertex = np.argsort(vertex, kind="stable")
    first = np.ones(count, dtype=bool)
    first[1:] = vertex[by_vertex][1:] != vertex[by_vertex][:-1]
    number = np.empty(count, dtype=np.int64)
    number[by_vertex] = np.where(first, vertex[by_vertex], len(vertices) + np.cumsum(~first) - 1)
    found = number[fan].reshape(3, m).T
    return np.concatenate([vertices, vertices[vertex[by_vertex][~first]]]), np.ascontiguousarray(found)


def _around(vertices: np.ndarray, faces: np.ndarray, edges: HalfEdges, halves: np.ndarray) -> np.ndarray:
    """(k, 2) half-edges of one crowded edge, two by two, the solid between them."""
    m = len(faces)
    low, high = np.sort(edges.half[halves[0]])
    axis = vertices[high] - vertices[low]
    axis = axis / max(float(np.linalg.norm(axis)), 1e-300)
    apex = vertices[faces[halves % m, (halves // m + 2) % 3]] - vertices[low]
    across = apex - (apex @ axis)[:, None] * axis
    first = across[0] / max(float(np.linalg.norm(across[0])), 1e-300)
    angle = np.arctan2(across @ np.cross(axis, first), across @ first) % (2 * np.pi)
    forward = edges.forward[halves]
    # a face run through forward has the solid before it in this order, one run through backward behind it
    turn = halves[np.lexsort((forward, angle))]
    forward = edges.forward[turn]
    begin = int(np.flatnonzero(~forward)[0])
    turn, forward = np.roll(turn, -begin), np.roll(forward, -begin)
    waiting, found = [], []
    for half, ahead in zip(turn, forward, strict=True):
        if not ahead:
            waiting.append(half)
        elif waiting:
            found.append((waiting.pop(), half))
        else:
            found.append((half, -1))
    alone = [half for half, mate in found if mate < 0]
    return np.array([pair for pair in found if pair[1] >= 0] + list(zip(waiting, alone, strict=True))).reshape(-1, 2)
