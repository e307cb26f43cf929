"""A second opinion on the side: parity of crossings along rays. Reported, never used; single rays slip through."""

from __future__ import annotations

import numpy as np

from shapefield.mesh.model import UNIT_RADIUS
from shapefield.solid.model import Solid

RAYS = 5


def disagreement(solid: Solid, points: int = 400, seed: int = 0) -> float:
    """Share of random points of the original mesh's ball where most of 5 rays call the side otherwise than the solid.

    The rays meet the mesh as it was given, so on an open or layered mesh this says how far parity could be trusted.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    frame = solid.original.similarity()
    vertices, faces = frame.to_unit(solid.original.vertices), solid.original.faces
    where = generator.uniform(-0.6, 0.6, (points, 3)) * UNIT_RADIUS
    votes = np.zeros(points, dtype=np.int64)
    for _ in range(RAYS):
        direction = generator.standard_normal((points, 3))
        votes += crossings(vertices, faces, where, direction / np.linalg.norm(direction, axis=1, keepdims=True)) % 2
    return float(((votes > RAYS // 2) != solid.inside(frame.to_input(where))).mean())


def crossings(vertices: np.ndarray, faces: np.ndarray, origins: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """(n,) int64: how many faces each ray meets."""
    import igl

    tree = igl.AABB()
    tree.init(vertices, faces)
    return np.array([len(hits) for hits in tree.intersect_ray(vertices, faces, origins, directions)], dtype=np.int64)
