"""The mesh as data, and the similarity that brings it into the unit frame.

Frames: *input* is the file's own units and pose; *unit* has the bounding-box centre at 0 and the farthest
referenced vertex at radius 0.95. n vertices, m faces.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from shapefield.errors import InputError
from shapefield.escaping import visible
from shapefield.lengths import Extent
from shapefield.mesh.partnames import PartNames

if TYPE_CHECKING:
    import open3d
    import trimesh

UNIT_RADIUS = 0.95


@dataclass(frozen=True, slots=True)
class MeshFile:
    """The file that a mesh was read from: its absolute path then, and the SHA-256 of its bytes in hex."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Mesh:
    """A triangle mesh.

    vertices : (n, 3) float64
    faces    : (m, 3) int64, counter-clockwise seen from outside; quads (m, 4) are given as two triangles each
    colors   : (n, 3) uint8 RGB, or None
    normals  : (n, 3) float64 unit vectors pointing outside, or None
    unit     : "mm", "cm", "m", "in" …, or None where the file carries none
    name     : what it is called in messages (usually the file's name)
    notices  : what the loader has to say about it, one line each
    file     : where it was read from, or None for one that was made here
    unread   : what else that file says of the surface, which is not here: "texture coordinates", "materials" …
    parts    : what that file calls the parts, of its own faces alone; None where it has no names

    Raises InputError for arrays of other shapes, where faces name vertices that are not there, or where colors or
    normals are not one a vertex.
    """

    vertices: np.ndarray
    faces: np.ndarray
    colors: np.ndarray | None = None
    normals: np.ndarray | None = None
    unit: str | None = None
    name: str = "mesh"
    notices: tuple[str, ...] = field(default=())
    file: MeshFile | None = None
    unread: tuple[str, ...] = ()
    parts: PartNames | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "vertices", _places(self.vertices, self.name))
        object.__setattr__(self, "faces", _corners(self.faces, self.name))
        there = len(self.vertices)
        if len(self.faces) and not 0 <= self.faces.min() <= self.faces.max() < there:
            bad = int(self.faces.min() if self.faces.min() < 0 else self.faces.max())
            raise InputError(f"{self.name}: expected faces of the {there:,} vertices (from 0), got one of vertex {bad}")
        for what, values in (("colors", self.colors), ("normals", self.normals)):
            if values is not None and np.shape(values) != (there, 3):
                raise InputError(f"{self.name}: expected {what} ({there}, 3), got {np.shape(values)}")

    def __repr__(self) -> str:
        unit = f", in {self.unit}" if self.unit else ""
        return f"<Mesh {visible(self.name)}: {len(self.vertices):,} vertices, {len(self.faces):,} faces{unit}>"

    def _repr_html_(self) -> str:
        """As a notebook shows it: a picture beside what it is."""
        from shapefield.mesh.card import card

        return card(self, [("vertices", f"{len(self.vertices):,}"), ("faces", f"{len(self.faces):,}")])

    def to_trimesh(self) -> trimesh.Trimesh:
        """The same vertices and faces as a trimesh.Trimesh, with colours and unit."""
        from shapefield.mesh.adopting import as_trimesh

        return as_trimesh(self)

    def to_open3d(self) -> open3d.geometry.TriangleMesh:
        """The same vertices and faces as an open3d.geometry.TriangleMesh, with colours and normals."""
        from shapefield.mesh.adopting import as_open3d

        return as_open3d(self)

    @property
    def triangles(self) -> np.ndarray:
        """(m, 3, 3) float64: the corners of every face."""
        return self.vertices[self.faces]

    @property
    def face_areas(self) -> np.ndarray:
        """(m,) float64, squared input units."""
        return 0.5 * np.linalg.norm(self.face_vectors, axis=1)

    @property
    def face_vectors(self) -> np.ndarray:
        """(m, 3) float64: cross products of two edges; twice the area along the outward normal."""
        return self._vectors_of(slice(None))

    @property
    def face_normals(self) -> np.ndarray:
        """(m, 3) float64 unit normals; zero for a face without area."""
        return self.normals_of(slice(None))

    def normals_of(self, rows: np.ndarray | slice) -> np.ndarray:
        """(k, 3) float64 unit normals of some of the faces; zero for a face without area."""
        vectors = self._vectors_of(rows)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)

    def _vectors_of(self, rows: np.ndarray | slice) -> np.ndarray:
        a, b, c = (self.vertices[self.faces[rows, k]] for k in range(3))
        return np.cross(b - a, c - a)

    @property
    def referenced(self) -> np.ndarray:
        """(k, 3) float64: the vertices that faces use, in their order; all of them where there are no faces."""
        if len(self.faces) == 0:
            return self.vertices
        used = np.zeros(len(self.vertices), dtype=bool)
        used[self.faces.reshape(-1)] = True
        return self.vertices if used.all() else self.vertices[used]

    @property
    def bounds(self) -> np.ndarray:
        """(2, 3) float64: lowest and highest corner of the referenced vertices. Raises InputError if there are none."""
        used = self.referenced
        if len(used) == 0:
            raise InputError(f"{self.name}: expected a mesh, got one without vertices: re-export it")
        return np.stack([used.min(axis=0), used.max(axis=0)])

    @property
    def volume(self) -> float:
        """Signed volume by the divergence theorem, cubed input units; positive for outward normals."""
        origin = self.bounds[0]
        a, b, c = (self.vertices[self.faces[:, k]] - origin for k in range(3))
        return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6.0)

    def similarity(self) -> Similarity:
        """The similarity from the input frame to the unit frame. Raises InputError for a mesh without extent."""
        low, high = self.bounds
        center = low + 0.5 * (high - low)
        used = self.referenced
        radius = float(np.linalg.norm(used - center, axis=1).max())
        if not np.isfinite(used).all():
            raise InputError(f"{self.name}: expected finite coordinates, got NaN or infinity: delete those vertices")
        if not np.isfinite(radius) or radius <= 0.0:
            raise InputError(f"{self.name}: expected a mesh with an extent, got a single point: re-export it")
        return Similarity(center=center, scale=UNIT_RADIUS / radius)

    def labelled(self, unit: str | None) -> Mesh:
        """With `unit` where the file carries none, and a notice where it carries another."""
        if unit is None or unit == self.unit:
            return self
        if self.unit is None:
            return replace(self, unit=unit)
        told = f"the file itself says that its lengths are in {self.unit}: --unit {unit} is not used"
        return replace(self, notices=(*self.notices, told))

    def extent(self) -> Extent:
        """What lengths of it are measured by. Raises InputError for a mesh without extent."""
        low, high = self.bounds
        return Extent(self.unit, self.similarity().radius, float(np.linalg.norm(high - low)))

    def part_of(self, face: int) -> str:
        """The name of the part that a face is of; "" where the file has none, or the faces are not the file's own."""
        known = self.parts is not None and int(self.parts.ends[-1]) == len(self.faces)
        return self.parts.of(face) if known and self.parts is not None else ""

    def transformed(self, similarity: Similarity) -> Mesh:
        """This mesh in the unit frame."""
        return replace(self, vertices=similarity.to_unit(self.vertices))


def _places(vertices: Any, name: str) -> np.ndarray:
    """(n, 3) float64, in one piece of memory. Raises InputError."""
    try:
        found = np.ascontiguousarray(vertices, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name}: expected vertices (n, 3) of numbers, got {type(vertices).__name__}") from None
    if found.size == 0:
        return np.empty((0, 3))
    if found.ndim != 2 or found.shape[1] != 3:
        raise InputError(f"{name}: expected vertices (n, 3), got {found.shape}")
    return found


def _corners(faces: Any, name: str) -> np.ndarray:
    """(m, 3) int64, in one piece of memory; (m, 4) are quads, cut along their first diagonal. Raises InputError."""
    try:
        found: np.ndarray = np.asarray(faces)
    except ValueError:
        found = np.empty(1, dtype=object)  # rows of several lengths
    if found.size == 0:
        return np.empty((0, 3), dtype=np.int64)
    if found.ndim != 2 or found.shape[1] not in (3, 4):
        raise InputError(f"{name}: expected faces (m, 3), or quads (m, 4), got {found.shape}")
    if found.dtype.kind not in "iu":
        raise InputError(f"{name}: expected faces of whole numbers, got {found.dtype}: round and convert them")
    corners = found if found.shape[1] == 3 else found[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3)
    return np.ascontiguousarray(corners, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Similarity:
    """x_unit = (x_input - center) * scale, in float64.

    center : (3,) float64, input units;  scale : unit lengths per input unit, positive
    """

    center: np.ndarray
    scale: float

    def to_unit(self, points: np.ndarray) -> np.ndarray:
        """(n, 3) input frame → (n, 3) float64 unit frame."""
        return (np.asarray(points, dtype=np.float64) - self.center) * self.scale

    def to_input(self, points: np.ndarray) -> np.ndarray:
        """(n, 3) unit frame → (n, 3) float64 input frame."""
        return np.asarray(points, dtype=np.float64) / self.scale + self.center

    @property
    def radius(self) -> float:
        """R, the input's bounding radius in input units: reported lengths are divided by it."""
        return UNIT_RADIUS / self.scale
