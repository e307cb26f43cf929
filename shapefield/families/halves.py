"""Completion as it is judged: a shape of which one half of the surface is seen, and the errors on either half.

Legend: n points on a surface.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shapefield.distance.signed import SurfaceDistance
from shapefield.families.partial import Partial
from shapefield.mesh.model import UNIT_RADIUS, Mesh
from shapefield.mesh.surface_points import on_surface
from shapefield.solid import Solid

SEEN = 20_000
"""Points, with normals, that the seen half of a surface is told by, about."""


@dataclass(frozen=True, eq=False)
class Half:
    """The part of a solid's surface where (x - middle) · direction > 0; input units."""

    solid: Solid
    direction: np.ndarray
    middle: float

    def sees(self, points: np.ndarray) -> np.ndarray:
        """(n,) bool, of points (n, 3) in input units."""
        return points @ self.direction > self.middle

    def partial(self, seed: int = 0) -> Partial:
        """Points with normals on the seen half."""
        mesh = self.solid.mesh
        points, face = on_surface(mesh, 2 * SEEN, np.random.Generator(np.random.PCG64(seed)))
        rows = self.sees(points)
        return Partial(points[rows], mesh.normals_of(face[rows]), mesh.name, mesh.unit)

    def errors(self, found: Mesh, points: int, seed: int = 0) -> tuple[float, float]:
        """Mean distances of the surfaces, both ways, on the seen half and on the unseen one, in bounding radii."""
        generator = np.random.Generator(np.random.PCG64(seed))
        similarity = self.solid.similarity
        ours = found.transformed(similarity)
        theirs = self.solid.mesh.transformed(similarity)
        forth, back = (on_surface(mesh, points, generator)[0] for mesh in (ours, theirs))
        away = self.solid.exact.unsigned(forth)
        lost = SurfaceDistance(ours.vertices, ours.faces, self.solid.backend).unsigned(back)
        sees = [self.sees(similarity.to_input(places)) for places in (forth, back)]
        halves = []
        for seen in (True, False):
            ways = [d[s == seen] for d, s in ((away, sees[0]), (lost, sees[1]))]
            halves.append(float(np.mean([way.mean() if len(way) else 0.0 for way in ways])) / UNIT_RADIUS)
        return halves[0], halves[1]


def half_of(solid: Solid, seed: int) -> Half:
    """One half of the surface's area, seen from a direction that the seed gives."""
    generator = np.random.Generator(np.random.PCG64(seed))
    direction = generator.standard_normal(3)
    direction /= np.linalg.norm(direction)
    points, _ = on_surface(solid.mesh, 4000, generator)
    return Half(solid, direction, float(np.median(points @ direction)))
