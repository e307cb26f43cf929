"""Exact distance to a triangle mesh, and its sign by the generalised winding number.

Legend: n queries, m faces. Everything here happens in one frame, meant to be the unit frame (coordinates within
about 1), so that no precision is lost to units or to a far origin; `shapefield.solid.Solid` does that conversion.

Distances come from our compiled hierarchy (`shapefield.distance.bvh`), or where numba does not load from
libigl's; both are exact in float64. Queries are answered in Morton order, in which neighbours share their
path through the hierarchy: about twice as quick; the answer to a query does not depend on its neighbours.

Inside is where the generalised winding number exceeds 0.5 (Jacobson et al. 2013; Barill et al. 2018).
"""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from shapefield.distance.winding import FINE, Winding, WindingTree
from shapefield.driving import finish
from shapefield.errors import UsageError
from shapefield.events import Event, Notice, Progress

CHUNK = 1 << 16

# The Barnes-Hut parameter of the winding number. Coarse is up to 0.25 off and 5 times quicker than fine (0.005
# off); whatever it leaves within DOUBT of the threshold is computed again, so the sign is the fine one's.
COARSE, DOUBT = 1.0, 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Closest:
    """The nearest surface points of n queries.

    distance : (n,) float64, unsigned;  face : (n,) int64;  point : (n, 3) float64
    """

    distance: np.ndarray
    face: np.ndarray
    point: np.ndarray


class _Hierarchy(Protocol):
    def closest(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n, 3) float64 → nearest face (n,) int64 and nearest point (n, 3) float64."""
        ...

    def first_hits(
        self, origins: np.ndarray, directions: np.ndarray, beyond: float = 0.0
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where the rays origin + t direction, both (n, 3), first meet a face at t > beyond.

        t (n,) float64, inf for nowhere; face (n,) int64, -1 there; weights (n, 2) of its second and third corner.
        """
        ...

    def blocked(self, origins: np.ndarray, directions: np.ndarray, beyond: float = 0.0) -> np.ndarray:
        """(n,) bool: whether the rays origin + t direction, both (n, 3), meet any face at t > beyond."""
        ...

    def crossings(self, origins: np.ndarray, directions: np.ndarray, beyond: float = 0.0) -> np.ndarray:
        """(n,) int64: how many faces they meet there."""
        ...

    def crossing(self, deeper: float = 0.0) -> np.ndarray | None:
        """(m,) bool: faces that cross another one, and reach `deeper` through its plane; None where nobody can tell."""
        ...


class _Igl:
    def __init__(self, vertices: np.ndarray, faces: np.ndarray) -> None:
        import igl

        self.vertices, self.faces = vertices, faces
        self.tree = igl.AABB()
        self.tree.init(vertices, faces)

    def closest(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        _, face, nearest = self.tree.squared_distance(self.vertices, self.faces, points)
        return np.asarray(face).reshape(-1), np.asarray(nearest).reshape(-1, 3)

    def first_hits(
        self, origins: np.ndarray, directions: np.ndarray, beyond: float = 0.0
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        first = [
            min(hits, key=lambda hit: hit[1], default=(-1, np.inf, 0.0, 0.0))
            for hits in self._hits(origins, directions, beyond)
        ]
        table = np.array(first, dtype=np.float64).reshape(-1, 4)
        return table[:, 1] + beyond, table[:, 0].astype(np.int64), table[:, 2:]

    def blocked(self, origins: np.ndarray, directions: np.ndarray, beyond: float = 0.0) -> np.ndarray:
        return self.crossings(origins, directions, beyond) > 0

    def crossings(self, origins: np.ndarray, directions: np.ndarray, beyond: float = 0.0) -> np.ndarray:
        return np.array([len(hits) for hits in self._hits(origins, directions, beyond)], dtype=np.int64)

    def crossing(self, deeper: float = 0.0) -> None:
        """Nobody looks for them without compiled loops."""

    def _hits(self, origins: np.ndarray, directions: np.ndarray, beyond: float) -> list[list[tuple]]:
        starts = np.ascontiguousarray(origins + beyond * directions)
        directions = np.ascontiguousarray(np.broadcast_to(directions, starts.shape))
        return self.tree.intersect_ray(self.vertices, self.faces, starts, directions)


def choose_backend() -> tuple[str, Notice | None]:
    """What will answer distance queries, "compiled" or "igl", and a notice where it is the second.

    Our compiled hierarchy, or libigl's where numba does not load.
    """
    try:
        import shapefield.distance.bvh  # noqa: F401, asked whether it loads
    except (ImportError, OSError) as error:
        why = str(error).splitlines()[0]
        return "igl", Notice(f"numba cannot load ({why}): distances come from libigl, equally exact, half as quick")
    return "compiled", None


class SurfaceDistance:
    """Distance to, and winding number of, one triangle mesh in the unit frame.

    vertices : (v, 3) float64;  faces : (m, 3) int64, at least one
    backend  : "compiled" or "igl", see `choose_backend`
    winding  : what answers for the winding number, where that is known already
    """

    def __init__(
        self, vertices: np.ndarray, faces: np.ndarray, backend: str = "compiled", winding: Winding | None = None
    ) -> None:
        self.vertices = np.ascontiguousarray(vertices, dtype=np.float64)
        self.faces = np.ascontiguousarray(faces, dtype=np.int64)
        self.backend = backend
        self._hierarchy: _Hierarchy | None = None
        self.winding_number: Winding = winding or WindingTree(self.vertices, self.faces)

    @property
    def hierarchy(self) -> _Hierarchy:
        """Built at the first question, for some meshes are only asked for their winding number."""
        if self._hierarchy is None:
            if self.backend == "igl":
                self._hierarchy = _Igl(self.vertices, self.faces)
            else:
                from shapefield.distance.bvh import BVH

                self._hierarchy = BVH(self.vertices, self.faces)
        return self._hierarchy

    def closest(self, points: np.ndarray) -> Closest:
        """Nearest surface point, its face and the unsigned distance of every (n, 3) point."""
        points = _queries(points)
        face = np.empty(len(points), dtype=np.int64)
        nearest = np.empty((len(points), 3))
        for part in coherent_chunks(points):
            face[part], nearest[part] = self.hierarchy.closest(points[part])
        return Closest(_lengths(points - nearest), face, nearest)

    def unsigned(self, points: np.ndarray) -> np.ndarray:
        """(n, 3) → (n,) float64 unsigned distance."""
        return self.closest(points).distance

    def winding(self, points: np.ndarray, accuracy: float = FINE) -> np.ndarray:
        """(n, 3) → (n,) float64 generalised winding number; at the default accuracy about 0.005 off."""
        points = _queries(points)
        value = np.empty(len(points))
        for part in coherent_chunks(points):
            value[part] = self._wind(points[part], accuracy)
        return value

    def inside(self, points: np.ndarray) -> np.ndarray:
        """(n, 3) → (n,) bool: where the winding number exceeds 0.5."""
        points = _queries(points)
        value = np.empty(len(points), dtype=bool)
        for part in coherent_chunks(points):
            value[part] = self._inside(points[part])
        return value

    def signed(self, points: np.ndarray) -> np.ndarray:
        """(n, 3) → (n,) float64 signed distance, negative inside."""
        return finish(self.signed_in_steps(points))

    def signed_in_steps(self, points: np.ndarray, stage: str = "distances") -> Generator[Event, None, np.ndarray]:
        """`signed` as a job: a Progress after every chunk, its value the (n,) distances."""
        points = _queries(points)
        value = np.empty(len(points))
        begun, done = time.perf_counter(), 0
        for part in coherent_chunks(points):
            some = points[part]
            _, nearest = self.hierarchy.closest(some)
            distance = _lengths(some - nearest)
            value[part] = np.where(self._inside(some), -distance, distance)
            done += len(some)
            elapsed = time.perf_counter() - begun
            yield Progress(stage, done, len(points), rate=done / max(elapsed, 1e-9), elapsed=elapsed)
        return value

    def _inside(self, points: np.ndarray) -> np.ndarray:
        value = self._wind(points, COARSE)
        doubtful = np.flatnonzero(np.abs(value - 0.5) < DOUBT)
        if len(doubtful):
            value[doubtful] = self._wind(points[doubtful], FINE)
        return value > 0.5

    def _wind(self, points: np.ndarray, accuracy: float) -> np.ndarray:
        return self.winding_number.at(np.ascontiguousarray(points), accuracy)


def coherent_chunks(points: np.ndarray, size: int = CHUNK) -> Generator[np.ndarray, None, None]:
    """Index arrays of at most `size` that together name every one of the (n, 3) points once, in Morton order."""
    if len(points) <= 64:
        if len(points):
            yield np.arange(len(points))
        return
    order = np.argsort(morton_codes(points), kind="stable")
    for start in range(0, len(order), size):
        yield order[start : start + size]


def morton_codes(points: np.ndarray) -> np.ndarray:
    """(n, 3) points → (n,) uint32: their places on a Z-order curve of 1024 cells along the box that holds them."""
    low = points.min(axis=0)
    extent = max(float((points.max(axis=0) - low).max()), 1e-300)
    cells = ((points - low) * (1023.0 / extent)).astype(np.uint32)
    code = np.zeros(len(points), dtype=np.uint32)
    for axis in range(3):
        x = cells[:, axis].copy()
        for shift, mask in ((16, 0x030000FF), (8, 0x0300F00F), (4, 0x030C30C3), (2, 0x09249249)):
            x = (x | (x << np.uint32(shift))) & np.uint32(mask)
        code |= x << np.uint32(axis)
    return code


def _queries(points: np.ndarray) -> np.ndarray:
    points = np.ascontiguousarray(points, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 3:
        raise UsageError(f"points: expected an array of shape (n, 3), got {points.shape}")
    return points


def _lengths(vectors: np.ndarray) -> np.ndarray:
    return np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
