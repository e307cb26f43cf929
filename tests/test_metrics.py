"""The report's figures on pairs of shapes for which they are known."""

import pytest
import trimesh

from shapefield.driving import finish
from shapefield.mesh.model import Mesh
from shapefield.metrics import compare
from shapefield.solid import solid_of


def ball(radius: float = 1.0, subdivisions: int = 5) -> Mesh:
    made = trimesh.creation.icosphere(subdivisions=subdivisions, radius=radius)
    return Mesh(made.vertices, made.faces)


def test_a_mesh_against_itself_is_perfect():
    report = finish(compare(ball(3.0), solid_of(ball(3.0)), points=5000))
    assert report.max < 1e-12 and report.mean < 1e-12
    assert report.iou == report.narrow_band_iou == 1.0 and report.f_score["0.0002"] == 1.0
    assert report.normal_consistency == pytest.approx(1.0, abs=2e-3)


def test_concentric_spheres_are_their_gap_apart():
    report = finish(compare(ball(3.03), solid_of(ball(3.0)), points=20_000))
    assert report.accuracy == pytest.approx(0.01, rel=0.02) and report.completeness == pytest.approx(0.01, rel=0.02)
    assert report.input["mean"] == pytest.approx(0.03, rel=0.02) and report.radius == pytest.approx(3.0)
    assert report.f_score["0.002"] == 0.0
    assert report.iou == pytest.approx(1 / 1.01**3, rel=0.01)
    assert report.narrow_band_iou == pytest.approx(0.5, abs=0.03)


def test_a_flipped_mesh_has_normals_of_minus_one():
    mesh = ball(subdivisions=4)
    report = finish(compare(Mesh(mesh.vertices, mesh.faces[:, ::-1]), solid_of(mesh), points=2000))
    assert report.normal_consistency == pytest.approx(-1.0, abs=0.01)


def test_sharp_edges_are_there_on_a_box_and_not_on_a_sphere():
    made = trimesh.creation.box()
    box = Mesh(made.vertices, made.faces)
    assert finish(compare(box, solid_of(box), points=4000)).sharp_normal_error == pytest.approx(0.0, abs=3.0)
    assert finish(compare(ball(), solid_of(ball()), points=1000)).sharp_normal_error is None


def test_report_is_the_same_for_the_same_seed_and_free_of_units():
    small, large = (finish(compare(ball(1.02 * s), solid_of(ball(s)), points=2000)) for s in (1e-9, 1e9))
    assert small.mean == pytest.approx(large.mean, rel=1e-6)
