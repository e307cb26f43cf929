"""Surfaces that no face of the file gives: level sets of an exact function, extracted on a fine grid."""

from __future__ import annotations

from collections.abc import Callable, Generator

import numpy as np

from shapefield.distance.signed import SurfaceDistance
from shapefield.errors import InputError
from shapefield.events import Event
from shapefield.solid.work import NoInside
from shapefield.surface import extract

RESOLUTION = 192
GRID = f"grid of {RESOLUTION}³"


def boundary(exact: SurfaceDistance, bounding: np.ndarray) -> Generator[Event, None, tuple[np.ndarray, np.ndarray]]:
    """Vertices and faces of the edge of {winding number > 0.5}.

    exact : a mesh whose winding number is (nearly) an integer;  bounding : (m,) bool, its faces that are not inner
    """
    kept = SurfaceDistance(exact.vertices, exact.faces[bounding], exact.backend)

    def value(points: np.ndarray) -> np.ndarray:
        distance = kept.unsigned(points)
        return np.where(exact.inside(points), -distance, distance).astype(np.float32)

    return (yield from _extracted(value, RESOLUTION, 1.0))


def offset(
    sheet: SurfaceDistance, by: float, body: SurfaceDistance | None = None
) -> Generator[Event, None, tuple[np.ndarray, np.ndarray]]:
    """Vertices and faces of everything within `by` (unit lengths) of the sheet, united with a closed body."""

    def value(points: np.ndarray) -> np.ndarray:
        distance = sheet.unsigned(points) - by
        return (distance if body is None else np.minimum(distance, body.signed(points))).astype(np.float32)

    resolution = int(np.clip(np.ceil(3.2 / by), RESOLUTION, 768))  # three cells through the wall
    return (yield from _extracted(value, resolution, max(1.0, 1.03 * (0.95 + by))))


def _extracted(
    value: Callable[[np.ndarray], np.ndarray], resolution: int, half: float
) -> Generator[Event, None, tuple[np.ndarray, np.ndarray]]:
    try:
        found = yield from extract(value, resolution, lower=(-half, -half, -half), upper=(half, half, half))
    except InputError:
        raise NoInside("faces that enclose something, got only degenerate ones: re-export the mesh") from None
    return found.mesh.vertices, found.mesh.faces
