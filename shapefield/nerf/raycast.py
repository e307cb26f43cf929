"""Seeing a mesh: the first hit of many rays, through our own hierarchy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shapefield.distance.signed import SurfaceDistance, choose_backend
from shapefield.mesh.model import Mesh


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """First hits of n rays.

    distance : (n,) float32 along the unit direction, inf where nothing is hit
    face     : (n,) int64, -1 where nothing is hit;  barycentric : (n, 3) float32 weights of the face's corners
    """

    distance: np.ndarray
    face: np.ndarray
    barycentric: np.ndarray


class Caster:
    """Holds a mesh's hierarchy. Rays and distances are in the mesh's own units."""

    def __init__(self, mesh: Mesh) -> None:
        self._frame = mesh.similarity()
        backend, _ = choose_backend()
        self._surface = SurfaceDistance(self._frame.to_unit(mesh.vertices), mesh.faces, backend)

    def cast(self, origins: np.ndarray, directions: np.ndarray) -> Hits:
        """First hits of the rays from `origins` (n, 3) along unit `directions` (n, 3), or (3,) for all of them."""
        t, face, weights = self._surface.hierarchy.first_hits(self._frame.to_unit(origins), directions)
        barycentric = np.concatenate([1.0 - weights.sum(axis=1, keepdims=True), weights], axis=1)
        return Hits((t / self._frame.scale).astype(np.float32), face, barycentric.astype(np.float32))
