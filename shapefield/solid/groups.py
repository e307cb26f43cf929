"""Closed parts that touch one another: what of them crosses, lies within others, or is a skin as it is.

Everything is asked of all parts at once: where faces cross, and the winding number on either side of the largest faces
of each part. Whatever does not touch a part changes that number by a whole one, the same all over the part.

Legend: m faces, p parts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from shapefield.distance.signed import SurfaceDistance
from shapefield.mesh.model import Mesh
from shapefield.solid.intersections import Intersections, touching
from shapefield.solid.probe import beside
from shapefield.solid.surfaces import Surfaces
from shapefield.solid.work import Work

MOST_VOTERS = 4000  # faces of a part, the largest, that are asked whether solid lies before them
FOLDED = 1e-6  # share of their area from which a part is folded though no two of its faces cross


@dataclass(frozen=True, eq=False)
class Group:
    """Parts that touch one another, and nothing else.

    parts : for each part its faces' rows in `work`, ascending
    crossing : of all faces of `work`; None where nobody can tell
    voters : (k,) rows of the group's largest faces;  front, back : (k,) all parts' winding number beside them
    around : how many bodies there are around the group, none of which it touches
    """

    work: Work
    parts: tuple[np.ndarray, ...]
    crossing: Intersections | None
    voters: np.ndarray
    front: np.ndarray
    back: np.ndarray
    around: int

    @cached_property
    def rows(self) -> np.ndarray:
        """All its faces, ascending."""
        return np.sort(np.concatenate(self.parts))

    @property
    def whole(self) -> Work:
        """Its faces as one."""
        return self.work.only(self.rows)

    def crossings(self, rows: np.ndarray) -> Intersections | None:
        """Where some of its faces cross one another."""
        return None if self.crossing is None else self.crossing.among(rows)

    def crosses(self, rows: np.ndarray) -> bool:
        """Whether they do, as far as anybody can tell."""
        found = self.crossings(rows)
        return found is None or len(found.pairs) > 0

    @property
    def within_others(self) -> bool:
        """Whether the group lies in the solid of others."""
        return self.around > 0

    @property
    def is_skin(self) -> bool:
        """Whether it crosses itself nowhere, has no solid before its faces, and solid behind them."""
        area = Mesh(self.work.vertices, self.work.faces[self.voters]).face_areas
        return not self.crosses(self.rows) and _outward(self.front - self.around, self.back - self.around, area)


def groups(work: Work, part: np.ndarray, crossing: Intersections | None, surfaces: Surfaces) -> list[Group]:
    """The groups of closed parts, by the faces' parts (m,)."""
    together = touching(work.vertices, work.faces, part) if part.max() else np.zeros(1, dtype=np.int64)
    area = Mesh(work.vertices, work.faces).face_areas
    exact = surfaces.of(work)
    voters = _largest(part, area)
    front, back = (exact.winding(beside(exact, side, voters)) for side in (1.0, -1.0))
    order = np.argsort(part, kind="stable")
    starts = np.searchsorted(part[order], np.arange(len(together) + 1))
    votes = np.searchsorted(part[voters], np.arange(len(together) + 1))
    found = []
    for k in range(int(together.max()) + 1):
        own = np.flatnonzero(together == k)
        mine = np.concatenate([np.arange(votes[j], votes[j + 1]) for j in own])
        parts = tuple(order[starts[j] : starts[j + 1]] for j in own)
        group = Group(work, parts, crossing, voters[mine], front[mine], back[mine], 0)
        found.append(replace(group, around=_around(group, surfaces)) if together.max() else group)
    return found


def _around(group: Group, surfaces: Surfaces) -> int:
    """How many other bodies there are around a group: what they add to its own winding number."""
    front = group.front
    if len(group.parts) > 1 or group.crosses(group.rows):
        places = beside(surfaces.of(group.work), 1.0, group.voters)
        front = front - surfaces.of(group.whole).winding(places)
    return max(int(np.rint(np.median(front))), 0)


def _largest(part: np.ndarray, area: np.ndarray) -> np.ndarray:
    """Rows of up to MOST_VOTERS faces of each part, the largest, part by part."""
    order = np.lexsort((-area, part))
    begins = np.searchsorted(part[order], np.arange(int(part.max()) + 1))
    return order[np.arange(len(order)) - begins[part[order]] < MOST_VOTERS]


def encloses(part: SurfaceDistance) -> bool:
    """Whether a closed part has no solid before its faces, and solid behind them."""
    area = Mesh(part.vertices, part.faces).face_areas
    rows = np.sort(np.argsort(-area)[:MOST_VOTERS])
    front, back = (part.winding(beside(part, side, rows)) for side in (1.0, -1.0))
    return _outward(front, back, area[rows])


def _outward(front: np.ndarray, back: np.ndarray, area: np.ndarray) -> bool:
    """Whether the winding numbers (k,) before and behind faces of some area are those of a skin."""
    wrong = (np.abs(front) > 0.5) | (back < 0.5)
    return float(area[wrong].sum()) <= FOLDED * float(area.sum())
