"""Triangulation keeps area, winding and outline, for convex and concave polygons."""

import numpy as np
import pytest

from shapefield.mesh.decoding.polygons import clip_ears, newell_normals, triangulate


def area_vectors(points, corners):
    a, b, c = (points[corners[:, k]] for k in range(3))
    return 0.5 * np.cross(b - a, c - a)


def star(points, inner=0.3):
    angle = np.linspace(0, 2 * np.pi, 2 * points, endpoint=False)
    radius = np.where(np.arange(2 * points) % 2, inner, 1.0)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), np.zeros(2 * points)], axis=1)


@pytest.mark.parametrize("shape", [star(5), star(9, 0.1), star(20, 0.7)[:, [1, 2, 0]], star(4)[::-1]])
def test_a_star_is_cut_into_positive_triangles_of_its_own_area(shape):
    corners, polygon = triangulate(shape, np.array([len(shape)]))
    assert corners.shape == (len(shape) - 2, 3) and (polygon == 0).all()
    whole = 0.5 * newell_normals(shape[None])[0]
    pieces = area_vectors(shape, corners)
    assert (pieces @ whole > 0).all()
    np.testing.assert_allclose(pieces.sum(axis=0), whole, atol=1e-12)


def test_a_concave_quad_takes_its_inner_diagonal():
    arrow = np.array([[0, 0, 0], [2, 1, 0], [0.5, 0, 0], [2, -1, 0]], dtype=float)[[1, 2, 3, 0]][::-1]
    for turn in range(4):
        quad = np.roll(arrow, turn, axis=0)
        corners, _ = triangulate(quad, np.array([4]))
        whole = 0.5 * newell_normals(quad[None])[0]
        assert (area_vectors(quad, corners) @ whole > 0).all()


def test_mixed_polygons_come_back_in_file_order_and_short_ones_give_nothing():
    rng = np.random.default_rng(0)
    counts = np.array([3, 5, 2, 4, 3, 1, 6])
    corners, polygon = triangulate(rng.normal(size=(counts.sum(), 3)), counts)
    assert (np.diff(polygon) >= 0).all()
    np.testing.assert_array_equal(np.bincount(polygon, minlength=7), np.maximum(counts - 2, 0) * (counts >= 3))
    starts = np.cumsum(counts) - counts
    assert (corners >= starts[polygon][:, None]).all() and (corners < (starts + counts)[polygon][:, None]).all()


def test_a_self_crossing_polygon_ends():
    bow = np.array([[0, 0], [1, 1], [1, 0], [0, 1], [0.5, 2]], dtype=float)
    assert clip_ears(bow).shape == (3, 3)
