"""The compiled hierarchy: every kind of nearest feature, degenerate input, and no dependence on company or threads."""

import numpy as np
import pytest
import trimesh

from shapefield.distance.bvh import BVH
from shapefield.distance.traversal import LANES


def brute(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(n,) distances by trying every face."""
    found = [trimesh.triangles.closest_point(triangles, np.tile(p, (len(triangles), 1))) for p in points]
    return np.array([np.linalg.norm(c - p, axis=1).min() for c, p in zip(found, points, strict=True)])


@pytest.mark.parametrize("faces", [1, 2, LANES, LANES + 1, 17, LANES**2, LANES**2 + 1, 700])
def test_any_number_of_faces_equals_the_naive_loop(faces):
    rng = np.random.default_rng(faces)
    vertices, points = rng.uniform(-1, 1, (3 * faces, 3)), rng.uniform(-2, 2, (40, 3))
    face, nearest = BVH(vertices, np.arange(3 * faces).reshape(-1, 3)).closest(points)
    distance = np.linalg.norm(points - nearest, axis=1)
    np.testing.assert_allclose(distance, brute(points, vertices.reshape(-1, 3, 3)), atol=1e-12)
    own = trimesh.triangles.closest_point(vertices.reshape(-1, 3, 3)[face], points)
    np.testing.assert_allclose(np.linalg.norm(own - points, axis=1), distance, atol=1e-12)


def test_each_feature_of_a_triangle():
    corners = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])
    cases = {
        (0.2, 0.2, 0.5): (0.2, 0.2, 0),
        (-1, -1, 0): (0, 0, 0),
        (3, -1, 0): (1, 0, 0),
        (-1, 3, 0): (0, 1, 0),
        (0.5, -1, 2): (0.5, 0, 0),
        (-1, 0.5, -2): (0, 0.5, 0),
        (1, 1, 1): (0.5, 0.5, 0),
    }
    _, nearest = BVH(corners, np.array([[0, 1, 2]])).closest(np.array(list(cases), dtype=float))
    np.testing.assert_allclose(nearest, list(cases.values()), atol=1e-15)


def test_faces_without_area_still_answer():
    line = np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0], [5, 5, 5], [5, 5, 5], [5, 5, 5]])
    _, nearest = BVH(line, np.array([[0, 1, 2], [3, 4, 5]])).closest(np.array([[1.5, 1, 0], [5, 5, 6.0]]))
    np.testing.assert_allclose(nearest, [[1.5, 0, 0], [5, 5, 5]], atol=1e-12)


def test_a_triangle_with_two_equal_corners_is_its_segment():
    a, b = np.array([0.0, 0, 0]), np.array([2.0, 0, 0])
    points = np.array([[0.5, 1, 0], [-1, 0, 1], [3, 0, 1], [1.0, 0, 0]])
    for corners in ([a, a, b], [a, b, a], [b, a, a], [a, b, b]):
        _, nearest = BVH(np.array(corners), np.array([[0, 1, 2]])).closest(points)
        np.testing.assert_allclose(nearest, [[0.5, 0, 0], [0, 0, 0], [2, 0, 0], [1, 0, 0]], atol=1e-15)


def test_bits_depend_neither_on_company_nor_on_threads(monkeypatch):
    made = trimesh.creation.icosphere(4, 0.8)
    # the centre, where every face ties, and the faces' shared corners and edges
    points = np.concatenate([np.zeros((5000, 3)), made.vertices, 1.3 * made.triangles.mean(axis=1)])
    tree = BVH(made.vertices, made.faces)
    answers = []
    for threads in ("1", "2", "3"):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        answers.append(tree.closest(points))
    shuffled = np.random.default_rng(0).permutation(len(points))
    face, nearest = tree.closest(points[shuffled])
    for found in answers[1:]:
        assert (found[0] == answers[0][0]).all() and (found[1] == answers[0][1]).all()
    assert (face == answers[0][0][shuffled]).all() and (nearest == answers[0][1][shuffled]).all()


@pytest.mark.parametrize("spokes", [30, 3000, 300_000])
@pytest.mark.parametrize("size", [1.0, 1e-2, 1e-4])
def test_a_fan_of_slivers_is_answered_to_the_last_bit(size, spokes):
    """Of a sliver single precision knows neither plane nor inside; the nearest of many as near may not be missed."""
    rng = np.random.default_rng(spokes)
    angle = 2 * np.pi / spokes * np.arange(400)
    rim = np.stack([np.cos(angle), np.sin(angle), 1e-3 * rng.standard_normal(400)], axis=1) * size
    turn = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    vertices = np.concatenate([np.zeros((1, 3)), rim]) @ turn + [0.3, -0.5, 0.2]
    faces = np.array([[0, k, k + 1] for k in range(1, 400)])
    weights = rng.dirichlet([0.5, 0.5, 0.5], 3000)
    on = np.einsum("nk,nkd->nd", weights, vertices[faces[rng.integers(0, 399, 3000)]])
    points = on + rng.standard_normal(on.shape) * 10.0 ** rng.uniform(-7, -0.5, (3000, 1))
    _, nearest = BVH(vertices, faces).closest(points)
    alone = [BVH(vertices, face[None]).closest(points)[1] for face in faces]
    least = np.min([np.linalg.norm(points - found, axis=1) for found in alone], axis=0)
    assert (np.linalg.norm(points - nearest, axis=1) == least).all()


def test_points_that_are_nowhere_end_no_process():
    made = trimesh.creation.icosphere(2)
    points = np.array([[np.nan, 0, 0], [np.inf, 0, 0], [0, 1e30, 0], [0, 0, -1e200], [0, 0, 2.0]])
    _, nearest = BVH(made.vertices, made.faces).closest(points)
    assert np.linalg.norm(points[-1] - nearest[-1]) == pytest.approx(1.0)
