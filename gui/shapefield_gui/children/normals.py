"""Vertex normals for display: smooth where the surface is smooth, sharp at creases. n vertices, m faces."""

from __future__ import annotations

import numpy as np

CREASE = np.cos(np.radians(38.0))
"""A corner whose face leans further than this from its vertex's mean normal keeps the face's own normal."""


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
    if len(faces) > 400_000:
        return vertices, faces, smooth, origin
    lean = np.einsum("mki,mi->mk", smooth[faces], flat)
    sharp = lean < CREASE
    corners = faces[sharp]
    out = faces.copy()
    out[sharp] = len(vertices) + np.arange(len(corners))
    normals = np.concatenate([smooth, np.repeat(flat, 3, axis=0)[sharp.ravel()]])
    return np.concatenate([vertices, vertices[corners]]), out, normals, np.concatenate([origin, corners])


def _unit(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
