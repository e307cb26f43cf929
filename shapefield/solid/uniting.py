"""Overlapping closed components made one surface, exactly, by manifold3d."""

from __future__ import annotations

import numpy as np

from shapefield.distance.signed import SurfaceDistance
from shapefield.solid.orientation import patch_volumes
from shapefield.solid.topology import boxes


def united(vertices: np.ndarray, faces: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """The surface of the union of closed components (label of each face (m,)); None if one is no manifold.

    A component of negative volume is a cavity of the smallest one around it.
    """
    import manifold3d as m3

    volume, _ = patch_volumes(vertices, faces, label)
    if len(volume) > 2000:
        return None
    bodies: dict[int, list[int]] = {int(k): [] for k in np.flatnonzero(volume > 0)}
    for hollow in np.flatnonzero(volume < 0):
        home = _home(vertices, faces, label, int(hollow), volume)
        if home is None:
            return None
        bodies[home].append(int(hollow))
    solids = []
    for body, hollows in bodies.items():
        own, index = np.unique(faces[np.isin(label, [body, *hollows])], return_inverse=True)
        piece = m3.Manifold(m3.Mesh64(vertices[own], index.reshape(-1, 3).astype(np.uint64)))
        if piece.status() != m3.Error.NoError or piece.is_empty():
            return None
        solids.append(piece)
    whole = m3.Manifold.batch_boolean(solids, m3.OpType.Add).to_mesh64()
    found, triangles = np.asarray(whole.vert_properties)[:, :3], np.asarray(whole.tri_verts).astype(np.int64)
    return (np.ascontiguousarray(found, dtype=np.float64), triangles) if len(triangles) else None


def _home(vertices: np.ndarray, faces: np.ndarray, label: np.ndarray, hollow: int, volume: np.ndarray) -> int | None:
    """The smallest body around a cavity, asked for only where its box is around the cavity's."""
    point = vertices[faces[label == hollow]].mean(axis=1)[:1]
    low, high = boxes(vertices, faces, label)
    boxed = (volume > 0) & (low <= low[hollow]).all(axis=1) & (high >= high[hollow]).all(axis=1)
    around = [int(k) for k in np.flatnonzero(boxed) if SurfaceDistance(vertices, faces[label == k]).inside(point)[0]]
    return min(around, key=lambda k: float(volume[k])) if around else None
