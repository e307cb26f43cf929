"""Seeing a mesh: the first hit of many rays, through Open3D's ray caster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from shapefield.errors import ResourceError
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
    """Holds a mesh's acceleration structure. Rays and distances are in the mesh's own units."""

    def __init__(self, mesh: Mesh) -> None:
        try:
            import open3d
        except (ImportError, OSError) as error:
            raise ResourceError(
                f"ray casting: expected Open3D, it does not load ({error}): install its system libraries"
            ) from error
        self._tensor: Any = open3d.core.Tensor  # its stubs know no arrays
        self._scene = open3d.t.geometry.RaycastingScene()
        low, high = mesh.bounds
        self._center = 0.5 * (low + high)
        self._scale = 1.0 / max(float(np.linalg.norm(high - low)), 1e-12)
        vertices = ((mesh.vertices - self._center) * self._scale).astype(np.float32)
        self._scene.add_triangles(self._tensor(vertices), self._tensor(mesh.faces.astype(np.uint32)))

    def cast(self, origins: np.ndarray, directions: np.ndarray) -> Hits:
        """First hits of the rays from `origins` (n, 3) along unit `directions` (n, 3)."""
        local = np.concatenate([(origins - self._center) * self._scale, directions], axis=1).astype(np.float32)
        found = self._scene.cast_rays(self._tensor(local))
        face = found["primitive_ids"].numpy().astype(np.int64)
        uv = found["primitive_uvs"].numpy()
        distance = found["t_hit"].numpy() / np.float32(self._scale)
        face[~np.isfinite(distance)] = -1
        weights = np.concatenate([1.0 - uv.sum(axis=1, keepdims=True), uv], axis=1).astype(np.float32)
        return Hits(distance, face, weights)
