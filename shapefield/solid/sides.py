"""Both sides of every face: which faces bound the solid, and which do not."""

from __future__ import annotations

import numpy as np

from shapefield.distance.signed import COARSE, SurfaceDistance
from shapefield.mesh.model import Mesh

PROBED = 4096  # faces looked behind, evenly out of all


def front_winding(surface: SurfaceDistance, accuracy: float = COARSE) -> np.ndarray:
    """(m,) float64: the winding number just off each face's centroid, on the side its normal points to.

    Behind a face it is one more.
    """
    return surface.winding(beside(surface, 1.0), accuracy)


def hollow_share(surface: SurfaceDistance) -> float:
    """Share of the area behind which there is no solid either, as in a sheet with two sides; seen on PROBED faces."""
    rows = slice(None, None, -(-len(surface.faces) // PROBED))
    area = Mesh(surface.vertices, surface.faces[rows]).face_areas
    solid = surface.inside(beside(surface, -1.0, rows))
    return float(area[~solid].sum() / max(float(area.sum()), 1e-300))


def beside(surface: SurfaceDistance, side: float, rows: slice = slice(None)) -> np.ndarray:
    """(m, 3) points just before (side 1) or behind (-1) the middle of each face, or of some `rows`.

    The step is small against the face, and large against the resolution of float32.
    """
    corners = surface.vertices[surface.faces[rows]]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    doubled = np.linalg.norm(normal, axis=1)
    step = side * np.clip(0.02 * np.sqrt(doubled), 3e-6, 1e-3)
    return corners.mean(axis=1) + normal * (step / np.maximum(doubled, 1e-300))[:, None]
