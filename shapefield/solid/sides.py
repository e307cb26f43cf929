"""The winding number on both sides of every face: which faces bound the solid, and which do not."""

from __future__ import annotations

import numpy as np

from shapefield.distance import COARSE, SurfaceDistance


def front_winding(surface: SurfaceDistance, accuracy: float = COARSE) -> np.ndarray:
    """(m,) float64: the winding number just off each face's centroid, on the side its normal points to.

    Behind a face it is one more. The offset is small against the face, large against float32's resolution.
    """
    corners = surface.vertices[surface.faces]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    doubled = np.linalg.norm(normal, axis=1)
    offset = np.clip(0.02 * np.sqrt(doubled), 3e-6, 1e-3)
    step = normal * (offset / np.maximum(doubled, 1e-300))[:, None]
    return surface.winding(corners.mean(axis=1) + step, accuracy)
