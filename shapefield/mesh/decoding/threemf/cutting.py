"""Negative parts subtracted from an object's bodies: an exact Boolean difference by manifold3d."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from shapefield.mesh.welding import groups_of_equal_rows


@dataclass(frozen=True, slots=True)
class Body:
    """points : (n, 3) float64;  corners : (m, 3) int64;  paint : (m, 3) int64 colour numbers, -1 for none."""

    points: np.ndarray
    corners: np.ndarray
    paint: np.ndarray
    label: str = ""

    def placed(self, matrix: np.ndarray) -> Body:
        """The body under x' = [x, 1] · matrix (4, 3); a mirrored one is turned right side out."""
        turned = np.linalg.det(matrix[:3]) < 0
        corners, paint = (self.corners[:, ::-1], self.paint[:, ::-1]) if turned else (self.corners, self.paint)
        return Body(self.points @ matrix[:3] + matrix[3], corners, paint, self.label)


def subtract(bodies: list[Body], negatives: list[Body]) -> tuple[list[Body], list[str]]:
    """The bodies less the negatives, each body on its own, and a line for whatever could not be done.

    A body or a negative that is no closed manifold stays or falls away as a whole.
    """
    import manifold3d as m3

    notices: list[str] = []
    tools = []
    for negative in negatives:
        tool = _solid(negative)
        if tool is None:
            notices.append(f"left out the negative part{_named(negative)}: it is not closed, so nothing was subtracted")
        else:
            tools.append(tool)
    if not tools:
        return bodies, notices
    tool, low, high = m3.Manifold.batch_boolean(tools, m3.OpType.Add), *_bounds(negatives)
    made = []
    for body in bodies:
        apart = len(body.points) == 0 or (body.points.max(axis=0) < low).any() or (body.points.min(axis=0) > high).any()
        number = m3.Manifold.reserve_ids(1)
        solid = None if apart else _solid(body, number)
        if solid is not None:
            made.append(_body(solid - tool, number, body))
            continue
        made.append(body)
        if not apart:
            notices.append(f"the negative parts are not subtracted from the part{_named(body)}, which is not closed")
    return made, notices


def _named(body: Body) -> str:
    label = " ".join(body.label.split())[:40]
    return f" {label}" if label else ""


def _bounds(bodies: list[Body]) -> tuple[np.ndarray, np.ndarray]:
    filled = [body.points for body in bodies if len(body.points)]
    return np.min([p.min(axis=0) for p in filled], axis=0), np.max([p.max(axis=0) for p in filled], axis=0)


def _solid(body: Body, number: int = 0) -> Any:
    """A manifold3d solid of this original number; None if the body is no closed manifold. Its faces keep theirs."""
    import manifold3d as m3

    if len(body.corners) == 0 or not np.isfinite(body.points).all():
        return None
    first, group = groups_of_equal_rows(body.points)
    points, corners = body.points[first], group[body.corners]
    face = np.flatnonzero((corners != np.roll(corners, 1, axis=1)).all(axis=1))
    corners = corners[face]
    a, b, c = (points[corners[:, k]] - points[0] for k in range(3))
    if np.einsum("ij,ij->i", a, np.cross(b, c)).sum() < 0:  # inside out
        corners = corners[:, ::-1]
    mesh = m3.Mesh64(
        np.ascontiguousarray(points),
        np.ascontiguousarray(corners).astype(np.uint64),
        run_index=np.array([0, corners.size], dtype=np.uint64),
        run_original_id=np.array([number or m3.Manifold.reserve_ids(1)], dtype=np.uint32),
        face_id=face.astype(np.uint64),
    )
    solid = m3.Manifold(mesh)
    return None if solid.status() != m3.Error.NoError or solid.is_empty() else solid


def _body(solid: Any, number: int, before: Body) -> Body:
    """What manifold3d made of a body; faces that it still has keep their first corner's colour, cut ones have none."""
    mesh = solid.to_mesh64()
    corners = np.asarray(mesh.tri_verts).astype(np.int64).reshape(-1, 3)
    points = np.asarray(mesh.vert_properties, dtype=np.float64)[:, :3]
    face, paint = np.asarray(mesh.face_id, dtype=np.int64), np.full((len(corners), 3), -1)
    for original, start, end in zip(mesh.run_original_id, mesh.run_index[:-1], mesh.run_index[1:], strict=True):
        if original == number:
            rows = slice(start // 3, end // 3)
            paint[rows] = before.paint[face[rows], :1]
    return Body(points, corners, paint, before.label)
