"""Distances of a mesh in every state of its repair, whose winding numbers come out of one tree."""

from __future__ import annotations

import numpy as np

from shapefield.distance.signed import SurfaceDistance
from shapefield.distance.winding import Winding, WindingSum, WindingTree
from shapefield.solid.model import FaceOrigin
from shapefield.solid.work import Work

MOST = 0.25
"""Share of the faces that may differ from those the tree was built of, beyond which a tree of its own is quicker."""


class Surfaces:
    """What is asked of the states that a repair goes through. Of the last one the answers' trees are kept.

    base : the first state. Faces of a later one that are kept, or turned over, have the same corners there
    """

    def __init__(self, base: Work, backend: str) -> None:
        self.base, self.backend = base, backend
        self._exact = SurfaceDistance(base.vertices, base.faces, backend)
        self._row = np.full(int(base.source.max()) + 1, -1)
        self._row[base.source] = np.arange(len(base.source))
        self._last: tuple[Work, SurfaceDistance] = (base, self._exact)

    def of(self, work: Work) -> SurfaceDistance:
        """The surface of one state."""
        known, exact = self._last
        if known.faces is not work.faces or known.vertices is not work.vertices:
            exact = SurfaceDistance(work.vertices, work.faces, self.backend, self._winding(work))
            self._last = work, exact
        return exact

    def _winding(self, work: Work) -> Winding | None:
        """The first state's winding number, and that of what is different; None where too much is."""
        row = np.where(work.made <= FaceOrigin.TURNED, self._row[work.source], -1)
        row[work.source < 0] = -1
        own = row >= 0
        over = own & (work.made != self.base.made[row])
        missing = np.ones(len(self.base.faces), dtype=bool)
        missing[row[own & ~over]] = False
        doubled = row[over]  # turned over: the first state's face is taken away, and there once more the other way
        if missing.sum() + len(doubled) + (~own).sum() > MOST * len(work.faces):
            return None
        gone = self.base.vertices[self.base.faces[missing][:, ::-1]]
        again = self.base.vertices[self.base.faces[doubled][:, ::-1]]
        new = work.vertices[work.faces[~own]]
        corners = np.concatenate([gone, again, new])
        if not len(corners):
            return self._exact.winding_number
        more = WindingTree(corners.reshape(-1, 3), np.arange(3 * len(corners)).reshape(-1, 3))
        return WindingSum(self._exact.winding_number, more)
