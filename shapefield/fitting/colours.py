"""Colours of the input's surface, as samples for the RGB field that is learnt beside the distance."""

from __future__ import annotations

import numpy as np

from shapefield.mesh.model import Mesh


def draw_colours(mesh: Mesh, count: int, seed: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Area-weighted points (count, 3) on the mesh, its own frame, and their RGB (count, 3) in [0, 1], float32.

    Colours are interpolated between vertices. None for a mesh without colours.
    """
    if mesh.colors is None:
        return None
    generator = np.random.Generator(np.random.PCG64(seed))
    area = mesh.face_areas
    face = generator.choice(len(area), size=count, p=area / area.sum())
    u, v = np.sqrt(generator.random(count)), generator.random(count)
    weights = np.stack([1 - u, u * (1 - v), u * v], axis=1)
    corners = mesh.faces[face]
    points = np.einsum("nk,nkd->nd", weights, mesh.vertices[corners])
    colours = np.einsum("nk,nkd->nd", weights, mesh.colors[corners, :3] / 255.0)
    return points.astype(np.float32), colours.astype(np.float32)
