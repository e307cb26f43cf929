"""Where splats are looked at from: a ring for pictures, a sphere of cameras for a surface."""

from __future__ import annotations

import numpy as np

from shapefield.nerf.cameras import Camera, looking_at
from shapefield.splats.model import Splats

AWAY = 3.0
"""Distance of a camera from the middle, in radii of what it looks at."""
RAISED = 20.0
"""Degrees above the horizon."""
RING = 8
WIDTH, ASPECT = 800, 0.75
"""Of a picture where nothing else is asked for."""


def ring(splats: Splats, width: int | None = None) -> list[Camera]:
    """Cameras around the splats, a little above them, that hold nine of ten in the picture."""
    up = np.array(splats.up)
    first = np.eye(3)[int(np.abs(up).argmin())]
    second = np.cross(up, first)
    width = width or WIDTH
    height = max(1, round(ASPECT * width))
    raised = np.radians(RAISED)
    found = []
    for angle in np.arange(RING) * (2.0 * np.pi / RING):
        flat = np.cos(angle) * first + np.sin(angle) * second
        at = splats.center + AWAY * splats.size * (np.cos(raised) * flat + np.sin(raised) * up)
        found.append(_camera(at, splats.center, up, width, height, 1.3))
    return found


def sphere(center: np.ndarray, radius: float, side: int, count: int) -> list[Camera]:
    """`count` cameras spread evenly over all directions, whose square pictures just hold the ball of that radius."""
    k = np.arange(count) + 0.5
    turn, z = k * np.pi * (3.0 - np.sqrt(5.0)), 1.0 - 2.0 * k / count
    flat = np.sqrt(1.0 - z * z)
    around = np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1)
    up = np.array([0.0, 0.0, 1.0])
    return [_camera(center + AWAY * radius * way, center, up, side, side, 1.0) for way in around]


def _camera(at: np.ndarray, target: np.ndarray, up: np.ndarray, width: int, height: int, margin: float) -> Camera:
    """A camera AWAY radii from its target whose shorter side holds `margin` radii on each side of it."""
    focal = 0.5 * min(width, height) / (margin / np.sqrt(AWAY**2 - 1.0))
    return Camera(looking_at(at, target, up), focal, focal, width / 2.0, height / 2.0, width, height)
