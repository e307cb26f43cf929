"""Surfaces that no face of the file gives: level sets of an exact function, extracted on a fine grid."""

from __future__ import annotations

from collections.abc import Callable, Generator

import numpy as np

from shapefield.distance.signed import SurfaceDistance
from shapefield.errors import InputError
from shapefield.events import Event
from shapefield.solid.model import Made
from shapefield.solid.probe import front_winding
from shapefield.solid.work import NoInside, Work
from shapefield.surface import extract

RESOLUTION = 192
"""Cells along the unit frame's box, at the least."""


def boundary(work: Work, backend: str, resolution: int) -> Generator[Event, None, Work]:
    """The edge of {winding number > 0.5} of faces whose winding number is (nearly) an integer, sampled on a grid.

    resolution : cells along the box of the whole unit frame; the grid spans only what these faces span
    """
    exact = SurfaceDistance(work.vertices, work.faces, backend)
    front = front_winding(exact)
    bounding = (front < 0.5) & (front > -0.5)
    if not bounding.any():
        raise NoInside("faces with solid on one side, got none: turn the faces outward and re-export the mesh")
    kept = SurfaceDistance(exact.vertices, exact.faces[bounding], exact.backend)

    def value(points: np.ndarray) -> np.ndarray:
        distance = kept.unsigned(points)
        return np.where(exact.inside(points), -distance, distance).astype(np.float32)

    corners = work.vertices[work.faces].reshape(-1, 3)
    low, high = corners.min(axis=0), corners.max(axis=0)
    cell = 2.0 / max(resolution, RESOLUTION)
    half = 0.5 * float((high - low).max()) + 3 * cell
    found = yield from _extracted(value, int(np.ceil(2 * half / cell)), 0.5 * (low + high), half)
    return grid_work(*found, Made.GRID)


def grid_work(vertices: np.ndarray, faces: np.ndarray, made: Made) -> Work:
    """A surface none of whose faces is the input's."""
    return Work(vertices, faces, np.full(len(faces), -1), np.full(len(faces), made, dtype=np.int8))


def offset(sheet: SurfaceDistance, by: float) -> Generator[Event, None, Work]:
    """The surface of everything within `by` (unit lengths) of the sheet, sampled on a grid."""

    def value(points: np.ndarray) -> np.ndarray:
        return (sheet.unsigned(points) - by).astype(np.float32)

    corners = sheet.vertices[sheet.faces].reshape(-1, 3)
    low, high = corners.min(axis=0), corners.max(axis=0)
    half = 1.05 * (0.5 * float((high - low).max()) + by)
    resolution = int(np.clip(np.ceil(3.2 * half / by), 64, 768))  # three cells through the wall
    found = yield from _extracted(value, resolution, 0.5 * (low + high), half)
    return grid_work(*found, Made.THICKENED)


def _extracted(
    value: Callable[[np.ndarray], np.ndarray], resolution: int, middle: np.ndarray, half: float
) -> Generator[Event, None, tuple[np.ndarray, np.ndarray]]:
    x, y, z = (float(c) for c in middle)
    lower, upper = (x - half, y - half, z - half), (x + half, y + half, z + half)
    try:
        found = yield from extract(value, resolution, lower=lower, upper=upper)
    except InputError:
        raise NoInside("faces that enclose something, got only degenerate ones: re-export the mesh") from None
    return found.mesh.vertices, found.mesh.faces
