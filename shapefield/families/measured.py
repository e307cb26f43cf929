"""A measured part, kept in a field: near its points the surface goes through them, farther off it is the code's.

Legend: n measured points, q points asked, k neighbours.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

NEIGHBOURS = 8
FLAT = 12
"""Neighbours that a normal is estimated from."""
WIDTH = 0.05
"""Over which measured and invented are blended, in bounding radii of the whole shape."""

Value = Callable[[np.ndarray], np.ndarray]


class Measured:
    """points (n, 3), normals (n, 3) unit, outward; width: of the blend; all in one frame, the family's."""

    def __init__(self, points: np.ndarray, normals: np.ndarray, width: float) -> None:
        from scipy.spatial import KDTree

        self.points, self.normals, self.width = points, normals, width
        self._tree = KDTree(points)
        some = points[:: max(len(points) // 2000, 1)]
        self.apart = max(float(np.median(self._nearest(some)[0][:, 1])), 1e-9)
        """Median distance of a point to its nearest neighbour."""

    def value(self, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """For asked (q, 3) the signed distance to the nearest points' tangent planes and how near these are, (q,) each.

        Planes are weighed by a Gaussian as wide as the nearest points are apart (implicit moving least squares).
        """
        away, near = self._nearest(asked)
        weight = np.exp((away[:, :1] ** 2 - away**2) / (2 * self.apart**2))
        offset = asked[:, None] - self.points[near]
        plane = np.einsum("qkc,qkc->qk", offset, self.normals[near])
        return (weight * plane).sum(axis=1) / weight.sum(axis=1), away[:, 0]

    def share(self, nearness: np.ndarray) -> np.ndarray:
        """(q,) how much the measured part counts: 1 within half of the width, 0 beyond it, smooth between."""
        t = np.clip(2 - 2 * nearness / self.width, 0.0, 1.0)
        return t * t * (3 - 2 * t)

    def invented(self, asked: np.ndarray) -> np.ndarray:
        """(q,) 0 where the points asked lie on what was measured, 1 where nothing was measured near them."""
        return 1 - self.share(self._nearest(asked)[0][:, 0])

    def kept_in(self, value: Value) -> Value:
        """`value` (q, 3) → (q,) with the measured part put in its place, as far as it reaches."""

        def blended(asked: np.ndarray) -> np.ndarray:
            found = value(asked)
            close = np.abs(found) < 4 * self.width
            rows = np.flatnonzero(close)
            if len(rows):
                distance, nearness = self.value(np.asarray(asked[rows], dtype=np.float64))
                share = self.share(nearness)
                found = found.copy()
                found[rows] = (share * distance + (1 - share) * found[rows]).astype(found.dtype)
            return found

        return blended

    def _nearest(self, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Distances and numbers (q, k) of the nearest points, the nearest first."""
        away, near = self._tree.query(asked, k=min(NEIGHBOURS, len(self.points)))
        return np.asarray(away), np.asarray(near)


def outward_normals(points: np.ndarray, gradient: Value, camera: np.ndarray | None = None) -> np.ndarray:
    """(n, 3) unit normals of a cloud: across the plane of each point's neighbours, towards the camera that saw them.

    gradient : (n, 3) → (n, 3) of a field near the cloud, along which they point where no camera is known
    """
    from scipy.spatial import KDTree

    _, near = KDTree(points).query(points, k=min(FLAT, len(points)))
    around = points[near] - points[near].mean(axis=1, keepdims=True)
    _, vectors = np.linalg.eigh(np.einsum("nki,nkj->nij", around, around))
    normals = vectors[:, :, 0]
    towards = gradient(points) if camera is None else camera - points
    return normals * np.where(np.einsum("ni,ni->n", normals, towards) < 0, -1.0, 1.0)[:, None]
