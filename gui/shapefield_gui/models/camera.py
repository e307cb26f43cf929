"""The orbit camera: where it looks, and what a drag, a wheel or a preset makes of it. Unit frame, radians."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from shapefield_gui.children.messages import Viewpoint

FIT = 1.08
"""Half height that shows the whole unit frame (radius 0.95) with a margin."""

_NEAREST, _FARTHEST = 0.045, 3.6

PRESETS: dict[str, tuple[float, float]] = {
    "front": (0.0, 0.0),
    "back": (180.0, 0.0),
    "left": (-90.0, 0.0),
    "right": (90.0, 0.0),
    "top": (0.0, 90.0),
    "bottom": (0.0, -90.0),
    "iso": (35.0, 25.0),
}
"""Azimuth and elevation in degrees."""


@dataclass(frozen=True, slots=True)
class ViewCamera:
    """azimuth about the up axis and elevation above it, in radians; half_height is what half the picture spans."""

    azimuth: float = math.radians(35.0)
    elevation: float = math.radians(25.0)
    target: tuple[float, float, float] = (0.0, 0.0, 0.0)
    half_height: float = FIT
    z_up: bool = False
    orthographic: bool = False
    fov: float = 30.0

    def axes(self) -> np.ndarray:
        """(3, 3) rows: right, up, and front (from the target to the eye), unit vectors."""
        ca, sa, ce, se = (f(a) for a in (self.azimuth, self.elevation) for f in (math.cos, math.sin))
        front = (ce * sa, se, ce * ca)
        right = (ca, 0.0, -sa)
        rows = np.array([right, np.cross(front, right), front])
        return rows @ _Y_TO_Z if self.z_up else rows

    @property
    def axis(self) -> tuple[float, float, float]:
        """The up axis of the world."""
        return (0.0, 0.0, 1.0) if self.z_up else (0.0, 1.0, 0.0)

    def view(self, aspect: float) -> Viewpoint:
        """What the renderer needs; a picture narrower than high still shows the whole width that was fitted."""
        _, up, front = self.axes()
        half = self.half_height / min(1.0, aspect)
        return Viewpoint(self.target, _tuple(front), _tuple(up), half, self.fov, self.orthographic)

    def orbited(self, right: float, up: float) -> ViewCamera:
        """Dragged by so many half heights: one half height turns by about a quarter turn."""
        limit = math.pi / 2
        elevation = min(max(self.elevation + up * 1.7, -limit), limit)
        return replace(self, azimuth=_wrapped(self.azimuth - right * 1.7), elevation=elevation)

    def panned(self, right: float, up: float) -> ViewCamera:
        """The scene follows the pointer, which moved by so many half heights."""
        x, y, _ = self.axes()
        moved = np.asarray(self.target) - (right * x + up * y) * self.half_height
        return replace(self, target=_tuple(np.clip(moved, -3.0, 3.0)))

    def zoomed(self, factor: float, right: float = 0.0, up: float = 0.0) -> ViewCamera:
        """Nearer by `factor` > 1; the point at (right, up), in half heights from the middle, stays where it is."""
        half = min(max(self.half_height / factor, _NEAREST), _FARTHEST)
        shift = (self.half_height - half) / self.half_height
        return replace(self.panned(-right * shift, -up * shift), half_height=half)

    def preset(self, name: str) -> ViewCamera:
        """Turned to a named side; target and zoom stay."""
        azimuth, elevation = PRESETS[name]
        return replace(self, azimuth=math.radians(azimuth), elevation=math.radians(elevation))

    def along(self, axis: int) -> ViewCamera:
        """Looking along a world axis, 0..2: from its positive end, or from the other one if it is there already."""
        towards = np.zeros(3)
        towards[axis] = -1.0 if self.axes()[2][axis] > 0.999 else 1.0
        x, y, z = (_Y_TO_Z @ towards) if self.z_up else towards
        upright = abs(y) > 0.5
        azimuth = self.azimuth if upright else math.atan2(x, z)
        return replace(self, azimuth=azimuth, elevation=math.copysign(math.pi / 2, y) if upright else 0.0)

    def about(self, point: tuple[float, float, float]) -> ViewCamera:
        """Turning about another point, which comes to the middle of the picture."""
        return replace(self, target=point)

    def fitted(self) -> ViewCamera:
        """The whole scene in the picture, same direction."""
        return replace(self, target=(0.0, 0.0, 0.0), half_height=FIT)

    def project(self, point: tuple[float, float, float], aspect: float) -> tuple[float, float]:
        """Where a point appears: (x, y), both 0..1 from the top left of a picture of that aspect."""
        return project(self.view(aspect), point, aspect)


def axes_of(view: Viewpoint) -> np.ndarray:
    """(3, 3) rows: right, up, and front (from the target to the eye), unit vectors."""
    return np.array([np.cross(view.up, view.front), view.up, view.front])


def project(view: Viewpoint, point: tuple[float, float, float], aspect: float) -> tuple[float, float]:
    """Where a point appears in a picture of that view and aspect: (x, y), both 0..1 from its top left."""
    x, y, z = axes_of(view) @ (np.asarray(point) - view.target)
    half = view.half_height
    if not view.orthographic:
        distance = half / math.tan(math.radians(view.fov) / 2)
        half *= max(distance - z, 1e-6) / distance
    return 0.5 + 0.5 * float(x) / (half * aspect), 0.5 - 0.5 * float(y) / half


# y-up to z-up: x stays, y becomes z, z becomes -y (rows times this)
_Y_TO_Z = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])


def _wrapped(angle: float) -> float:
    return (angle + math.pi) % (2 * math.pi) - math.pi


def _tuple(v: np.ndarray) -> tuple[float, float, float]:
    return (float(v[0]), float(v[1]), float(v[2]))
