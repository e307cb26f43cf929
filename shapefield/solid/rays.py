"""A second opinion on the side: parity of crossings along rays. Reported, never used; single rays slip through."""

from __future__ import annotations

import numpy as np

from shapefield.solid.model import Solid

RAYS = 5
MOST_FACES = 1_000_000
"""Faces above which nobody is asked: the tree alone would take longer than the solid."""


def disagreement(solid: Solid, points: int = 1000, seed: int = 0) -> float | None:
    """Share of random points of the original mesh's box where most of 5 rays call the side otherwise than the solid.

    The rays meet the mesh as it was given, so on an open or layered mesh this says how far parity could be trusted.
    None for a mesh above `MOST_FACES`.
    """
    if len(solid.original.faces) > MOST_FACES:
        return None
    generator = np.random.Generator(np.random.PCG64(seed))
    frame = solid.original.similarity()
    vertices, faces = frame.to_unit(solid.original.vertices), solid.original.faces
    low, high = frame.to_unit(solid.original.bounds)
    where = np.repeat(generator.uniform(low, high, (points, 3)), RAYS, axis=0)
    direction = generator.standard_normal(where.shape)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    odd = (crossings(vertices, faces, where, direction) % 2).reshape(points, RAYS)
    inside = solid.inside(frame.to_input(where[::RAYS]))
    return float(((odd.sum(axis=1) > RAYS // 2) != inside).mean())


def crossings(vertices: np.ndarray, faces: np.ndarray, origins: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """(n,) int64: how many faces each ray meets."""
    import igl

    tree = igl.AABB()
    tree.init(vertices, faces)
    return np.array([len(hits) for hits in tree.intersect_ray(vertices, faces, origins, directions)], dtype=np.int64)
