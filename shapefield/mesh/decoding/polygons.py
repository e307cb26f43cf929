"""Polygons → triangles: fans where convex, the better diagonal in quads, ear clipping where concave.

Polygons come flat: `counts` (p,) corners each, and one row per corner in every array of corners, k = counts.sum().
"""

from __future__ import annotations

import numpy as np

EAR_CLIPPING_LIMIT = 1000
"""Corners above which a concave polygon is fanned after all: clipping costs the cube in the worst case."""


def triangulate(positions: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Split polygons into triangles that keep their winding; in file order.

    positions : (k, 3) float64, position of every corner
    counts    : (p,) int, corners of every polygon; those with fewer than 3 give nothing
    Returns corners (m, 3) int64, rows of `positions`, and polygon (m,) int64, which polygon each came from.
    """
    counts = np.asarray(counts, dtype=np.int64)
    starts = np.cumsum(counts) - counts
    if len(counts) and (counts == 3).all():
        return np.arange(len(positions), dtype=np.int64).reshape(-1, 3), np.arange(len(counts))
    corners, polygons = [np.zeros((0, 3), np.int64)], [np.zeros(0, np.int64)]
    for size in np.unique(counts[counts >= 3]):
        which = np.flatnonzero(counts == size)
        rows = starts[which, None] + np.arange(size)
        made = rows if size == 3 else _quads(positions, rows) if size == 4 else _larger(positions, rows)
        corners.append(made.reshape(-1, 3))
        polygons.append(np.repeat(which, size - 2))
    polygon = np.concatenate(polygons)
    order = np.argsort(polygon, kind="stable")
    return np.concatenate(corners)[order], polygon[order]


def newell_normals(points: np.ndarray) -> np.ndarray:
    """(p, s, 3) polygons → (p, 3): twice the area along the normal; right for any planar polygon, concave ones too."""
    shifted = points - points[:, :1]
    return np.cross(shifted, np.roll(shifted, -1, axis=1)).sum(axis=1)


def _quads(positions: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(q, 4) → (q, 2, 3): the diagonal 0-2, or 1-3 where 0-2 lies outside a concave quad."""
    points = positions[rows]
    normal = newell_normals(points)
    first = _orientation(points, (0, 1, 2), normal)
    second = _orientation(points, (0, 2, 3), normal)
    other = np.minimum(_orientation(points, (0, 1, 3), normal), _orientation(points, (1, 2, 3), normal))
    swap = (np.minimum(first, second) < 0) & (other >= 0)
    fan = rows[:, [[0, 1, 2], [0, 2, 3]]]
    fan[swap] = rows[swap][:, [[0, 1, 3], [1, 2, 3]]]
    return fan


def _orientation(points: np.ndarray, corners: tuple[int, int, int], normal: np.ndarray) -> np.ndarray:
    a, b, c = (points[:, k] for k in corners)
    return np.einsum("ij,ij->i", np.cross(b - a, c - a), normal)


def _larger(positions: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(p, s) → (p, s - 2, 3): fans, and ear clipping for the polygons with a reflex corner."""
    points = positions[rows]
    size = rows.shape[1]
    normal = newell_normals(points)
    back, ahead = points - np.roll(points, 1, axis=1), np.roll(points, -1, axis=1) - points
    turns = np.einsum("psj,pj->ps", np.cross(back, ahead), normal)
    tolerance = 1e-9 * np.einsum("pj,pj->p", normal, normal)
    concave = (turns < -tolerance[:, None]).any(axis=1)
    steps = np.arange(1, size - 1)
    fan = np.stack([np.broadcast_to(0, steps.shape), steps, steps + 1], axis=1)
    local = np.broadcast_to(fan, (len(rows), size - 2, 3)).copy()
    if size <= EAR_CLIPPING_LIMIT:
        for k in np.flatnonzero(concave):
            local[k] = clip_ears(_flatten(points[k], normal[k]))
    return np.take_along_axis(rows[:, None, :], local, axis=2)


def _flatten(points: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """(s, 3) → (s, 2): dropped along the normal's largest axis, counter-clockwise kept."""
    axis = int(np.abs(normal).argmax())
    keep = [(1, 2), (2, 0), (0, 1)][axis]
    flat = points[:, list(keep)]
    return flat if normal[axis] >= 0 else flat * [-1.0, 1.0]


def clip_ears(flat: np.ndarray) -> np.ndarray:
    """Triangulate one simple counter-clockwise polygon (s, 2) → (s - 2, 3) rows of it (Meisters' two-ears theorem).

    Where a self-crossing polygon leaves no ear, the sharpest remaining corner is cut.
    """
    left = list(range(len(flat)))
    made = []
    while len(left) > 3:
        here = np.array(left)
        a, b, c = flat[np.roll(here, 1)], flat[here], flat[np.roll(here, -1)]
        turn = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
        cut = next((int(k) for k in np.flatnonzero(turn > 0) if _is_ear(flat, here, int(k))), int(turn.argmax()))
        made.append((left[cut - 1], left[cut], left[(cut + 1) % len(left)]))
        del left[cut]
    made.append(tuple(left))
    return np.array(made, dtype=np.int64)


def _is_ear(flat: np.ndarray, here: np.ndarray, k: int) -> bool:
    """Whether no other remaining corner lies in the triangle cut at corner k."""
    n = len(here)
    a, b, c = flat[here[k - 1]], flat[here[k]], flat[here[(k + 1) % n]]
    others = flat[np.delete(here, [(k - 1) % n, k, (k + 1) % n])]
    same = (others == a).all(1) | (others == b).all(1) | (others == c).all(1)

    def side(p: np.ndarray, q: np.ndarray) -> np.ndarray:
        return (q[0] - p[0]) * (others[:, 1] - p[1]) - (q[1] - p[1]) * (others[:, 0] - p[0])

    within = (side(a, b) >= 0) & (side(b, c) >= 0) & (side(c, a) >= 0)
    return not bool((within & ~same).any())
