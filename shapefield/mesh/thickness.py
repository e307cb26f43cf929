"""How thin the thinnest walls are: an estimate from samples, good enough to choose a resolution by."""

from __future__ import annotations

import math

import numpy as np

from shapefield.config import FINEST
from shapefield.distance.signed import SurfaceDistance, morton_codes
from shapefield.mesh.model import UNIT_RADIUS, Mesh
from shapefield.mesh.surface_points import on_surface

SAMPLES = 20_000
SHARE = 0.005
"""Of the area, that a wall must have to be told: a hundred of the points, more than a stray fold or a single tip."""
OPPOSITE = -0.8
"""Cosine between the normals on both sides of a wall; what runs together at more than 37 degrees is an edge."""
BEYOND = 1e-9
"""What a ray leaves behind before it can come out, in the surface's frame: the face that it starts from."""
BOX = 2.0 / UNIT_RADIUS
"""Edge of the box that is extracted, in bounding radii."""
VOXELS = 2
"""Voxels through a wall that marching cubes needs to keep both its sides."""


def voxel(radius: float, resolution: int) -> float:
    """Edge of a voxel in the units of the bounding radius."""
    return BOX * radius / resolution


def resolution_for(wall: float, radius: float) -> int:
    """Cells along the box, in steps of 64, that put two voxels into a wall; both lengths in one unit."""
    return max(64, math.ceil(VOXELS * BOX * radius / wall / 64) * 64)


def advice(enough: int) -> str:
    """What to do about walls that so many cells along the box would hold."""
    return f"--resolution {enough} holds them" if enough <= FINEST else f"no --resolution up to {FINEST} holds them"


def thinnest_wall(
    surface: SurfaceDistance, chosen: np.ndarray | None = None, scale: float = 1.0, seed: int = 0
) -> float | None:
    """The thickness that SHARE of the area does not exceed, over `scale`; None without such walls.

    From points all over the surface a ray goes straight into the material; where it comes out through a face that looks
    the other way there is a wall, be it a thousandth of the extent or all of it.
    surface : normals outward;  chosen : (m,) bool, faces that count, on both sides of a wall; None for all
    scale   : lengths of the surface's frame in one of the unit that the thickness is wanted in
    """
    points, normals = _samples(surface, chosen, np.random.default_rng(seed))
    least = int(SHARE * SAMPLES)
    if len(points) <= least:
        return None
    through, other, _ = surface.hierarchy.first_hits(points, -normals, BEYOND)
    met = np.flatnonzero(other >= 0)
    facing = np.einsum("sj,sj->s", normals[met], _normals(surface, other[met]))
    wall = met[(facing < OPPOSITE) & (True if chosen is None else chosen[other[met]])]
    if len(wall) <= least:
        return None
    return float(np.partition(through[wall], least)[least]) / scale


def _samples(
    surface: SurfaceDistance, chosen: np.ndarray | None, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """(s, 3) points drawn evenly by area, near ones one after the other, and their faces' unit normals."""
    rows = np.arange(len(surface.faces)) if chosen is None else np.flatnonzero(chosen)
    wanted = Mesh(surface.vertices, surface.faces[rows])
    if not wanted.face_areas.sum() > 0:
        return np.zeros((0, 3)), np.zeros((0, 3))
    points, face = on_surface(wanted, SAMPLES, generator)
    order = np.argsort(morton_codes(points), kind="stable")
    return points[order], _normals(surface, rows[face[order]])


def _normals(surface: SurfaceDistance, rows: np.ndarray) -> np.ndarray:
    a, b, c = (surface.vertices[surface.faces[rows, k]] for k in range(3))
    vectors = np.cross(b - a, c - a)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
