"""Do faces cross one another? Edges of a bounded sample of faces against the triangles near them."""

from __future__ import annotations

import numpy as np

from shapefield.mesh.model import Mesh

TESTED = 4_000
PAIR_LIMIT = 300_000
FACE_LIMIT = 1_000_000
"""Faces above which nothing is tested: the trees alone would take longer than all else."""


def count_crossings(mesh: Mesh, seed: int = 0, deeper: float = 0.0) -> tuple[int, int]:
    """(faces tested, of those the ones that cross another face that shares no vertex with them).

    Candidates are the faces whose centres lie within both bounding radii of the sampled face's centre, found by
    trees over faces of similar size. Touching and coplanar faces do not count, nor do those that reach through each
    other's plane by no more than `deeper`, in the mesh's units.
    """
    if not 0 < len(mesh.faces) <= FACE_LIMIT:
        return 0, 0
    triangles = mesh.triangles
    centre = triangles.mean(axis=1)
    radius = np.linalg.norm(triangles - centre[:, None], axis=2).max(axis=1)
    generator = np.random.default_rng(seed)
    sample = np.sort(generator.permutation(len(mesh.faces))[:TESTED])
    first, second = _near_pairs(centre, radius, sample)
    apart = (mesh.faces[first][:, :, None] != mesh.faces[second][:, None, :]).all(axis=(1, 2))
    first, second = first[apart], second[apart]
    a, b = triangles[first], triangles[second]
    hit = _edges_pierce(a, b) | _edges_pierce(b, a)
    if deeper > 0:
        hit[hit] = np.minimum(_reach(a[hit], b[hit]), _reach(b[hit], a[hit])) > deeper
    return len(sample), len(np.unique(first[hit]))


def _near_pairs(centre: np.ndarray, radius: np.ndarray, sample: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(p,), (p,) pairs of a sampled face and one whose bounding sphere meets its own; at most `PAIR_LIMIT`."""
    from scipy.spatial import KDTree

    size = np.floor(np.log2(np.maximum(radius, 1e-12))).astype(np.int64)
    firsts, seconds, left = [], [], PAIR_LIMIT
    for level in np.unique(size)[::-1]:
        members = np.flatnonzero(size == level)
        tree = KDTree(centre[members], balanced_tree=False)
        reach = radius[sample] + radius[members].max()
        for block in range(0, len(sample), 256):
            part = sample[block : block + 256]
            number = tree.query_ball_point(centre[part], reach[block : block + 256], return_length=True)
            taken = np.cumsum(number) <= left
            found = tree.query_ball_point(centre[part[taken]], reach[block : block + 256][taken])
            left -= int(number[taken].sum())
            firsts.append(np.repeat(part[taken], number[taken]))
            seconds += [members[np.asarray(near, dtype=np.int64)] for near in found]
    first = np.concatenate(firsts) if firsts else np.zeros(0, np.int64)
    second = np.concatenate(seconds) if seconds else np.zeros(0, np.int64)
    near = np.linalg.norm(centre[first] - centre[second], axis=1) <= radius[first] + radius[second]
    return first[near], second[near]


def _edges_pierce(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(p, 3, 3) twice → (p,) bool: an edge of `a` passes through the inside of `b` (Möller and Trumbore's test)."""
    hit = np.zeros(len(a), dtype=bool)
    side1, side2 = b[:, 1] - b[:, 0], b[:, 2] - b[:, 0]
    for k in range(3):
        direction = a[:, (k + 1) % 3] - a[:, k]
        p = np.cross(direction, side2)
        determinant = np.einsum("ij,ij->i", side1, p)
        with np.errstate(divide="ignore", invalid="ignore"):
            inverse = 1.0 / determinant
            s = a[:, k] - b[:, 0]
            u = np.einsum("ij,ij->i", s, p) * inverse
            q = np.cross(s, side1)
            v = np.einsum("ij,ij->i", direction, q) * inverse
            t = np.einsum("ij,ij->i", side2, q) * inverse
            margin = 1e-9
            hit |= (u > margin) & (v > margin) & (u + v < 1 - margin) & (t > margin) & (t < 1 - margin)
    return hit


def _reach(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(p, 3, 3) twice → (p,) how far `a` reaches beyond the plane of `b` on the side where it reaches less far."""
    normal = np.cross(b[:, 1] - b[:, 0], b[:, 2] - b[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-300)
    height = np.einsum("pcd,pd->pc", a - b[:, :1], normal)
    return np.minimum(height.max(axis=1), -height.min(axis=1))
