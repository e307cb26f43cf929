"""Corners that belong together made one; faces that say nothing, or say it twice."""

from __future__ import annotations

import numpy as np

from shapefield.mesh.graph import connected, connected_faces
from shapefield.mesh.welding import groups_of_equal_rows
from shapefield.solid.nearness import near_pairs
from shapefield.solid.topology import edges_of

CRACKS = (1e-7, 1e-6, 1e-5, 1e-4)
"""Widths of cracks that are tried, unit lengths: from float32's rounding to a careless export's."""
SMALL_STEP = 0.2  # of the shortest edges, which welding must not swallow


def weld(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (n, 3) of the unit frame and faces (m, 3) without cracks: equal positions are one, unused ones gone.

    Where edges stay open, their ends are also joined over the narrowest crack that closes most of what can be closed;
    no other vertex is touched, and none over more than a fifth of the shorter edges.
    """
    used, faces = np.unique(faces, return_inverse=True)
    first, group = groups_of_equal_rows(vertices[used])
    vertices, faces = vertices[used][first], group[faces.reshape(-1, 3)]
    open_edges = _open_edges(faces)
    if not len(open_edges):
        return vertices, faces
    rim = np.unique(open_edges)
    limit = SMALL_STEP * float(np.quantile(np.linalg.norm(np.diff(vertices[open_edges], axis=1)[:, 0], axis=1), 0.05))
    best, left = np.arange(len(vertices)), len(open_edges)
    near = faces[_touching(faces, rim, len(vertices))]
    for width in CRACKS:
        if width > limit:
            break
        target = _joined(vertices, rim, width)
        joined = target[near]
        if not _proper(joined).any():
            break
        remaining = _open_at(joined[_proper(joined)], target[rim], len(vertices))
        if remaining < 0.7 * left:
            best, left = target, remaining
    return vertices, best[faces]


def _touching(faces: np.ndarray, some: np.ndarray, count: int) -> np.ndarray:
    """(m,) bool: faces that have one of `some` of the `count` vertices."""
    chosen = np.zeros(count, dtype=bool)
    chosen[some] = True
    found: np.ndarray = chosen[faces]
    return np.asarray(found.any(axis=1))


def _open_at(faces: np.ndarray, rim: np.ndarray, count: int) -> int:
    """How many edges that end at vertices of the rim only one face has."""
    chosen = np.zeros(count, dtype=bool)
    chosen[rim] = True
    return int(chosen[_open_edges(faces)].any(axis=1).sum())


def _joined(vertices: np.ndarray, rim: np.ndarray, width: float) -> np.ndarray:
    """(n,) int64: for every vertex the one it becomes, if those of the rim within `width` of each other are one."""
    _, label = connected(near_pairs(vertices[rim], width), len(rim))
    _, first = np.unique(label, return_index=True)
    target = np.arange(len(vertices))
    target[rim] = rim[first][label]
    return target


def _open_edges(faces: np.ndarray) -> np.ndarray:
    """(k, 2) ends of the edges that only one face has."""
    edges = edges_of(faces)
    return edges.half[(edges.count == 1)[edges.edge]]


def _proper(faces: np.ndarray) -> np.ndarray:
    """(m,) bool: three different corners."""
    return (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])


def without_duplicates(faces: np.ndarray) -> np.ndarray:
    """(m,) bool: faces to keep, each set of three different vertices once (turned over or not)."""
    ordered = np.sort(faces, axis=1)
    _, first = np.unique(_keys(ordered), return_index=True)
    once = np.zeros(len(faces), dtype=bool)
    once[first] = True
    return _proper(faces) & once


def stored_again(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(m,) bool: faces of components that lie wholly on another one, face on face, whichever way both are wound.

    A mesh may be stored twice, the second time turned over and with vertices of its own. Parts whose skins coincide
    here and there are not meant.
    """
    label = components(len(vertices), faces)
    again = np.zeros(len(faces), dtype=bool)
    if label.max() == 0:
        return again
    _, place = groups_of_equal_rows(vertices)
    _, face = np.unique(_keys(np.sort(place[faces], axis=1)), return_inverse=True)
    face = face.reshape(-1)
    order = np.lexsort((label, face))
    same = face[order][1:] == face[order][:-1]
    pairs, counts = np.unique(np.stack([label[order][:-1], label[order][1:]], 1)[same], axis=0, return_counts=True)
    size = np.bincount(label)
    for (kept, copy), count in zip(pairs, counts, strict=True):
        if kept != copy and count == size[copy] == size[kept]:
            again |= label == copy
    return again


def without_opposites(faces: np.ndarray) -> np.ndarray:
    """(m,) bool: faces to keep; two that lie on one another, wound against each other, enclose nothing and both go."""
    _, group = np.unique(_keys(np.sort(faces, axis=1)), return_inverse=True)
    group = group.reshape(-1)
    return np.bincount(group, weights=np.where(_even(faces), 1, -1))[group] != 0


def _even(faces: np.ndarray) -> np.ndarray:
    """(m,) bool: the corners are an even permutation of their ascending order."""
    a, b, c = faces[:, 0], faces[:, 1], faces[:, 2]
    return ((a > b).astype(int) + (a > c) + (b > c)) % 2 == 0


def _keys(ordered: np.ndarray) -> np.ndarray:
    """(m,) one number for each ascending triple, as a structured scalar that sorts quickly enough."""
    count = int(ordered.max()) + 1
    if count < 2_097_152:  # its cube fits 63 bits
        return (ordered[:, 0] * count + ordered[:, 1]) * count + ordered[:, 2]
    return np.ascontiguousarray(ordered).view([("a", "<i8"), ("b", "<i8"), ("c", "<i8")]).reshape(-1)


def components(vertex_count: int, faces: np.ndarray) -> np.ndarray:
    """(m,) int labels: faces that share a vertex, however far along, have one label."""
    return connected_faces(faces, vertex_count).astype(np.int64)
