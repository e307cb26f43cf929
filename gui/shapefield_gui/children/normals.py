"""Vertex normals for display: smooth where the surface is smooth, sharp at creases. n vertices, m faces."""

from __future__ import annotations

import numpy as np

CREASE = np.cos(np.radians(30.0))
"""Faces at a vertex that lean further from each other than this do not share a normal."""
_SMOOTH = np.cos(np.radians(15.0))
"""Where all faces lean less from the vertex's mean than half of that, they share it whatever pair is looked at."""
_MOST_FACES = 400_000
"""Larger meshes are shown smooth: their triangles are smaller than pixels."""
_MOST_AROUND = 64
"""At a vertex of more faces each keeps its own normal: pairs grow with the square."""


def with_creases(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Duplicate the vertices at creases.

    vertices (n, 3), faces (m, 3) → vertices (k, 3) float64, faces (m, 3) int64, unit normals (k, 3) float64, and
    origin (k,): which of the n vertices each one was
    """
    vertices = np.asarray(vertices, np.float64)
    faces = np.asarray(faces, np.int64)
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    cross = np.cross(b - a, c - a)
    smooth = np.zeros_like(vertices)
    for k in range(3):
        for axis in range(3):
            smooth[:, axis] += np.bincount(faces[:, k], weights=cross[:, axis], minlength=len(vertices))
    smooth, flat = _unit(smooth), _unit(cross)
    origin = np.arange(len(vertices))
    if len(faces) > _MOST_FACES:
        return vertices, faces, smooth, origin
    lean = np.einsum("mki,mi->mk", smooth[faces], flat)
    creased = np.zeros(len(vertices), bool)
    creased[faces[lean < _SMOOTH]] = True
    if not creased.any():
        return vertices, faces, smooth, origin
    apart = creased[faces]
    corners = faces[apart]
    out = faces.copy()
    out[apart] = len(vertices) + np.arange(len(corners))
    normals = np.concatenate([smooth, _shared(corners, np.nonzero(apart)[0], cross, flat)])
    return np.concatenate([vertices, vertices[corners]]), out, normals, np.concatenate([origin, corners])


def _shared(corners: np.ndarray, owners: np.ndarray, cross: np.ndarray, flat: np.ndarray) -> np.ndarray:
    """(c, 3) unit normals: the mean, by area, of those faces around each corner that lean little from its own.

    corners, owners : (c,) the vertex and the face of each corner;  cross, flat : (m, 3) the faces' normals, twice
    their area long and of length one
    """
    order = np.argsort(corners, kind="stable")
    _, first, counts = np.unique(corners[order], return_index=True, return_counts=True)
    group = np.repeat(np.arange(len(counts)), counts)
    partners = np.where(counts > _MOST_AROUND, 0, counts)[group]
    one = np.repeat(np.arange(len(order)), partners)
    other = (
        np.arange(len(one)) - np.repeat(np.cumsum(partners) - partners, partners) + np.repeat(first[group], partners)
    )
    mine, its = owners[order][one], owners[order][other]
    near = np.einsum("pi,pi->p", flat[mine], flat[its]) > CREASE
    total = np.stack(
        [np.bincount(one[near], weights=cross[its[near], axis], minlength=len(order)) for axis in range(3)], axis=1
    )
    total[partners == 0] = flat[owners[order][partners == 0]]
    out = np.empty_like(total)
    out[order] = _unit(total)
    return out


def _unit(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
