"""Which point of a mesh lies under a pixel: one exact ray, and the error there."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import open3d as o3d

from shapefield_gui.children.messages import Pick, SetMesh, Viewpoint

# Open3D's stubs know none of its tensors' constructors
_tensor: Any = o3d.core.Tensor


class Picker:
    """A mesh that rays can be cast at."""

    def __init__(self, mesh: SetMesh) -> None:
        self._mesh = mesh
        self._scene = o3d.t.geometry.RaycastingScene(nthreads=1)
        self._scene.add_triangles(
            _tensor(np.ascontiguousarray(mesh.vertices, np.float32)),
            _tensor(np.ascontiguousarray(mesh.faces, np.uint32)),
        )

    def hit(self, pick: Pick) -> tuple[tuple[float, float, float] | None, float | None]:
        """Position in the unit frame and error at the nearest hit, or (None, None)."""
        origin, direction = ray(pick.view, pick.x, pick.y, pick.aspect)
        answer = self._scene.cast_rays(_tensor(np.concatenate([origin, direction])[None].astype(np.float32)))
        distance = float(answer["t_hit"][0].item())
        if not math.isfinite(distance):
            return None, None
        point = origin + distance * direction
        error = None
        if self._mesh.error is not None:
            u, v = answer["primitive_uvs"][0].numpy()
            corners = self._mesh.faces[int(answer["primitive_ids"][0].item())]
            error = float(np.dot(self._mesh.error[corners], (1 - u - v, u, v)))
        return (float(point[0]), float(point[1]), float(point[2])), error


def ray(view: Viewpoint, x: float, y: float, aspect: float) -> tuple[np.ndarray, np.ndarray]:
    """Origin (3,) and unit direction (3,) of the ray through (x, y), both 0..1 from the top left."""
    front = np.asarray(view.front, float)
    right = np.cross(view.up, front)
    right /= np.linalg.norm(right)
    up = np.cross(front, right)
    place = np.asarray(view.target) + view.half_height * ((2 * x - 1) * aspect * right + (1 - 2 * y) * up)
    if view.orthographic:
        return place + 10.0 * front, -front
    eye = np.asarray(view.target) + front * view.half_height / math.tan(math.radians(view.fov) / 2)
    direction = place - eye
    return eye, direction / np.linalg.norm(direction)
