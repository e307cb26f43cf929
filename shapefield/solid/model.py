"""The solid as data: its surface, where each face comes from, its exact signed distance, the record of its repairs."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

import numpy as np

from shapefield.distance.signed import Closest, SurfaceDistance
from shapefield.driving import finish
from shapefield.events import Event, counted
from shapefield.mesh.model import Mesh, Similarity


class Kind(StrEnum):
    """What a repair did."""

    TURNED = "faces turned"
    DUPLICATE = "degenerate or duplicate faces removed"
    HOLE = "hole closed"
    INNER = "inner faces removed"
    DEBRIS = "debris removed"
    CAVITY = "cavity filled"
    THICKENED = "sheet thickened"
    CUT = "crossing faces cut"
    GRID = "resampled on a grid"


@dataclass(frozen=True, slots=True)
class Repair:
    """One thing that a repair did. Lengths and places in input units and the input's frame.

    count : faces it concerns, or parts that were united;  area : of those faces, or of the patch that was made
    share : `area` as a share of the input's area
    place : the middle of where it was done;  size : the diagonal of the box around it
    more  : how many further repairs of this kind, smaller than this one, are told only by their sums in this record
    name  : what the file calls the part that was removed, "" for nothing
    """

    kind: Kind
    count: int
    area: float
    share: float
    place: tuple[float, float, float]
    size: float
    more: int = 0
    name: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return dataclasses.asdict(self) | {"kind": self.kind.value, "place": list(self.place)}


class FaceOrigin(IntEnum):
    """Where a face of the solid comes from."""

    KEPT = 0  # the input's face, as it was given
    TURNED = 1  # the input's face, turned over
    CUT = 2  # a piece of an input face that crossed another, or was united with another part
    PATCHED = 3  # made to close a hole
    GRID = 4  # sampled on a grid
    THICKENED = 5  # the offset of a sheet


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """Where the faces of a solid's mesh come from. KEPT and TURNED ones have the input's own corners, bit for bit.

    face : (m,) int64 the input's face that each is, or is a piece of, -1 for none;  made : (m,) int8, a `FaceOrigin`
    """

    face: np.ndarray
    made: np.ndarray

    @staticmethod
    def untouched(count: int) -> Origin:
        """The origin of a mesh that was taken as it is."""
        return Origin(np.arange(count), np.zeros(count, dtype=np.int8))


@dataclass(frozen=True, slots=True)
class Repairs:
    """What was changed between the file's mesh and the solid that is fitted, in sums. Lengths in input units.

    faces_reoriented    : faces of bodies whose winding was turned
    duplicates_removed  : faces without area, or given twice
    holes_closed        : boundary loops that were filled;  hole_area : area of the patches
    inner_faces_removed : faces of which nothing is left, since they had solid on both sides or on neither
    debris_removed      : faces of loose bits too small to be part of the solid, or of sheets beside one
    cavities_filled     : closed voids that were filled
    thickened_by        : offset of a sheet to either side; 0 if none
    crossings_cut       : faces that crossed others and were cut there
    resampled           : a part of the surface was sampled on a grid
    sign_disagreement   : share of test points where a majority of rays calls the side otherwise; None if not asked
    """

    faces_reoriented: int = 0
    duplicates_removed: int = 0
    holes_closed: int = 0
    hole_area: float = 0.0
    inner_faces_removed: int = 0
    debris_removed: int = 0
    cavities_filled: int = 0
    thickened_by: float = 0.0
    crossings_cut: int = 0
    resampled: bool = False
    sign_disagreement: float | None = None

    @property
    def none(self) -> bool:
        """Whether the surface is the file's own, untouched."""
        return dataclasses.replace(self, sign_disagreement=None) == Repairs()

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return dataclasses.asdict(self)

    def told(self, unit: str | None = None) -> str:
        """One line of what was changed, or nothing."""
        length = f" {unit}" if unit else ""
        parts = []
        if self.thickened_by:
            parts.append(f"open sheets given a thickness of {self.thickened_by:.4g}{length} (--thicken sets it)")
        if self.holes_closed:
            area = f"{self.hole_area:.4g}{f' {unit}²' if unit else ''}"
            parts.append(f"{counted(self.holes_closed, 'hole')} closed (area {area})")
        faces = (
            (self.faces_reoriented, "face", "turned"),
            (self.duplicates_removed, "degenerate or duplicate face", "removed"),
            (self.inner_faces_removed, "inner face", "removed"),
            (self.debris_removed, "face", "of debris removed"),
        )
        parts += [f"{counted(number, what)} {done}" for number, what, done in faces if number]
        if self.cavities_filled:
            parts.append(f"{counted(self.cavities_filled, 'cavity', 'cavities')} filled")
        if self.crossings_cut:
            parts.append(f"{counted(self.crossings_cut, 'crossing face')} cut")
        if self.resampled and not self.thickened_by:
            parts.append("some of it resampled on a grid")
        return "repaired: " + ", ".join(parts) if parts else ""


@dataclass(frozen=True, slots=True, eq=False)
class Solid:
    """A closed surface with its exact signed distance, negative inside.

    mesh        : the solid's surface in the input's frame and units: closed, normals outward
    original    : the mesh it was made from
    similarity  : from the input's frame to the unit frame of `mesh`
    exact       : distances in that unit frame
    sign_method : "winding number" or how else the surface was found;  reason : why, one line
    record      : every repair with its place;  repairs : their sums
    origin      : of every face of `mesh`, which face of `original` it is, or what made it
    """

    mesh: Mesh
    original: Mesh
    similarity: Similarity
    exact: SurfaceDistance
    repairs: Repairs
    sign_method: str
    reason: str
    record: tuple[Repair, ...]
    origin: Origin

    @property
    def backend(self) -> str:
        """What answers distance queries, "compiled" or "igl"."""
        return self.exact.backend

    def closest(self, points: np.ndarray) -> Closest:
        """Nearest surface points of (n, 3) points; all in the input's frame and units."""
        found = self.exact.closest(self.similarity.to_unit(points))
        return Closest(found.distance / self.similarity.scale, found.face, self.similarity.to_input(found.point))

    def unsigned(self, points: np.ndarray) -> np.ndarray:
        """(n, 3) points, input frame → (n,) float64 unsigned distances, input units."""
        return self.closest(points).distance

    def inside(self, points: np.ndarray) -> np.ndarray:
        """(n, 3) points, input frame → (n,) bool."""
        return self.exact.inside(self.similarity.to_unit(points))

    def signed_distance(self, points: np.ndarray) -> np.ndarray:
        """(n, 3) points, input frame → (n,) float64 signed distances in input units, negative inside."""
        return finish(self.signed_distances(points))

    def signed_distances(self, points: np.ndarray) -> Generator[Event, None, np.ndarray]:
        """`signed_distance` as a job that yields a Progress after every chunk."""
        value = yield from self.exact.signed_in_steps(self.similarity.to_unit(points))
        return value / self.similarity.scale
