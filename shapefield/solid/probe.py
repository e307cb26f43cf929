"""Both sides of every face: which faces bound the solid, and which do not."""

from __future__ import annotations

import numpy as np

from shapefield.distance.signed import COARSE, SurfaceDistance
from shapefield.mesh.model import Mesh
from shapefield.mesh.surface_points import faces_at

PROBED = 4096  # faces looked behind, evenly out of all
LOOKED_BEFORE = 1 << 17  # faces of a larger mesh before which is looked first
STEP = 3e-6  # unit lengths before and behind a face at which its sides are looked at
FOLDED = 1e-3  # share of the area before which there may be solid: folds in scans, far below a voxel


def front_winding(
    surface: SurfaceDistance, accuracy: float = COARSE, rows: slice | np.ndarray = slice(None)
) -> np.ndarray:
    """(m,) float64: the winding number just off the centroids of faces, on the side their normals point to.

    Behind a face it is one more.
    """
    return surface.winding(beside(surface, 1.0, rows), accuracy)


def spread_rows(label: np.ndarray) -> np.ndarray:
    """Rows of at most about PROBED faces of each label (m,), evenly in the faces' order."""
    order = np.argsort(label, kind="stable")
    size = np.bincount(label)
    rank = np.arange(len(label)) - np.repeat(np.cumsum(size) - size, size)
    step = -(-size // PROBED)
    return np.sort(order[rank % np.repeat(step, size) == 0])


def folded_share(surface: SurfaceDistance) -> float:
    """Share of the area before which the winding number is not 0.

    Large meshes are looked at in LOOKED_BEFORE places evenly over their area, and whole where that share comes near
    FOLDED.
    """
    area = Mesh(surface.vertices, surface.faces).face_areas
    if len(area) > LOOKED_BEFORE:
        places = np.random.default_rng(0).random(LOOKED_BEFORE) + np.arange(LOOKED_BEFORE)
        sums = np.cumsum(area)
        rows = faces_at(sums, places * (sums[-1] / LOOKED_BEFORE))
        seen, times = np.unique(rows, return_counts=True)
        before = surface.winding(beside(surface, 1.0, seen), COARSE)
        share = float(times[np.abs(before) > 0.5].sum()) / LOOKED_BEFORE
        if share < 0.5 * FOLDED:
            return share
    return float(area[np.abs(front_winding(surface)) > 0.5].sum() / max(float(area.sum()), 1e-300))


def hollow_share(surface: SurfaceDistance) -> float:
    """Share of the area behind which there is no solid either, as in a sheet with two sides; seen on PROBED faces."""
    rows = slice(None, None, -(-len(surface.faces) // PROBED))
    area = Mesh(surface.vertices, surface.faces[rows]).face_areas
    solid = surface.inside(beside(surface, -1.0, rows))
    return float(area[~solid].sum() / max(float(area.sum()), 1e-300))


def beside(surface: SurfaceDistance, side: float, rows: slice | np.ndarray = slice(None)) -> np.ndarray:
    """(m, 3) points just before (side 1) or behind (-1) the middle of each face, or of some `rows`.

    The step is the smallest that single precision, in which winding numbers are computed, still tells: a step that
    followed a face's size would reach through the gap before it into the next part.
    """
    corners = surface.vertices[surface.faces[rows]]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    doubled = np.linalg.norm(normal, axis=1)
    return corners.mean(axis=1) + normal * (side * STEP / np.maximum(doubled, 1e-300))[:, None]
