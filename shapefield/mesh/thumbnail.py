"""A mesh as a small picture, for notebooks and reports: cast rays, one lamp, no window and no graphics card."""

from __future__ import annotations

import numpy as np

from shapefield.distance.signed import SurfaceDistance, choose_backend
from shapefield.mesh.model import Mesh, Similarity

VIEW = (0.55, -0.75, 0.4)
"""Direction towards the eye: from the front, the right and above, z up."""
LAMP = (0.3, -0.5, 0.8)
CLAY = np.array([0.78, 0.80, 0.84])


def thumbnail(mesh: Mesh, side: int = 320, frame: Similarity | None = None, supersample: int = 1) -> np.ndarray:
    """(side, side, 3) uint8: the mesh before white, in its own colours or in clay, by parallel rays.

    frame : what is seen is its unit sphere, the mesh's own by default;  supersample : rays along a pixel's edge
    Raises InputError for a mesh without extent.
    """
    unit = mesh.transformed(frame or mesh.similarity())
    backend, _ = choose_backend()
    hierarchy = SurfaceDistance(unit.vertices, unit.faces, backend).hierarchy
    towards, across, up = _axes()
    fine = side * supersample
    place = (np.arange(fine) + 0.5) / fine * 2 - 1
    x, y = np.meshgrid(place, -place)
    origins = 2 * towards + x.reshape(-1, 1) * across + y.reshape(-1, 1) * up
    _, face, weights = hierarchy.first_hits(origins, np.broadcast_to(-towards, origins.shape).copy())
    hit = face >= 0
    picture = np.ones((fine * fine, 3))
    picture[hit] = _shaded(unit, face[hit], weights[hit], towards)
    pixels = picture.reshape(side, supersample, side, supersample, 3).mean(axis=(1, 3))
    return (pixels * 255.0 + 0.5).astype(np.uint8)


def _axes() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Towards the eye, to the right and up, orthonormal."""
    towards = np.array(VIEW) / np.linalg.norm(VIEW)
    across = np.cross([0.0, 0.0, 1.0], towards)
    across /= np.linalg.norm(across)
    return towards, across, np.cross(towards, across)


def _shaded(mesh: Mesh, face: np.ndarray, weights: np.ndarray, towards: np.ndarray) -> np.ndarray:
    """(n, 3) colours in [0, 1] of points on faces, weighted by the second and third corner."""
    base: np.ndarray = CLAY
    if mesh.colors is not None:
        whole = np.concatenate([1 - weights.sum(axis=1, keepdims=True), weights], axis=1)
        base = (mesh.colors[mesh.faces[face]] / 255.0 * whole[:, :, None]).sum(axis=1)
    normal = mesh.normals_of(face)
    normal *= np.where(normal @ towards < 0, -1.0, 1.0)[:, None]  # both sides of a sheet are seen
    lamp = np.array(LAMP) / np.linalg.norm(LAMP)
    return base * (0.35 + 0.65 * np.clip(normal @ lamp, 0.0, 1.0))[:, None]
