"""Colours and normals of the input on the vertices of what was made of it. n vertices, m faces."""

from __future__ import annotations

import numpy as np

from shapefield.distance.signed import SurfaceDistance, choose_backend
from shapefield.mesh.model import Mesh


def colours_at(given: Mesh, colours: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(k, 3) points in the frame of a mesh with colours (n, 3) → (k, 3) uint8 RGB at the closest point of its surface,
    between its corners'."""
    frame, (backend, _) = given.similarity(), choose_backend()
    found = SurfaceDistance(frame.to_unit(given.vertices), given.faces, backend).closest(frame.to_unit(points))
    corners = given.faces[found.face]
    weights = _barycentric(frame.to_unit(given.vertices)[corners], found.point)
    mixed = np.einsum("kc,kcd->kd", weights, colours[corners].astype(np.float64))
    return (mixed.clip(0.0, 255.0) + 0.5).astype(np.uint8)


def _barycentric(triangles: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(k, 3) weights of the corners (k, 3, 3) of points that lie on the triangles; even where those have no area."""
    a, b, c = (triangles[:, corner] for corner in range(3))
    ab, ac, ap = b - a, c - a, points - a
    normal = np.cross(ab, ac)
    doubled = np.einsum("ij,ij->i", normal, normal)
    flat = doubled <= 0
    safe = np.where(flat, 1.0, doubled)
    v = np.einsum("ij,ij->i", np.cross(ap, ac), normal) / safe
    w = np.einsum("ij,ij->i", np.cross(ab, ap), normal) / safe
    weights = np.stack([1.0 - v - w, v, w], axis=1).clip(0.0, 1.0)
    weights[flat] = 1 / 3
    return weights / weights.sum(axis=1, keepdims=True)


def vertex_normals(mesh: Mesh) -> np.ndarray:
    """(n, 3) unit normals out of the faces', by area."""
    vectors = np.repeat(mesh.face_vectors, 3, axis=0)
    summed = np.stack(
        [np.bincount(mesh.faces.reshape(-1), vectors[:, axis], len(mesh.vertices)) for axis in range(3)], axis=1
    )
    return summed / np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-300)
