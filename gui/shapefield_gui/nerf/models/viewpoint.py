"""Where one stands in the scene: an orbit camera about its box, or exactly in the place of one of its pictures.

The room is the scene moved, turned and scaled so that its box is in the middle, its cameras' up is +z, and its cameras
are within about a unit: room = rotation @ (world - center) * scale. The orbit camera lives there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from shapefield.nerf.cameras import Camera as NerfCamera
from shapefield_gui.models.camera import ViewCamera as Orbit
from shapefield_gui.nerf.children.records import PosedView

FIELD_OF_VIEW = 40.0
"""Degrees, of the free view's height."""
BOX_SPAN = 1.9
"""Half heights of the box's half edge that "fit to view" gives."""


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """center (3,) world;  scale : room units a world unit;  rotation (3, 3) : rows are the room's axes, world frame"""

    center: np.ndarray
    scale: float
    rotation: np.ndarray

    def to_world(self, points: np.ndarray) -> np.ndarray:
        """(…, 3) room → (…, 3) world."""
        return np.asarray(points) @ self.rotation / self.scale + self.center

    def to_room(self, points: np.ndarray) -> np.ndarray:
        """(…, 3) world → (…, 3) room."""
        return (np.asarray(points) - self.center) @ self.rotation.T * self.scale


def room_of(center: np.ndarray, half: float, up: np.ndarray, positions: np.ndarray) -> Room:
    """The room of a box (center, half edge) seen by cameras at positions (n, 3)."""
    away = np.linalg.norm(positions - center, axis=1)
    reach = max(float(np.percentile(away, 90)) if len(away) else 0.0, half * math.sqrt(3.0))
    z = up / np.linalg.norm(up)
    x = np.eye(3)[0] if abs(z[0]) < 0.9 else np.eye(3)[1]
    x = x - (x @ z) * z
    x /= np.linalg.norm(x)
    return Room(np.asarray(center, float), 0.95 / reach, np.stack([x, np.cross(z, x), z]))


@dataclass(frozen=True, slots=True)
class SceneViewpoint:
    """orbit : the free camera;  view : the picture one stands in, or None"""

    orbit: Orbit = field(default_factory=lambda: Orbit(z_up=True, fov=FIELD_OF_VIEW))
    view: PosedView | None = None

    def camera(self, room: Room, width: int, height: int) -> NerfCamera:
        """The camera of a picture of that many pixels. In a posed view its whole picture is in it, as large as fits."""
        if self.view is not None:
            return _filling(self.view.camera, width, height)
        view = self.orbit.view(width / height)
        right, up, front = self.orbit.axes()
        tangent = math.tan(math.radians(self.orbit.fov) / 2)
        eye = np.asarray(self.orbit.target) + front * view.half_height / tangent
        pose = np.eye(4)
        pose[:3, :3] = room.rotation.T @ np.stack([right, up, front], axis=1)
        pose[:3, 3] = room.to_world(eye)
        focal = height / 2 / tangent
        return NerfCamera(pose, focal, focal, width / 2, height / 2, width, height)

    def frame(self, width: float, height: float) -> tuple[float, float, float, float] | None:
        """x, y, width, height of the posed picture inside a view of that size; None when standing freely."""
        if self.view is None:
            return None
        camera = self.view.camera
        size = min(width / camera.width, height / camera.height)
        w, h = camera.width * size, camera.height * size
        return ((width - w) / 2, (height - h) / 2, w, h)

    def freed(self, room: Room) -> SceneViewpoint:
        """The free camera at the same eye in the same direction (its roll is lost), orbiting what lies before it."""
        return self if self.view is None else SceneViewpoint.at(self.view.camera, room)

    @staticmethod
    def at(camera: NerfCamera, room: Room) -> SceneViewpoint:
        """The free camera at a camera's eye, in its direction."""
        eye, forward = room.to_room(camera.position), room.rotation @ camera.forward
        distance = max(float(-eye @ forward), 0.15)
        fov = math.degrees(2 * math.atan(camera.height / 2 / camera.fy))
        front = -forward
        elevation = math.asin(min(max(float(front[2]), -1.0), 1.0))
        azimuth = math.atan2(float(front[0]), float(-front[1]))
        target = eye + forward * distance
        half = distance * math.tan(math.radians(fov) / 2)
        x, y, z = (float(v) for v in target)
        return SceneViewpoint(Orbit(azimuth, elevation, (x, y, z), half, True, False, fov))

    def looking_at_box(self, room: Room, half: float) -> SceneViewpoint:
        """The box fills the view; half : its half edge, world units."""
        orbit = self.freed(room).orbit
        return SceneViewpoint(
            replace(orbit, target=(0.0, 0.0, 0.0), half_height=BOX_SPAN * half * room.scale, fov=FIELD_OF_VIEW)
        )

    def looking_at_all(self, room: Room) -> SceneViewpoint:
        """All cameras are in the view."""
        orbit = self.freed(room).orbit
        return SceneViewpoint(replace(orbit, target=(0.0, 0.0, 0.0), half_height=1.15, fov=FIELD_OF_VIEW))

    def turned(self, room: Room, preset: str) -> SceneViewpoint:
        """Looking from a named side."""
        return SceneViewpoint(self.freed(room).orbit.preset(preset))


def _filling(camera: NerfCamera, width: int, height: int) -> NerfCamera:
    """The camera, its picture as large as fits into the middle of width x height pixels; distortion is left out."""
    size = min(width / camera.width, height / camera.height)
    return NerfCamera(
        camera.pose,
        camera.fx * size,
        camera.fy * size,
        width / 2 + (camera.cx - camera.width / 2) * size,
        height / 2 + (camera.cy - camera.height / 2) * size,
        width,
        height,
    )


def frustum(camera: NerfCamera, length: float) -> np.ndarray:
    """(5, 3) world: the eye, then the picture's corners (top left, top right, bottom right, bottom left)."""
    w, h = camera.width, camera.height
    corners = np.array([(0, 0), (w, 0), (w, h), (0, h)], float)
    rays = np.ones((4, 3))
    rays[:, 0] = (corners[:, 0] - camera.cx) / camera.fx
    rays[:, 1] = -(corners[:, 1] - camera.cy) / camera.fy
    rays[:, 2] = -1.0
    points = rays * length / max(float(np.linalg.norm(rays[0])), 1e-9)
    return np.concatenate([camera.position[None], points @ camera.pose[:3, :3].T + camera.position])


BOX_EDGES = tuple((a, b) for a in range(8) for b in range(a + 1, 8) if (a ^ b) in (1, 2, 4))
"""Index pairs into `box_corners`."""


def box_corners(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """(8, 3) corners of a box; bit k of the index takes `high` along axis k."""
    return np.array([[(high if i >> k & 1 else low)[k] for k in range(3)] for i in range(8)])
