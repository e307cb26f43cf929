"""Points evenly over the area of a mesh."""

from __future__ import annotations

import numpy as np

from shapefield.mesh.model import Mesh


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
    places = (np.arange(part.start, part.stop) + generator.random(size)) * (area[-1] / count)
    face = np.searchsorted(area, places, side="right").clip(max=len(area) - 1)
    u, v = np.sqrt(generator.random(size)), generator.random(size)
    a, b, c = (mesh.vertices[mesh.faces[face, k]] for k in range(3))
    return (1 - u)[:, None] * a + (u * (1 - v))[:, None] * b + (u * v)[:, None] * c, face
