"""Winding numbers of the states of a repair, polygons, and points that lie near one another."""

import numpy as np
import pytest
import trimesh

from shapefield.distance.signed import SurfaceDistance
from shapefield.distance.winding import WindingSum
from shapefield.mesh.model import Mesh
from shapefield.solid.groups import groups
from shapefield.solid.intersections import intersections
from shapefield.solid.model import FaceOrigin
from shapefield.solid.nearness import mean_distance, near_pairs
from shapefield.solid.polygons import spanned, triangulated
from shapefield.solid.surfaces import Surfaces
from shapefield.solid.work import Work, given


def _ball(radius: float, center=(0.0, 0.0, 0.0), fineness: int = 3) -> tuple[np.ndarray, np.ndarray]:
    made = trimesh.creation.icosphere(subdivisions=fineness, radius=radius)
    return np.asarray(made.vertices) + center, np.asarray(made.faces, dtype=np.int64)


def test_the_winding_number_of_a_changed_surface_comes_out_of_the_first_ones_tree():
    vertices, faces = _ball(0.8)
    work = given(vertices, faces)
    surfaces = Surfaces(work, "compiled")
    turned = np.zeros(len(faces), dtype=bool)
    turned[10:40] = True
    made = np.where(turned, FaceOrigin.TURNED, FaceOrigin.KEPT).astype(np.int8)
    over = np.where(turned[:, None], faces[:, ::-1], faces)
    patch = np.array([[0, 5, 9], [7, 2, 30]])
    rows = np.arange(50, len(faces))  # fifty faces gone, of which thirty had been turned over
    rows = np.concatenate([np.arange(30), rows])
    changed = Work(
        vertices,
        np.concatenate([over[rows], patch]),
        np.concatenate([rows, [-1, -1]]),
        np.concatenate([made[rows], [FaceOrigin.PATCHED] * 2]).astype(np.int8),
    )
    points = np.random.default_rng(0).uniform(-1, 1, (2000, 3))
    own, derived = SurfaceDistance(vertices, changed.faces), surfaces.of(changed)
    np.testing.assert_allclose(derived.winding(points), own.winding(points), atol=0.01)
    assert isinstance(derived.winding_number, WindingSum) and surfaces.of(changed) is derived


def test_only_parts_that_touch_are_one_group_and_those_within_others_know_it():
    meshes = [
        _ball(0.3, (-0.4, 0, 0), 2),
        _ball(0.1, (-0.4, 0, 0), 2),
        _ball(0.3, (0.4, 0, 0), 2),
        _ball(0.2, (0.7, 0, 0), 2),
    ]
    starts = np.cumsum([0, *(len(v) for v, _ in meshes)])
    vertices = np.concatenate([v for v, _ in meshes])
    faces = np.concatenate([f + start for (_, f), start in zip(meshes, starts, strict=False)])
    part = np.repeat(np.arange(4), [len(f) for _, f in meshes])
    work = given(vertices, faces)
    found = groups(work, part, intersections(vertices, faces), Surfaces(work, "compiled"))
    assert sorted(sorted(int(part[rows[0]]) for rows in group.parts) for group in found) == [[0], [1], [2, 3]]
    told = {int(part[group.rows[0]]): (group.within_others, group.is_skin) for group in found}
    assert told == {0: (False, True), 1: (True, True), 2: (False, False)}


@pytest.mark.parametrize("count", [3, 4, 7, 96, 97, 500])
def test_a_flat_polygon_is_covered_once_by_its_triangles(count):
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    ring = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    (triangles,) = triangulated(ring, [np.arange(count)])
    assert triangles.shape == (count - 2, 3)
    normals = Mesh(ring, triangles).face_vectors
    assert (normals[:, 2] > 0).all()
    assert 0.5 * normals[:, 2].sum() == pytest.approx(0.5 * count * np.sin(2 * np.pi / count))
    assert spanned(ring, [np.arange(count)])[0] == pytest.approx(0.5 * normals[:, 2].sum())


def test_of_a_bent_quadrilateral_the_smaller_pair_of_triangles_is_taken():
    points = np.array([[0.0, 0, 0], [1, 0, 0.2], [1, 1, 0], [0, 1, 1.0]])
    (triangles,) = triangulated(points, [np.arange(4)])
    both = [np.array([[0, 1, 2], [0, 2, 3]]), np.array([[0, 1, 3], [1, 2, 3]])]
    least = min(float(Mesh(points, one).face_areas.sum()) for one in both)
    assert float(Mesh(points, triangles).face_areas.sum()) == pytest.approx(least)


def test_pairs_of_near_points_are_those_that_comparing_all_finds():
    generator = np.random.default_rng(1)
    points = generator.uniform(-1, 1, (300, 3)) * [1, 1, 0]
    points = np.concatenate([points, points[:80] + generator.normal(0, 1e-3, (80, 3))])
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    wanted = {(i, j) for i, j in np.argwhere(apart <= 2e-3).tolist() if i < j}
    assert {tuple(sorted(pair)) for pair in near_pairs(points, 2e-3).tolist()} == wanted
    assert len(wanted) > 50


def test_distances_between_polygons_count_their_edges():
    square = np.array([[0.0, 0, 0], [4, 0, 0], [4, 4, 0], [0, 4, 0]])
    ring = np.array([[2.0, 0.5, 0], [2.0, 0, 1], [5, 2, 0]])
    assert mean_distance(ring, square, 10) == pytest.approx((0.5 + 1 + 1) / 3)
    assert mean_distance(ring, square, 0.5) == np.inf
