"""Surfaces that no face of the file gives: level sets of an exact function, extracted on a fine grid."""

from __future__ import annotations

from collections.abc import Callable, Generator

import numpy as np

from shapefield.distance.signed import SurfaceDistance
from shapefield.errors import InputError
from shapefield.events import Event
from shapefield.mesh.model import Mesh
from shapefield.solid.model import FaceOrigin
from shapefield.solid.probe import front_winding
from shapefield.solid.uniting import simplified
from shapefield.solid.work import NoInside, Work
from shapefield.surface import extract

RESOLUTION = 192
"""Cells along the unit frame's box, at the least."""
MOST_FACES = 600_000
"""Faces of an offset sheet beyond which it is sampled as coarsely as its wall allows, and flat places simplified."""
EXACT = 0.05
"""How far the surface may move for that, over half the wall."""


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
    return grid_work(*found, FaceOrigin.GRID)


def grid_work(vertices: np.ndarray, faces: np.ndarray, made: FaceOrigin) -> Work:
    """A surface none of whose faces is the input's."""
    return Work(vertices, faces, np.full(len(faces), -1), np.full(len(faces), made, dtype=np.int8))


def offset(sheet: SurfaceDistance, by: float) -> Generator[Event, None, Work]:
    """The surface of everything within `by` (unit lengths) of the sheet, sampled on a grid."""

    def value(points: np.ndarray) -> np.ndarray:
        return (sheet.unsigned(points) - by).astype(np.float32)

    corners = sheet.vertices[sheet.faces].reshape(-1, 3)
    low, high = corners.min(axis=0), corners.max(axis=0)
    half = 1.05 * (0.5 * float((high - low).max()) + by)
    area = float(Mesh(sheet.vertices, sheet.faces).face_areas.sum())
    many = 4 * area * (1.6 / by) ** 2 > MOST_FACES  # faces of both its sides, two a cell
    cells = 1.1 if many else 1.6  # through half the wall: two through a wall, or three where that is not too many
    resolution = int(np.clip(np.ceil(2 * cells * half / by), 64, 768))
    vertices, faces = yield from _extracted(value, resolution, 0.5 * (low + high), half)
    if len(faces) > MOST_FACES:
        vertices, faces = simplified(vertices, faces, EXACT * by)
    return grid_work(vertices, faces, FaceOrigin.THICKENED)


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
