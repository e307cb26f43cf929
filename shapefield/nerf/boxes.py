"""Where a scene without silhouettes lies: a box from where its cameras stand and look, and from its sparse points.

Cameras that were walked around something: what they look at, cut by the points there. Cameras side by side that look
one way: what lies at the depth of the points. Cameras in the middle that look around: the points.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shapefield.nerf.cameras import Camera, in_sight
from shapefield.nerf.paths import meeting_point
from shapefield.nerf.scene import Scene

FACING = 0.75
"""Share of the cameras that must look at the point where their axes meet."""
MISSING = 0.3
"""Median distance of the axes from that point, as a share of the cameras' distance, above which they do not meet."""
ONE_WAY = 0.85
"""Length of the mean viewing direction from which on all cameras look one way."""
FEWEST_POINTS = 20


def unbounded_box(scene: Scene, cameras: Sequence[Camera]) -> tuple[np.ndarray, str]:
    """(2, 3) lowest and highest corner, world units, and where they came from, one line."""
    points = scene.points
    if axes_meet(cameras):
        cube = looked_at(cameras)
        found = None if points is None else _cut(points, cube, cameras)
        if found is None:
            return cube, "the box is where the cameras look"
        return found, "the box is what the cameras look at, cut by the sparse points"
    if np.linalg.norm(np.mean([c.forward for c in cameras], axis=0)) > ONE_WAY:
        return ahead(cameras, points), "the box lies before the cameras, which look one way"
    if points is not None:
        return _around(points, 2.0), "the box holds the sparse points"
    return looked_at(cameras), "the box is where the cameras look"


def facing(cameras: Sequence[Camera]) -> float:
    """Share of the cameras that have the point nearest to all optical axes before them and in their picture, at more
    than a fifth of the usual distance; 0 for cameras that all stand in one place."""
    center = meeting_point(cameras)
    places = np.array([c.position for c in cameras])
    away = np.linalg.norm(places - center, axis=1)
    usual = float(np.median(away))
    if usual < 1e-9 or float(np.median(np.linalg.norm(places - places.mean(axis=0), axis=1))) < 0.02 * usual:
        return 0.0
    return float(
        np.mean([d > 0.2 * usual and len(in_sight(c, center[None])[0]) for c, d in zip(cameras, away, strict=True)])
    )


def axes_meet(cameras: Sequence[Camera]) -> bool:
    """Whether most cameras look at one point, and their axes pass by it closely."""
    return facing(cameras) >= FACING and passing(cameras) < MISSING


def passing(cameras: Sequence[Camera]) -> float:
    """Median sine of the angle between a camera's axis and the point nearest to all axes."""
    offsets = meeting_point(cameras) - np.array([c.position for c in cameras])
    across = np.linalg.norm(np.cross(offsets, [c.forward for c in cameras]), axis=1)
    return float(np.median(across / np.linalg.norm(offsets, axis=1).clip(1e-9)))


def looked_at(cameras: Sequence[Camera]) -> np.ndarray:
    """(2, 3) cube about the point nearest to all optical axes, as large as what the middle camera sees there."""
    center = meeting_point(cameras)
    distances = np.array([np.linalg.norm(c.position - center) for c in cameras])
    half = float(np.median(distances * [_widest(c) for c in cameras]))
    return np.stack([center - half, center + half])


def ahead(cameras: Sequence[Camera], points: np.ndarray | None) -> np.ndarray:
    """(2, 3) cube before cameras that look one way, at the harmonic mean depth of the points in sight: what is near
    moves most from picture to picture. Without points, at ten times the cameras' distance from one another."""
    middle, forward = (np.mean([getattr(c, what) for c in cameras], axis=0) for what in ("position", "forward"))
    forward /= np.linalg.norm(forward)
    depth = 10.0 * float(np.median([np.linalg.norm(c.position - middle) for c in cameras]))
    if points is not None:
        along = (points - middle) @ forward
        seen = along[(_shares(points, cameras) >= 0.5) & (along > 0)]
        depth = 1.0 / float(np.mean(1.0 / seen)) if len(seen) >= FEWEST_POINTS else depth
    center = middle + max(depth, 1e-6) * forward
    half = max(depth, 1e-6) * min(float(np.median([_widest(c) for c in cameras])), 0.8)  # no camera inside
    return np.stack([center - half, center + half])


def _widest(camera: Camera) -> float:
    """Tangent of half the larger angle of view."""
    return 0.5 * max(camera.width / camera.fx, camera.height / camera.fy)


def _shares(points: np.ndarray, cameras: Sequence[Camera]) -> np.ndarray:
    """(n,) share of the cameras that have a point in their picture."""
    counts = np.zeros(len(points))
    for camera in cameras:
        counts[in_sight(camera, points)[0]] += 1.0
    return counts / len(cameras)


def _cut(points: np.ndarray, cube: np.ndarray, cameras: Sequence[Camera]) -> np.ndarray | None:
    """(2, 3): the cube as far as there are points in it that many cameras see; None where there are too few."""
    inside = points[((points > cube[0]) & (points < cube[1])).all(axis=1)]
    shares = _shares(inside, cameras)
    seen = inside[shares >= 0.5 * shares.max(initial=0.0)]
    if len(seen) < FEWEST_POINTS:
        return None
    low, high = _around(seen, 1.0)
    return np.stack([np.maximum(low, cube[0]), np.minimum(high, cube[1])])


def _around(points: np.ndarray, percent: float) -> np.ndarray:
    """(2, 3): all points but `percent` at either end, with a margin of a tenth."""
    low, high = np.percentile(points, [percent, 100.0 - percent], axis=0)
    margin = 0.1 * (high - low) + 1e-3 * float((high - low).max())
    return np.stack([low - margin, high + margin])
