"""Exact distances against closed forms, the naive loop, and each other."""

import sys

import numpy as np
import pytest
import trimesh

from shapefield.distance.signed import (
    SurfaceDistance,
    choose_backend,
    coherent_chunks,
    finish,
    morton_codes,
)
from shapefield.errors import UsageError
from shapefield.events import Progress


def surface(made: trimesh.Trimesh, backend: str = "compiled") -> SurfaceDistance:
    return SurfaceDistance(made.vertices, made.faces, backend)


@pytest.fixture
def points() -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (3000, 3))


def naive(point: np.ndarray, triangles: np.ndarray) -> float:
    """Distance by the closest point of every triangle, one after the other."""
    nearest = trimesh.triangles.closest_point(triangles, np.tile(point, (len(triangles), 1)))
    return float(np.linalg.norm(nearest - point, axis=1).min())


def test_equals_the_naive_loop(points):
    made = trimesh.creation.torus(0.6, 0.25, 12, 9)
    found = surface(made).closest(points[:60])
    np.testing.assert_allclose(found.distance, [naive(p, made.triangles) for p in points[:60]], atol=1e-12)
    on_face = trimesh.triangles.closest_point(made.triangles[found.face], points[:60])
    np.testing.assert_allclose(found.point, on_face, atol=1e-12)


def test_box_has_its_closed_form(points):
    q = np.abs(points) - 0.4
    exact = np.linalg.norm(np.maximum(q, 0), axis=1) + np.minimum(q.max(axis=1), 0)
    np.testing.assert_allclose(surface(trimesh.creation.box((0.8,) * 3)).signed(points), exact, atol=1e-12)


def test_compiled_and_igl_agree(points):
    made = trimesh.creation.torus(0.6, 0.25)
    a, b = surface(made).signed(points), surface(made, "igl").signed(points)
    np.testing.assert_allclose(a, b, atol=1e-12)


def test_answer_does_not_depend_on_the_company(points):
    exact = surface(trimesh.creation.icosphere(3, 0.8))
    assert (exact.signed(points)[100:103] == exact.signed(points[100:103])).all()


def test_winding_number_counts_layers_and_halves_on_a_sheet():
    two = trimesh.util.concatenate([trimesh.creation.icosphere(3, 0.9), trimesh.creation.icosphere(3, 0.4)])
    origin = np.zeros((1, 3))
    assert surface(two).winding(origin)[0] == pytest.approx(2.0, abs=0.01)
    plate = SurfaceDistance(
        np.array([[-1.0, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]), np.array([[0, 1, 2], [0, 2, 3]])
    )
    assert abs(plate.winding(np.array([[0.0, 0, -1e-3]]))[0]) == pytest.approx(0.5, abs=0.01)


def test_coarse_first_gives_the_fine_sign(points):
    exact = surface(trimesh.creation.torus(0.6, 0.25, 64, 64))
    assert ((exact.winding(points) > 0.5) == exact.inside(points)).all()


def test_chunks_name_every_point_once(points):
    seen = np.concatenate(list(coherent_chunks(points, 700)))
    assert (np.sort(seen) == np.arange(len(points))).all()


def test_morton_order_keeps_an_octant_together(points):
    ordered = points[np.argsort(morton_codes(points))] > 0
    assert (np.diff(ordered.astype(int), axis=0) != 0).any(axis=1).sum() < 20


def test_job_reports_and_returns_the_same(points):
    exact = surface(trimesh.creation.icosphere(2, 0.8))
    events = list(exact.signed_in_steps(points))
    assert isinstance(events[-1], Progress) and events[-1].done == events[-1].total == 3000
    assert (finish(exact.signed_in_steps(points)) == exact.signed(points)).all()


def test_backend_falls_back_where_numba_is_missing(monkeypatch):
    assert choose_backend() == ("compiled", None)
    monkeypatch.setitem(sys.modules, "shapefield.distance.bvh", None)
    backend, notice = choose_backend()
    assert backend == "igl" and notice is not None and "numba" in notice.message


def test_wrong_shape_is_refused():
    with pytest.raises(UsageError, match=r"\(n, 3\)"):
        surface(trimesh.creation.box()).signed(np.zeros((4, 2)))
