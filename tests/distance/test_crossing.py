"""Faces that cross: against a naive loop over all pairs, and what touching and rounding make is no crossing."""

import numpy as np
import pytest

from shapefield.distance.signed import SurfaceDistance


def crossing(corners: np.ndarray, deeper: float = 0.0) -> np.ndarray:
    """Of a soup of triangles (m, 3, 3)."""
    faces = np.arange(3 * len(corners)).reshape(-1, 3)
    return SurfaceDistance(corners.reshape(-1, 3), faces).hierarchy.crossing(deeper)


def pierces(one: np.ndarray, other: np.ndarray) -> bool:
    """An edge of `one` meets the inside of `other`: its ends lie on both sides of it, and it runs between its edges."""
    normal = np.cross(other[1] - other[0], other[2] - other[0])
    for a, b in zip(one, np.roll(one, 1, axis=0), strict=True):
        before, behind = (a - other[0]) @ normal, (b - other[0]) @ normal
        if before * behind >= 0:
            continue
        point = a + before / (before - behind) * (b - a)
        sides = [np.cross(other[(k + 1) % 3] - other[k], point - other[k]) @ normal for k in range(3)]
        if min(sides) > 0:
            return True
    return False


def test_random_triangles_cross_where_a_naive_loop_says_so():
    generator = np.random.default_rng(3)
    corners = generator.uniform(-1, 1, (400, 1, 3)) + generator.normal(0, 0.12, (400, 3, 3))
    expected = np.zeros(400, dtype=bool)
    for i in range(400):
        for j in range(i):
            if pierces(corners[i], corners[j]) or pierces(corners[j], corners[i]):
                expected[[i, j]] = True
    assert 100 < expected.sum() < 400 and np.array_equal(crossing(corners), expected)


def test_faces_that_share_a_vertex_or_touch_or_are_coplanar_do_not_cross():
    flat = np.array([[[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0.1, 0.1, 0], [1.1, 0.1, 0], [0.1, 1.1, 0]]], dtype=float)
    standing = np.array([[[0.2, 0.2, 0], [0.3, 0.2, 0.5], [0.2, 0.3, 0.5]]])
    assert not crossing(np.concatenate([flat, standing])).any()
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, -1], [1, 1, 1]], dtype=float)
    assert not SurfaceDistance(vertices, np.array([[0, 1, 2], [0, 3, 4]])).hierarchy.crossing().any()


@pytest.mark.parametrize(("depth", "cross"), [(1e-8, False), (1e-4, True)])
def test_a_crossing_that_rounding_made_is_none(depth, cross):
    """A spike that reaches through the face of another part by `depth`."""
    face, spike = [[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0.2, 0.2, -depth], [0.3, 0.2, 0.5], [0.2, 0.3, 0.5]]
    assert crossing(np.array([face, spike], dtype=float), 1e-6).tolist() == [cross, cross]
