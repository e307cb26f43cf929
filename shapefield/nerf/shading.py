"""How the built-in scene's surface looks: a pattern or the mesh's own colours, one lamp, a mild highlight.

The highlight moves with the viewer, so that a model must learn view-dependent colour; everything else does not.
"""

from __future__ import annotations

import numpy as np

from shapefield.mesh.model import Mesh
from shapefield.nerf.raycast import Hits

LAMP = np.array([0.4, -0.5, 0.77])
AMBIENT, DIFFUSE, SPECULAR, SHININESS = 0.45, 0.5, 0.15, 12.0


def pattern(unit: np.ndarray) -> np.ndarray:
    """(n, 3) points in the unit frame → (n, 3) colours in [0.1, 0.95]: soft bands over a hue that drifts with place."""
    x, y, z = unit.T
    bands = 0.5 + 0.5 * np.tanh(3.0 * np.sin(7.0 * z + 2.0 * np.sin(4.0 * x)))
    warm = np.stack([0.85 + 0.1 * x, 0.45 + 0.25 * y, 0.25 + 0.1 * z], axis=1)
    cool = np.stack([0.2 + 0.1 * y, 0.45 + 0.2 * z, 0.75 + 0.15 * x], axis=1)
    return np.clip(bands[:, None] * warm + (1.0 - bands[:, None]) * cool, 0.1, 0.95)


def corner_normals(mesh: Mesh, smooth_degrees: float = 40.0) -> np.ndarray:
    """(m, 3, 3) unit normal at every corner of every face: smooth, but creases sharper than the angle stay sharp."""
    vectors = mesh.face_vectors
    total = np.zeros_like(mesh.vertices)
    for k in range(3):
        np.add.at(total, mesh.faces[:, k], vectors)
    smooth = total[mesh.faces]
    smooth /= np.maximum(np.linalg.norm(smooth, axis=2, keepdims=True), 1e-30)
    flat = np.broadcast_to(mesh.face_normals[:, None], smooth.shape)
    crease = (smooth * flat).sum(axis=2, keepdims=True) < np.cos(np.radians(smooth_degrees))
    return np.where(crease, flat, smooth)


def shade(mesh: Mesh, normals: np.ndarray, hits: Hits, directions: np.ndarray) -> np.ndarray:
    """(n, 3) float32 colours in [0, 1] of n rays that hit (`hits.face` >= 0).

    normals : (m, 3, 3) as `corner_normals` gives them;  directions : (n, 3) of the rays
    """
    corners = mesh.faces[hits.face]
    weights = hits.barycentric[:, :, None]
    if mesh.colors is not None:
        base = (mesh.colors[corners] / 255.0 * weights).sum(axis=1)
    else:
        base = pattern(mesh.similarity().to_unit((mesh.vertices[corners] * weights).sum(axis=1)))
    normal = (normals[hits.face] * weights).sum(axis=1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-30)
    facing = (normal * directions).sum(axis=1, keepdims=True)
    normal = np.where(facing > 0, -normal, normal)
    lamp = LAMP / np.linalg.norm(LAMP)
    half = lamp - directions
    half /= np.maximum(np.linalg.norm(half, axis=1, keepdims=True), 1e-30)
    diffuse = np.clip(normal @ lamp, 0.0, None)[:, None]
    highlight = np.clip((normal * half).sum(axis=1), 0.0, None)[:, None] ** SHININESS
    return np.clip(base * (AMBIENT + DIFFUSE * diffuse) + SPECULAR * highlight, 0.0, 1.0).astype(np.float32)
