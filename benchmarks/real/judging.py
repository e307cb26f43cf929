"""How much of a mesh's visible surface a result has lost, and added: Open3D's rays and distances, NumPy, no shapefield.

R is the input's bounding radius; both meshes are brought into the frame in which it is 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

FAR, NEAR = 0.025, 0.005
"""Distances, in R, beyond which surface is lost or added; the second is told beside."""
POINTS, RAYS = 20_000, 32
BEHIND = 1e-4
"""What of a ray does not count, in R: the face that it starts from."""


def judged(given: tuple[np.ndarray, np.ndarray], result: tuple[np.ndarray, np.ndarray]) -> dict[str, Any]:
    """Shares of the visible area, 0 to 1, and the result's soundness. Meshes are (vertices (n, 3), faces (m, 3))."""
    used = given[0][given[1].reshape(-1)]
    middle = 0.5 * (used.min(axis=0) + used.max(axis=0))
    radius = float(np.linalg.norm(used - middle, axis=1).max())
    before, after = (((vertices - middle) / radius, faces) for vertices, faces in (given, result))
    generator = np.random.default_rng(0)
    scenes = [scene_of(*mesh) for mesh in (before, after)]
    lost, lost_near = _beyond(before, scenes[0], scenes[1], generator)
    added, added_near = _beyond(after, scenes[1], scenes[0], generator)
    closed, manifold = soundness(result[1])
    return {
        "lost": lost,
        "lost_near": lost_near,
        "added": added,
        "added_near": added_near,
        "closed": closed,
        "manifold": manifold,
        "volume": _volume(*after) * radius**3,
    }


def soundness(faces: np.ndarray) -> tuple[bool, bool]:
    """Whether every edge is run through as often one way as the other, and whether each has two faces."""
    half = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    _, edge, count = np.unique(np.sort(half, axis=1), axis=0, return_inverse=True, return_counts=True)
    net = np.bincount(edge.reshape(-1), weights=np.where(half[:, 0] < half[:, 1], 1, -1))
    return bool((net == 0).all()), bool((count == 2).all())


def _beyond(
    mesh: tuple[np.ndarray, np.ndarray], scene: Any, other: Any, generator: np.random.Generator
) -> tuple[float, float]:
    """Of the visible points of a mesh, the shares that lie beyond FAR and beyond NEAR of the other."""
    points = _drawn(*mesh, generator)
    distance = other.compute_distance(tensor(points)).numpy()
    doubtful = distance > NEAR
    if not doubtful.any():
        return 0.0, 0.0
    seen = _visible(points, scene, generator)
    many = max(int(seen.sum()), 1)
    return float((distance[seen] > FAR).sum() / many), float((distance[seen] > NEAR).sum() / many)


def _visible(points: np.ndarray, scene: Any, generator: np.random.Generator) -> np.ndarray:
    """(n,) bool: whether at least one of RAYS rays, in directions of chance, meets nothing."""
    seen = np.zeros(len(points), dtype=bool)
    for _ in range(RAYS):
        left = np.flatnonzero(~seen)
        ways = generator.standard_normal((len(left), 3))
        ways /= np.linalg.norm(ways, axis=1, keepdims=True)
        rays = tensor(np.concatenate([points[left], ways], axis=1))
        seen[left] = ~scene.test_occlusions(rays, tnear=BEHIND).numpy()
    return seen


def _drawn(vertices: np.ndarray, faces: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """(POINTS, 3) evenly over the area."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    sums = np.cumsum(np.linalg.norm(np.cross(b - a, c - a), axis=1))
    row = np.searchsorted(sums, generator.random(POINTS) * sums[-1], side="right").clip(max=len(faces) - 1)
    u, v = generator.random((2, POINTS, 1))
    over = u + v > 1
    u, v = np.where(over, 1 - u, u), np.where(over, 1 - v, v)
    return a[row] + u * (b - a)[row] + v * (c - a)[row]


def scene_of(vertices: np.ndarray, faces: np.ndarray) -> Any:
    """What rays are cast at."""
    import open3d as o3d

    scene = o3d.t.geometry.RaycastingScene(nthreads=1)
    scene.add_triangles(tensor(vertices), o3d.core.Tensor(np.ascontiguousarray(faces, dtype=np.uint32)))
    return scene


def tensor(values: np.ndarray) -> Any:
    """As Open3D wants its numbers."""
    import open3d as o3d

    return o3d.core.Tensor(np.ascontiguousarray(values, dtype=np.float32))


def _volume(vertices: np.ndarray, faces: np.ndarray) -> float:
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6.0)
