"""What of the visible surface a repair would lose: asked once it is made, so that another one can be taken instead.

Frame: the unit frame. n points, m faces.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shapefield.distance.signed import SurfaceDistance
from shapefield.distance.visibility import visible
from shapefield.mesh.model import Mesh
from shapefield.mesh.surface_points import on_surface
from shapefield.mesh.welding import groups_of_equal_rows
from shapefield.solid.surfaces import Surfaces
from shapefield.solid.work import Work

POINTS = 20_000
GONE = 0.01
"""How far, in unit lengths, visible surface must lie from the result to be lost."""
COVERED = 0.002
"""How near the result a sheet lies, in unit lengths, that needs no thickness to be there: a quarter of a voxel."""
NEAR = 5
"""Decimals of unit lengths by which points are one."""
GONE_SHARE = 0.05
"""Share of a part's area from which the part is lost."""


@dataclass(frozen=True, slots=True, eq=False)
class VisibleLoss:
    """Points evenly over the given faces, and which of them are lost.

    face : (n,) int64 the given face of each point
    lost : (n,) bool, it can be seen and is not there;  outside : (n,) bool, it is lost, and not inside the result
    """

    face: np.ndarray
    lost: np.ndarray
    outside: np.ndarray

    @property
    def share(self) -> float:
        """The share of the given area that can be seen and is lost."""
        return float(self.lost.mean()) if len(self.lost) else 0.0

    def lost_parts(self, label: np.ndarray) -> np.ndarray:
        """(p,) bool: the parts, by the labels (m,) of the given faces, of which GONE_SHARE is lost and lies outside."""
        count = int(label.max()) + 1
        there = np.bincount(label[self.face], minlength=count)
        gone = np.bincount(label[self.face[self.outside]], minlength=count)
        return gone > GONE_SHARE * np.maximum(there, 1)


def visible_loss(
    given: Work, found: Work, around: SurfaceDistance, surfaces: Surfaces, thickness: float = 0.0
) -> VisibleLoss:
    """What of the given faces can be seen among those of `around`, the input's, and is not in the surface `found`.

    thickness : of sheets, which lie half of it within their new surface
    """
    own = np.flatnonzero(given.source >= 0)
    points, row = on_surface(Mesh(given.vertices, given.faces[own]), POINTS, np.random.default_rng(0))
    lost, outside = np.ones(len(points), dtype=bool), np.zeros(len(points), dtype=bool)
    surface = surfaces.of(found) if len(found.faces) else None
    if surface is not None:
        first, place = groups_of_equal_rows(np.round(points, NEAR))  # a speck's points are all one, far from none
        lost = (surface.unsigned(points[first]) > GONE + 0.5 * thickness)[place]
    lost[lost] = visible(around, points[lost])
    outside[lost] = True if surface is None else ~surface.inside(points[lost])
    return VisibleLoss(own[row], lost, outside)


def covered(given: Work, rows: np.ndarray, label: np.ndarray, found: Work, surfaces: Surfaces) -> np.ndarray:
    """(p,) bool: parts, by the labels (k,) of given faces `rows` (k,), that lie on the surface `found` all over.

    Asked at their corners, their edges' middles and their own.
    """
    a, b, c = (given.vertices[given.faces[rows, k]] for k in range(3))
    points = np.stack([a, b, c, 0.5 * (a + b), 0.5 * (b + c), 0.5 * (c + a), (a + b + c) / 3], axis=1).reshape(-1, 3)
    away = surfaces.of(found).unsigned(points) > COVERED
    return np.bincount(label, weights=away.reshape(-1, 7).any(axis=1)) == 0
