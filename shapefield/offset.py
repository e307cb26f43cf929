"""The solid grown or shrunk by a level: the frame that has room for it, and what a surface at that level should be.

The offset of a solid with signed distance d by a level l is {d ≤ l}, and the distance to its surface is |d - l|: exact
where d < l lies within the solid's own skeleton, and everywhere outside. Levels here are in input units.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import numpy as np

from shapefield.distance.signed import Closest, SurfaceDistance
from shapefield.errors import NoSurfaceError, UsageError
from shapefield.events import Event
from shapefield.lengths import check_level, told_length
from shapefield.mesh.model import UNIT_RADIUS, Mesh, Similarity
from shapefield.sampling import Samples
from shapefield.solid import Solid
from shapefield.surface import extract

FINEST = 256
"""Cells of the grid that an offset's surface is taken from, to draw points on it; distances to it are exact."""


def with_room(solid: Solid, level: float) -> Solid:
    """The same solid in a frame whose box holds its offset as the box of before holds the solid.

    Raises UsageError for a level beyond the bounding radius.
    """
    radius = solid.similarity.radius
    check_level(level, radius, solid.mesh.unit)
    if level <= 0:
        return solid
    similarity = Similarity(solid.similarity.center, UNIT_RADIUS / (radius + level))
    exact = SurfaceDistance(similarity.to_unit(solid.mesh.vertices), solid.mesh.faces, solid.backend)
    return replace(solid, similarity=similarity, exact=exact)


def require_rest(solid: Solid, samples: Samples, level: float) -> None:
    """Raise UsageError where a negative level leaves nothing of the solid, as far as its samples (unit frame) show."""
    deepest = min((float(d.min()) for d in (samples.near_distance, samples.uniform_distance) if len(d)), default=-1.0)
    if level < 0 and deepest > level * solid.similarity.scale:
        raise UsageError(nothing_left(level, deepest / solid.similarity.scale, solid.mesh.unit))


def nothing_left(level: float, deepest: float, unit: str | None) -> str:
    """What is wrong with a level below the deepest signed distance."""
    there, got = told_length(deepest, unit), told_length(level, unit)
    return f"level: expected above {there}, the signed distance of the deepest point inside, got {got}: shrink by less"


def offset(solid: Solid, level: float, resolution: int) -> Generator[Event, None, Solid]:
    """The solid offset by the level: its surface on a grid of at most FINEST³, and exact distances to it.

    It has the frame of `solid`, and so its R. Raises UsageError where nothing is left of it.
    """
    by = level * solid.similarity.scale
    half = 1.0 + max(by, 0.0)
    low, high = (-half, -half, -half), (half, half, half)
    try:
        found = yield from extract(solid.exact.signed, min(resolution, FINEST), level=by, lower=low, upper=high)
    except NoSurfaceError:
        depth = "the resolution shows: shrink by less, or give it a higher --resolution"
        raise UsageError(f"level: expected one at which {depth}, got {told_length(level, solid.mesh.unit)}") from None
    vertices, faces = found.mesh.vertices, found.mesh.faces
    mesh = Mesh(solid.similarity.to_input(vertices), faces, unit=solid.mesh.unit, name=solid.mesh.name)
    return replace(solid, mesh=mesh, exact=OffsetDistance(vertices, faces, solid.exact, by))


class OffsetDistance(SurfaceDistance):
    """Distances to the surface {d = level} of another mesh's signed distance d, unit frame.

    vertices, faces : that surface as far as a grid showed it; nearest faces and points are of it
    exact, level    : d, and the level in unit lengths, which distances and sides are made of
    """

    def __init__(self, vertices: np.ndarray, faces: np.ndarray, exact: SurfaceDistance, level: float) -> None:
        super().__init__(vertices, faces, exact.backend)
        self.solid, self.level = exact, level

    def closest(self, points: np.ndarray) -> Closest:
        """The face and point of the grid's surface, with the exact distance |d - level|."""
        return replace(super().closest(points), distance=np.abs(self.solid.signed(points) - self.level))

    def inside(self, points: np.ndarray) -> np.ndarray:
        """(n, 3) → (n,) bool: d < level."""
        return self.solid.signed(points) < self.level

    def signed_in_steps(self, points: np.ndarray, stage: str = "distances") -> Generator[Event, None, np.ndarray]:
        """(n, 3) → (n,) d - level, a Progress after every chunk."""
        return (yield from self.solid.signed_in_steps(points, stage)) - self.level
