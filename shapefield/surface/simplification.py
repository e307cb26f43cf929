"""Fewer faces, same shape: quadric decimation that keeps a closed mesh closed and manifold."""

from __future__ import annotations

import numpy as np

from shapefield.errors import UsageError
from shapefield.mesh.model import Mesh
from shapefield.surface.manifold import count_pinches, examine


def simplify(mesh: Mesh, faces: int) -> Mesh:
    """At most `faces` faces (a closed surface of g handles and c components cannot go below what those need).

    Quick quadric edge collapses first; where they break the manifold, libigl's, which check every collapse.
    Colours and normals are dropped: their vertices are gone. Raises UsageError below 4 faces.
    """
    if faces < 4:
        raise UsageError(f"faces: expected at least 4, got {faces}")
    if len(mesh.faces) <= faces:
        return mesh
    quick = _quick(mesh, faces)
    return quick if _is_sound(quick, mesh) else _safe(mesh, faces)


def _quick(mesh: Mesh, faces: int) -> Mesh:
    import fast_simplification

    result = fast_simplification.simplify(mesh.vertices, mesh.faces.astype(np.int32), target_count=faces, agg=5)
    return Mesh(np.asarray(result[0]), np.asarray(result[1]), unit=mesh.unit, name=mesh.name)


def _safe(mesh: Mesh, faces: int) -> Mesh:
    import igl

    result = igl.qslim(mesh.vertices, mesh.faces, faces)
    return Mesh(np.asarray(result[0]), np.asarray(result[1]), unit=mesh.unit, name=mesh.name)


def _is_sound(result: Mesh, original: Mesh) -> bool:
    """Closed, manifold, and not turned inside out."""
    count = len(result.vertices)
    if not examine(result.faces, count) or count_pinches(result.faces, count):
        return False
    return result.volume * original.volume > 0
