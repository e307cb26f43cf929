"""Small meshes with known truth, for tests."""

import numpy as np
from skimage.measure import marching_cubes

from shapefield.mesh.model import Mesh


def sphere(radius: float = 1.0, center: tuple[float, float, float] = (0.0, 0.0, 0.0), cells: int = 32) -> Mesh:
    """A closed sphere of so many cells, its vertices exactly on it, normals outward."""
    axis = np.linspace(-1.3, 1.3, cells)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    vertices, faces, _, _ = marching_cubes(np.linalg.norm(grid, axis=-1), 1.0, spacing=(axis[1] - axis[0],) * 3)
    vertices = vertices - 1.3
    vertices *= radius / np.linalg.norm(vertices, axis=1, keepdims=True)
    mesh = Mesh(vertices + np.array(center), faces, name="sphere")
    return mesh if mesh.volume > 0 else Mesh(mesh.vertices, mesh.faces[:, ::-1], name="sphere")


def is_closed(mesh: Mesh) -> bool:
    """Every directed edge has exactly one opposite: closed, manifold along edges, consistently oriented."""
    half = mesh.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    forth = half[:, 0] * len(mesh.vertices) + half[:, 1]
    back = half[:, 1] * len(mesh.vertices) + half[:, 0]
    return len(np.unique(forth)) == len(forth) and np.array_equal(np.sort(forth), np.sort(back))
