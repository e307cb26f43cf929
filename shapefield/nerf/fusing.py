"""The surface that cameras agree on: depth maps of the training views, fused into one truncated signed distance.

A radiance field of photographs holds more than surfaces: fog in front of lenses, floaters that few views see, what
nobody saw and nothing refuted. Its level set is all of that. A place counts here as its views see it: empty where rays
pass on, inside just behind where they stop, and empty again where fewer than two cameras say anything (Curless and
Levoy 1996).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from shapefield.events import Progress
from shapefield.mesh.model import Similarity
from shapefield.nerf.cameras import Camera, in_sight, resized
from shapefield.nerf.picture import RenderedView

if TYPE_CHECKING:
    from shapefield.nerf.result import NerfResult

VERTICES = 129
"""Along an edge of the grid that is fused."""
TRUNCATION = 4.0
"""Cells before and behind a surface within which a view says how far it is."""
SIDE = 128
"""Pixels of the longer side of a depth map, at most."""
MOST = 60
"""Views that are asked, spread evenly over all."""
TWO = 2
"""Views that must say something of a place."""
SOLID = 0.5
"""Opacity from which on a ray stops somewhere."""

Value = Callable[[np.ndarray], np.ndarray]


def fused(result: NerfResult) -> Generator[Progress, None, Value]:
    """`fused_from` the training views of a run, in its model frame."""
    cameras = [shrunk(camera) for camera in spread(result.cameras)]
    return (yield from fused_from(cameras, partial(stopping, result), result.similarity))


def fused_from(
    cameras: Sequence[Camera], stopping: Callable[[Camera], np.ndarray], similarity: Similarity
) -> Generator[Progress, None, Value]:
    """A value at points (n, 3) of the model frame, negative inside: truncated distance in units of the truncation.

    stopping : a camera → (h, w) distance along every ray at which it stops, world units; infinite where it does not
    """
    line = np.linspace(-1.0, 1.0, VERTICES, dtype=np.float32)
    grid = np.stack(np.meshgrid(line, line, line, indexing="ij"), axis=-1).reshape(-1, 3)
    points = similarity.to_input(grid)
    reach = TRUNCATION * 2.0 / (VERTICES - 1) / similarity.scale
    total, count = np.zeros(len(points), dtype=np.float32), np.zeros(len(points), dtype=np.int16)
    for done, camera in enumerate(cameras, 1):
        depth = stopping(camera)
        inside, columns, rows = in_sight(camera, points)
        ahead = depth[rows, columns] - np.linalg.norm(points[inside] - camera.position, axis=1)
        known = ahead > -reach
        total[inside[known]] += np.clip(ahead[known] / reach, -1.0, 1.0)
        count[inside[known]] += 1
        yield Progress("surface", 0.5 * done / len(cameras), 1.0)
    mean = np.where(count >= TWO, total / np.maximum(count, 1), 1.0).astype(np.float32)
    values = mean.reshape((VERTICES,) * 3)

    def value(at: np.ndarray) -> np.ndarray:
        from scipy.ndimage import map_coordinates

        places = (np.clip(at, -1.0, 1.0).T + 1.0) * (0.5 * (VERTICES - 1))
        return map_coordinates(values, places, order=1, mode="nearest", output=np.float32)

    return value


def spread(cameras: Sequence[Camera]) -> list[Camera]:
    """At most MOST of the cameras."""
    return [cameras[k] for k in np.unique(np.linspace(0, len(cameras) - 1, MOST).round().astype(int))]


def shrunk(camera: Camera) -> Camera:
    """The camera at the size of a depth map."""
    scale = max(1.0, max(camera.width, camera.height) / SIDE)
    return resized(camera, max(1, round(camera.width / scale)), max(1, round(camera.height / scale)))


def stopping(result: NerfResult, camera: Camera) -> np.ndarray:
    """`stopped` of a run's view."""
    from shapefield.nerf.views import picture

    return stopped(picture(result, camera))


def stopped(seen: RenderedView) -> np.ndarray:
    """(h, w) distance along every ray at which it stops, world units; infinite where it does not."""
    return np.where(seen.opacity > SOLID, seen.depth, np.inf)


def slopes(value: Value, at: np.ndarray) -> np.ndarray:
    """(n, 3) unit vectors out of the surface: central differences of `value` over a cell."""
    step = np.eye(3, dtype=np.float32) * np.float32(2.0 / (VERTICES - 1))
    found = np.stack([value(at + row) - value(at - row) for row in step], axis=1).astype(np.float64)
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
