"""Is it closed, is it manifold, and how far is it from the clean mesh?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shapefield.distance.signed import SurfaceDistance
from shapefield.mesh.edges import fans_per_vertex, find_edges
from shapefield.mesh.model import UNIT_RADIUS, Mesh
from shapefield.mesh.surface_points import on_surface

GOOD = 5e-3
"""Mean error, in bounding radii of the clean mesh, up to which a repair counts as a success."""
POINTS = 30_000


@dataclass(frozen=True)
class Score:
    """closed: every edge has two faces that agree;  manifold: one fan a vertex;  error: mean, both ways, over R."""

    closed: bool
    manifold: bool
    outward: bool
    error: float

    @property
    def success(self) -> bool:
        """A closed, outward manifold within `GOOD`."""
        return self.closed and self.manifold and self.outward and self.error <= GOOD


def score(found: Mesh, clean: Mesh) -> Score:
    """Both in the same frame."""
    frame = clean.similarity()
    ours, truth = found.transformed(frame), clean.transformed(frame)
    edges = find_edges(ours.faces, len(ours.vertices))
    closed = bool((edges.count == 2).all() and edges.opposite.all())
    fans = fans_per_vertex(ours.faces, edges, len(ours.vertices))
    generator = np.random.Generator(np.random.PCG64(0))
    forth = SurfaceDistance(truth.vertices, truth.faces).unsigned(on_surface(ours, POINTS, generator)[0])
    back = SurfaceDistance(ours.vertices, ours.faces).unsigned(on_surface(truth, POINTS, generator)[0])
    error = 0.5 * (float(forth.mean()) + float(back.mean())) / UNIT_RADIUS
    return Score(closed, bool((fans <= 1).all()), found.volume > 0, error)
