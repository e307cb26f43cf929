"""What of the input's visible surface the result has lost, and what it has added: measured against what was given.

A fit's error is measured against the solid that the repair made of the input, and cannot see what the repair itself
lost. Here both surfaces are looked at from outside: a point is visible if one of 32 rays from it meets nothing.

Frame: a unit frame, one for both surfaces. R is the input's bounding radius. n points, m faces.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from shapefield.distance.signed import SurfaceDistance, choose_backend
from shapefield.distance.visibility import visible
from shapefield.mesh.model import UNIT_RADIUS, Mesh, Similarity
from shapefield.mesh.surface_points import faces_at, on_surface, points_within
from shapefield.mesh.welding import groups_of_equal_rows
from shapefield.solid.topology import boxes
from shapefield.surface.components import label_components

COARSE, FINE = 0.025, 0.005
"""Distances from which surface counts as lost, or added; in R. The finer one is told beside."""
POINTS = 20_000
PARTS, OF_A_PART, MOSTLY, TOLD = 1000, 12, 0.9, 10
"""Parts that are looked for one by one, the largest ones; the points taken on each, and the share of them that must be
away; and how many parts that vanished are named."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What somebody asked to be different, which is no loss. Lengths and places in the common frame.

    left_out : (m,) bool, the input's faces that were to go, or None;  crop : (2, 3) lowest and highest corner, or None
    level    : offset of the surface;  thickness : of open sheets, to either side
    solid    : what was made of the input, sheets thickened, not offset;  dropped : (k,) bool, its faces that were to go
    """

    left_out: np.ndarray | None = None
    crop: np.ndarray | None = None
    level: float = 0.0
    thickness: float = 0.0
    solid: SurfaceDistance | None = None
    dropped: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class VanishedPart:
    """A part of the input of which nothing is left. `extent` and `center` of its box in the input's units.

    share : of the input's area;  name : what the file calls it, "" for nothing
    """

    extent: tuple[float, float, float]
    center: tuple[float, float, float]
    share: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Preservation:
    """Shares of area, 0 to 1.

    lost, added  : of the input's visible surface beyond COARSE of the result, and of the result's from the input
    lost_fine, added_fine : the same beyond FINE
    vanished     : the largest parts of the input that are not there at all;  vanished_parts : how many there are
    radius       : R in the input's units
    """

    lost: float
    added: float
    lost_fine: float
    added_fine: float
    radius: float
    vanished_parts: int = 0
    vanished: tuple[VanishedPart, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, and the two distances."""
        return asdict(self) | {"beyond": COARSE * self.radius, "beyond_fine": FINE * self.radius, "points": POINTS}


def lost_and_added(given: Mesh, result: Mesh, asked: Asked | None = None) -> Preservation:
    """Measure a mesh that was made of another one, both in one frame. `asked` : in the unit frame of `given`."""
    frame, (backend, _) = given.similarity(), choose_backend()
    before, after = (SurfaceDistance(frame.to_unit(mesh.vertices), mesh.faces, backend) for mesh in (given, result))
    return preservation(before, after, frame, asked, given.part_of)


def preservation(
    given: SurfaceDistance,
    result: SurfaceDistance,
    frame: Similarity,
    asked: Asked | None = None,
    name_of: Callable[[int], str] | None = None,
) -> Preservation:
    """The same of surfaces in the unit frame of `frame`: the input's, or that of a solid that was made of it.

    name_of : what the input calls the part that one of its faces is of

    R is the smaller of their radii: a speck far away, which went, must not make the measure coarse.
    """
    asked, radius = asked or Asked(), min(_radius(given), UNIT_RADIUS)
    generator = np.random.Generator(np.random.PCG64(0))
    points, face = _drawn(given, generator)
    counts, slack = _due(asked, points, face, radius)
    points, slack = points[counts], slack[counts]
    lost, lost_fine = _shares(given, points, result.unsigned(points) - slack, radius)
    there, _ = _drawn(result, generator)
    there = there[_within(asked.crop, there, -1e-4 * radius)]
    away = given.unsigned(there) - abs(asked.level) - asked.thickness
    added, added_fine = _shares(result, there, away, radius)
    gone = _vanished(given, result, asked, radius, generator)
    return Preservation(
        lost=lost,
        added=added,
        lost_fine=lost_fine,
        added_fine=added_fine,
        radius=radius / frame.scale,
        vanished_parts=len(gone),
        vanished=tuple(
            VanishedPart(
                _three(size / frame.scale), _three(frame.to_input(center)), share, name_of(face) if name_of else ""
            )
            for size, center, share, face in gone[:TOLD]
        ),
    )


def _three(vector: np.ndarray) -> tuple[float, float, float]:
    x, y, z = vector.tolist()
    return x, y, z


def _shares(surface: SurfaceDistance, points: np.ndarray, away: np.ndarray, radius: float) -> tuple[float, float]:
    """Of the visible points (n, 3) of a surface, the shares that are `away` (n,) beyond COARSE and beyond FINE."""
    if not (away > FINE * radius).any():
        return 0.0, 0.0  # whatever can be seen of it: no ray is needed
    seen = visible(surface, points, radius)
    some = max(int(seen.sum()), 1)
    return float((away[seen] > COARSE * radius).sum() / some), float((away[seen] > FINE * radius).sum() / some)


def _drawn(surface: SurfaceDistance, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return on_surface(Mesh(surface.vertices, surface.faces), POINTS, generator)


def _radius(surface: SurfaceDistance) -> float:
    return Mesh(surface.vertices, surface.faces).similarity().radius


def _due(asked: Asked, points: np.ndarray, face: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """(n,) bool, which points of the input the result should have, and (n,) how far from it they were asked to be."""
    counts = _within(asked.crop, points, 0.0)
    if asked.left_out is not None:
        counts &= ~asked.left_out[face]
    slack = np.full(len(points), abs(asked.level))
    if asked.solid is None or not (asked.level or asked.thickness or asked.dropped is not None):
        return counts, slack
    near = asked.solid.closest(points)
    slack += np.minimum(asked.thickness, near.distance)
    if asked.dropped is not None:
        counts &= ~asked.dropped[near.face] | (near.distance > asked.thickness + COARSE * radius)
    if asked.level:
        # where a wall is too thin, or a gap too narrow, for the offset, its surface has no image there
        normal = Mesh(asked.solid.vertices, asked.solid.faces).normals_of(near.face)
        reached = asked.solid.signed(near.point + asked.level * normal)
        counts &= (near.distance > asked.thickness + FINE * radius) | (np.abs(reached - asked.level) < FINE * radius)
    return counts, slack


def _within(crop: np.ndarray | None, points: np.ndarray, margin: float) -> np.ndarray:
    """(n,) bool: inside the crop box, widened by `margin`; what lies in the walls of the box was cut there."""
    if crop is None:
        return np.ones(len(points), dtype=bool)
    return ((points > crop[0] - margin) & (points < crop[1] + margin)).all(axis=1)


def _vanished(
    given: SurfaceDistance, result: SurfaceDistance, asked: Asked, radius: float, generator: np.random.Generator
) -> list[tuple[np.ndarray, np.ndarray, float, int]]:
    """(extent (3,), center (3,), share of the area, a face) of the parts that are not there, largest first."""
    first, group = groups_of_equal_rows(given.vertices)
    mesh = Mesh(given.vertices[first], group[given.faces])
    label = label_components(mesh)
    if label.max() == 0:
        return []
    area = mesh.face_areas
    size = np.bincount(label, weights=area)
    part = np.argsort(-size, kind="stable")[:PARTS]
    part = part[size[part] > 0]
    order = np.argsort(label, kind="stable")
    ends = np.cumsum(area[order])
    starts = np.cumsum(size) - size
    places = (
        starts[part, None]
        + size[part, None] * (np.arange(OF_A_PART) + generator.random((len(part), OF_A_PART))) / OF_A_PART
    )
    face = order[faces_at(ends, places.reshape(-1))]
    points = points_within(mesh, face, generator)
    low, high = (corner[part] for corner in boxes(mesh.vertices, mesh.faces, label))
    counts, slack = _due(asked, points, face, radius)
    reach = np.clip((high - low).max(axis=1) / 4, FINE * radius, COARSE * radius)
    away = result.unsigned(points) - slack > np.repeat(reach, OF_A_PART)
    counts &= np.repeat((away & counts).reshape(len(part), -1).any(axis=1), OF_A_PART)  # the others are there
    counts[counts] = visible(given, points[counts], radius)
    many = counts.reshape(len(part), -1).sum(axis=1)
    gone = (many > 0) & ((away & counts).reshape(len(part), -1).sum(axis=1) >= MOSTLY * many)
    one = order[np.searchsorted(label[order], part)]
    return [
        (high[k] - low[k], 0.5 * (low[k] + high[k]), float(size[part[k]] / ends[-1]), int(one[k]))
        for k in np.flatnonzero(gone)
    ]
