"""Polygons → triangles: fans where convex, the better diagonal in quads, ear clipping (Manifold's) where concave.

Polygons come flat: `counts` (p,) corners each, and one row per corner in every array of corners, k = counts.sum().
"""

from __future__ import annotations

import numpy as np

CORNER_LIMIT = 10_000
"""Corners above which a concave polygon is fanned after all: one that crosses itself costs their square (1 s here)."""


def left_out(counts: np.ndarray) -> list[str]:
    """The notice about polygons (their corners in `counts`) that are no faces, or none."""
    short = int((counts < 3).sum())
    return [f"left out {short:,} faces of fewer than three corners"] if short else []


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
    if size <= CORNER_LIMIT:
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
    """Triangulate one counter-clockwise polygon (s, 2) → (s - 2, 3) rows of it, near s log s unless it crosses itself.

    A polygon that crosses itself gives as many triangles, with the same outer edges; some of them overlap.
    """
    import manifold3d

    made = np.asarray(manifold3d.triangulate([np.ascontiguousarray(flat)]), dtype=np.int64)
    if len(made) == len(flat) - 2:
        return made
    steps = np.arange(1, len(flat) - 1)
    return np.stack([np.zeros_like(steps), steps, steps + 1], axis=1)
