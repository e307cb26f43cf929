"""The first sight of a solid: its coarse grid of exact distances as a surface, before any network exists.

Read by cubic splines instead of linearly, the grid's surface is twice as near (docs/decisions/first-preview.md).
"""

from __future__ import annotations

import numpy as np

from shapefield.driving import finish
from shapefield.errors import InputError
from shapefield.events import Preview
from shapefield.solid import Solid
from shapefield.surface import extract

RESOLUTION = 128


def coarse_preview(solid: Solid, coarse: np.ndarray) -> Preview | None:
    """The surface of (b, b, b) distances at linspace(-1, 1, b), as the preview of step 0; None where none crosses 0."""
    rows = spline_rows(len(coarse), RESOLUTION + 1)
    fine = np.einsum("xi,yj,zk,ijk->xyz", rows, rows, rows, coarse, optimize=True).astype(np.float32)

    def value(points: np.ndarray) -> np.ndarray:
        """Of the nodes of the extraction's own grid, which is all that it asks for where nothing is refined."""
        x, y, z = np.rint((points.T + 1) * (0.5 * RESOLUTION)).astype(np.int64)
        return fine[x, y, z]

    try:
        mesh = finish(extract(value, RESOLUTION, refine=False)).mesh
    except InputError:
        return None
    error = solid.exact.unsigned(mesh.vertices) / solid.similarity.scale
    vertices = solid.similarity.to_input(mesh.vertices)
    return Preview(vertices, mesh.faces, 0, RESOLUTION, error.astype(np.float32))


def spline_rows(nodes: int, places: int) -> np.ndarray:
    """(places, nodes) R: R v are the values of the natural cubic spline through v, at equal steps from end to end.

    In B-splines: v = (c₋ + 4 c + c₊) / 6 with the coefficients continued straight at both ends, so that c = v there.
    """
    to_values = (4 * np.eye(nodes) + np.eye(nodes, k=1) + np.eye(nodes, k=-1)) / 6
    to_values[0], to_values[-1] = np.eye(nodes)[0], np.eye(nodes)[-1]
    inner = np.linalg.inv(to_values)
    coefficients = np.concatenate([2 * inner[:1] - inner[1:2], inner, 2 * inner[-1:] - inner[-2:-1]])
    at = np.linspace(0, nodes - 1, places)
    cell = np.minimum(at.astype(np.int64), nodes - 2)
    t = (at - cell)[:, None]
    weights = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3)
    return np.sum([w * coefficients[cell + k] for k, w in enumerate(weights)], axis=0) / 6
