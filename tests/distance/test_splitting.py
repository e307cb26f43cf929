"""Cutting long triangles short leaves the surface, and so every solid angle, as it is."""

import numpy as np

from shapefield.distance.signed import SurfaceDistance
from shapefield.distance.splitting import cut_short

CORNERS = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.4, 0.4) for z in (-0.1, 0.1)])
SIDES = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
BOX = np.array([[a, *pair] for a, b, c, d in SIDES for pair in ((b, c), (c, d))])


def area_vectors(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    a, b, c = vertices[faces].transpose(1, 0, 2)
    return np.cross(b - a, c - a) / 2


def longest_edge(vertices: np.ndarray, faces: np.ndarray) -> float:
    corners = vertices[faces]
    return float(np.linalg.norm(corners - np.roll(corners, -1, axis=1), axis=2).max())


def test_pieces_are_short_and_make_up_the_same_oriented_surface() -> None:
    vertices, faces = cut_short(CORNERS, BOX, longest=0.15)
    assert longest_edge(vertices, faces) <= 0.15 < longest_edge(CORNERS, BOX)
    before, after = area_vectors(CORNERS, BOX), area_vectors(vertices, faces)
    assert np.isclose(np.linalg.norm(after, axis=1).sum(), np.linalg.norm(before, axis=1).sum())
    for axis in range(3):  # facing each way as much as before: nothing was turned over
        assert np.isclose(np.maximum(after[:, axis], 0).sum(), np.maximum(before[:, axis], 0).sum())


def test_what_is_short_enough_is_left_alone() -> None:
    vertices, faces = cut_short(CORNERS, BOX, longest=2.0)
    assert vertices is CORNERS and faces is BOX


def test_a_mesh_of_slivers_does_not_explode() -> None:
    count = 500
    heights = np.linspace(-0.5, 0.5, count + 1)
    vertices = np.concatenate([[[-0.9, h, 0.0], [0.9, h, 0.0]] for h in heights])
    low = 2 * np.arange(count)[:, None]
    faces = np.concatenate([low + np.array([0, 1, 2]), low + np.array([1, 3, 2])])
    pieces = cut_short(vertices, faces, longest=0.01, allowance=3000)[1]
    assert len(faces) < len(pieces) <= 2 * (len(faces) + 3000)
    assert len(cut_short(vertices, faces, longest=0.01, allowance=10**6)[1]) > 100_000


def test_the_winding_number_is_that_of_the_box() -> None:
    points = np.random.default_rng(0).uniform(-1, 1, (2000, 3))
    points = points[np.abs(np.abs(points) - CORNERS.max(axis=0)).min(axis=1) > 1e-3]
    inside = (np.abs(points) < CORNERS.max(axis=0)).all(axis=1)
    faces = BOX if SurfaceDistance(CORNERS, BOX).winding(np.zeros((1, 3)))[0] > 0 else BOX[:, ::-1]
    assert np.abs(SurfaceDistance(CORNERS, faces).winding(points) - inside).max() < 0.02
