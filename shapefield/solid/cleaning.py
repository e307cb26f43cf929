"""Faces that say nothing, or say it twice; bits that hang loose."""

from __future__ import annotations

import numpy as np

WELD = 1e-7
"""Vertices closer than about this, in unit lengths, are one: float32 files round shared corners so."""


def weld(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (n, 3) of the unit frame and faces (m, 3) with equal positions made one and unused ones dropped."""
    used, faces = np.unique(faces, return_inverse=True)
    vertices, faces = vertices[used], faces.reshape(-1, 3)
    key = np.round(vertices / WELD).astype(np.int64)
    _, first, group = np.unique(key, axis=0, return_index=True, return_inverse=True)
    return vertices[first], group.reshape(-1)[faces]


def without_duplicates(faces: np.ndarray) -> np.ndarray:
    """(m,) bool: faces to keep, each set of three different vertices once (turned over or not)."""
    ordered = np.sort(faces, axis=1)
    proper = (ordered[:, 0] != ordered[:, 1]) & (ordered[:, 1] != ordered[:, 2])
    _, first = np.unique(ordered, axis=0, return_index=True)
    once = np.zeros(len(faces), dtype=bool)
    once[first] = True
    return proper & once


def components(vertex_count: int, faces: np.ndarray) -> np.ndarray:
    """(m,) int labels: faces that share a vertex, however far along, have one label."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    rows, columns = faces[:, [0, 1]].reshape(-1), faces[:, [1, 2]].reshape(-1)
    graph = coo_matrix((np.ones(len(rows), dtype=bool), (rows, columns)), shape=(vertex_count, vertex_count))
    _, label = connected_components(graph, directed=False)
    return np.unique(label[faces[:, 0]], return_inverse=True)[1]
