"""How thin the thinnest walls are: an estimate from samples, good enough to choose a resolution by."""

from __future__ import annotations

import math

import numpy as np

from shapefield.config import FINEST
from shapefield.mesh.model import UNIT_RADIUS, Mesh

SAMPLES, NEIGHBOURS = 20_000, 24
PERCENTILE = 1.0
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


def thinnest_wall(mesh: Mesh, seed: int = 0) -> float | None:
    """First percentile of the distance through the material, in the mesh's units; None where no wall was met.

    From each surface sample, the nearest samples that face the other way and lie behind it are the wall's far side;
    their distance is measured along the normal, so that a wall thinner than the samples' spacing is still seen.
    Walls thicker than a few spacings, about a fortieth of the extent, are not looked for.
    """
    from scipy.spatial import KDTree

    points, normals = _samples(mesh, np.random.default_rng(seed))
    if len(points) < NEIGHBOURS:
        return None
    size = float(np.ptp(points, axis=0).max())
    # not balanced: where torch flushes denormals to zero, scipy's median split never ends and overflows the stack
    distance, index = KDTree(points, balanced_tree=False).query(points, k=NEIGHBOURS)
    offset = points[index] - points[:, None]
    depth = -np.einsum("skj,sj->sk", offset, normals)
    facing = np.einsum("skj,sj->sk", normals[index], normals)
    sideways = np.sqrt(np.maximum(distance**2 - depth**2, 0.0))
    spacing = distance[:, 8:9]
    wall = (facing < -0.8) & (depth > 1e-6 * size) & (sideways < spacing)
    depth = np.where(wall, depth, np.inf).min(axis=1)
    met = np.isfinite(depth)
    if met.mean() < 0.01:
        return None
    return float(np.percentile(depth[met], PERCENTILE))


def _samples(mesh: Mesh, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(s, 3) points drawn evenly by area, and their faces' unit normals."""
    vectors = mesh.face_vectors
    lengths = np.linalg.norm(vectors, axis=1)
    total = lengths.cumsum()
    if len(total) == 0 or total[-1] <= 0:
        return np.zeros((0, 3)), np.zeros((0, 3))
    face = np.minimum(np.searchsorted(total, generator.random(SAMPLES) * total[-1], side="right"), len(total) - 1)
    face = face[lengths[face] > 0]
    u, v = generator.random((2, len(face), 1))
    flip = u + v > 1
    u, v = np.where(flip, 1 - u, u), np.where(flip, 1 - v, v)
    a, b, c = (mesh.vertices[mesh.faces[face, k]] for k in range(3))
    return a + u * (b - a) + v * (c - a), vectors[face] / lengths[face, None]
