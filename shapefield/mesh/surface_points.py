"""Points on a surface, as many to each face as its area asks for."""

from __future__ import annotations

import numpy as np

from shapefield.mesh.model import Mesh


def faces_at(sums: np.ndarray, places: np.ndarray) -> np.ndarray:
    """(k,) int64: the faces in which the places lie, when the faces' areas are laid end to end.

    sums : (m,) of the areas up to each face, itself included;  places : (k,) in [0, sums[-1]]
    """
    return np.searchsorted(sums, places, side="right").clip(max=len(sums) - 1)


def corner_weights(count: int, generator: np.random.Generator) -> np.ndarray:
    """(count, 3) float64 barycentric coordinates of random points, each place in a triangle as likely as another."""
    u, v = np.sqrt(generator.random(count)), generator.random(count)
    return np.stack([1 - u, u * (1 - v), u * v], axis=1)


def points_within(mesh: Mesh, face: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """(k, 3) float64: a random point of each of the faces (k,)."""
    weights = corner_weights(len(face), generator)
    a, b, c = (weights[:, k, None] * mesh.vertices[mesh.faces[face, k]] for k in range(3))
    return a + b + c


def on_surface(
    mesh: Mesh,
    count: int,
    generator: np.random.Generator,
    part: slice | None = None,
    area: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Area-weighted points (count, 3) float64 on the mesh, and the face (count,) int64 that each lies on.

    Face k gets its share by systematic sampling, which spreads points more evenly than independent draws.
    part : only those of the `count` points, whose other parts are drawn by other calls
    area : the sums of the faces' areas (m,) up to each, where the caller has them
    """
    part = slice(0, count) if part is None else part
    size = part.stop - part.start
    if size == 0:
        return np.empty((0, 3)), np.empty(0, dtype=np.int64)
    area = np.cumsum(mesh.face_areas) if area is None else area
    face = faces_at(area, (np.arange(part.start, part.stop) + generator.random(size)) * (area[-1] / count))
    return points_within(mesh, face, generator), face
