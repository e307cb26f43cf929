"""Which points of a surface can be seen from outside: those from which one of 32 rays meets nothing."""

from __future__ import annotations

import numpy as np

from shapefield.distance.signed import SurfaceDistance, morton_codes

RAYS = 32
OWN_FACE = 1e-5
"""What a ray leaves behind before anything can stop it, in R: the face it starts from, and its neighbours."""


def visible(surface: SurfaceDistance, points: np.ndarray, radius: float = 1.0) -> np.ndarray:
    """(n,) bool: at least one of RAYS rays from the point (n, 3), spread evenly over the sphere, meets no face.

    Every point has directions of its own, so that of a narrow shaft's bottom a fitting share is seen.
    """
    found, left = np.zeros(len(points), dtype=bool), np.arange(len(points))
    if len(points):
        left = np.argsort(morton_codes(points), kind="stable")
    number = np.arange(len(points))
    for k in range(RAYS):
        directions = _directions((11 * k) % RAYS, number)
        escaped = ~surface.hierarchy.blocked(points[left], directions, OWN_FACE * radius)
        found[left[escaped]] = True
        left, number = left[~escaped], number[~escaped]
        if not len(left):
            break
    return found


def _directions(k: int, number: np.ndarray) -> np.ndarray:
    """(n, 3) unit vectors: the k-th of RAYS on a golden spiral, each point's own turned and shifted along the axis."""
    shift, turn = (number * 0.7548776662466927) % 1.0, (number * 0.5698402909980532) % 1.0
    z = 1.0 - 2.0 * (k + shift) / RAYS
    around, flat = 2.0 * np.pi * (k * 0.6180339887498949 + turn), np.sqrt(1.0 - z * z)
    return np.stack([flat * np.cos(around), flat * np.sin(around), z], axis=1)
