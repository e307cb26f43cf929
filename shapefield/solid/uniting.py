"""Overlapping closed parts made one surface, exactly, and a surface simplified, by manifold3d."""

from __future__ import annotations

import numpy as np

from shapefield.solid.separating import separated
from shapefield.solid.work import Work


def united(parts: list[Work]) -> Work | None:
    """The union of closed parts, which share one vertex array; None if one is no manifold.

    Of each part only faces that cross another's are cut; all others stay as they are.
    """
    import manifold3d as m3

    vertices = parts[0].vertices
    source = np.concatenate([part.source for part in parts])
    made = np.concatenate([part.made for part in parts])
    solids, start = [], 0
    for part in parts:
        places, faces = separated(vertices, part.faces)
        own, index = np.unique(faces, return_inverse=True)
        number = np.arange(
            start, start + len(part.faces), dtype=np.uint64
        )  # no two faces are one plane to be simplified
        mesh = m3.Mesh64(places[own], index.reshape(-1, 3).astype(np.uint64), face_id=number)
        piece = m3.Manifold(mesh)
        if piece.status() != m3.Error.NoError:
            return None
        if not piece.is_empty():
            solids.append(piece)
        start += len(part.faces)
    if not solids:
        return None
    whole = m3.Manifold.batch_boolean(solids, m3.OpType.Add).to_mesh64()
    places = np.ascontiguousarray(np.asarray(whole.vert_properties)[:, :3], dtype=np.float64)
    triangles, row = np.asarray(whole.tri_verts).astype(np.int64), np.asarray(whole.face_id).astype(np.int64)
    return Work(places, triangles, source[row], made[row]) if len(triangles) else None


def simplified(vertices: np.ndarray, faces: np.ndarray, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
    """A closed manifold with fewer faces, none of it moved by more than about `tolerance`; as it was if it is none."""
    import manifold3d as m3

    solid = m3.Manifold(m3.Mesh64(np.ascontiguousarray(vertices), faces.astype(np.uint64)))
    if solid.status() != m3.Error.NoError:
        return vertices, faces
    found = solid.simplify(tolerance).to_mesh64()
    places = np.ascontiguousarray(np.asarray(found.vert_properties)[:, :3], dtype=np.float64)
    return places, np.asarray(found.tri_verts).astype(np.int64)
