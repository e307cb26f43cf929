"""Rims that meet are joined, and holes are closed by what their surroundings say; volumes are those of closed forms."""

from dataclasses import replace

import numpy as np
import pytest
import trimesh

from shapefield.distance.signed import SurfaceDistance
from shapefield.driving import finish
from shapefield.mesh.model import Mesh
from shapefield.solid import levelset, rebuild, solid_of
from shapefield.solid.model import FaceOrigin
from shapefield.solid.topology import edges_of


def as_mesh(*parts: trimesh.Trimesh) -> Mesh:
    made = trimesh.util.concatenate(parts)
    return Mesh(made.vertices, made.faces)


def open_box(subdivisions: int, side: float, axis: int = 2) -> tuple[trimesh.Trimesh, trimesh.Trimesh]:
    """A box of side 10 with a square hole of that side in its top, and the square."""
    made = trimesh.creation.box((10.0, 10.0, 10.0))
    for _ in range(subdivisions):
        made = made.subdivide()
    middle = made.triangles_center
    top = (middle[:, 2] > 4.9) & (np.abs(middle[:, :2]) < side / 2).all(axis=1)
    return trimesh.Trimesh(made.vertices, made.faces[~top]), trimesh.Trimesh(made.vertices, made.faces[top])


@pytest.mark.parametrize("inverted", [False, True])
def test_a_lid_of_its_own_tessellation_is_joined_to_the_hole_that_it_covers(inverted):
    box, _ = open_box(2, 5.0)
    corners = np.array([[-2.4, -2.4, 5.05], [2.4, -2.4, 5.05], [2.4, 2.4, 5.05], [-2.4, 2.4, 5.05]])
    lid = trimesh.Trimesh(corners, [[0, 1, 2], [0, 2, 3]])
    if inverted:
        lid.invert()
    solid = solid_of(as_mesh(box, lid))
    low, high = 1000 + 0.05 * 4.8**2, 1000 + 0.05 * 5.0**2
    assert low < solid.mesh.volume < high
    assert solid.repairs.thickened_by == 0 and solid.repairs.holes_closed == 1
    assert edges_of(solid.mesh.faces).manifold
    assert solid.repairs.faces_reoriented == (2 if inverted else 0)
    kept = solid.origin.made <= FaceOrigin.TURNED
    assert kept.sum() == len(box.faces) + 2


@pytest.mark.parametrize(
    ("lost", "joined"), [((0.001,), True), ((0.1, 0.09), True), ((0.1, 0.01), False)], ids=["little", "as much", "less"]
)
def test_rims_stay_apart_only_where_that_loses_less_of_what_can_be_seen(monkeypatch, lost, joined):
    waiting, attempted = list(lost), rebuild._attempted

    def told(*asked):
        made = yield from attempted(*asked)
        return replace(made, lost=waiting.pop(0))

    monkeypatch.setattr(rebuild, "_attempted", told)
    box, _ = open_box(2, 5.0)
    corners = np.array([[-2.4, -2.4, 5.05], [2.4, -2.4, 5.05], [2.4, 2.4, 5.05], [-2.4, 2.4, 5.05]])
    solid = solid_of(as_mesh(box, trimesh.Trimesh(corners, [[0, 1, 2], [0, 2, 3]])))
    assert not waiting
    band = solid.mesh.faces[solid.origin.made == FaceOrigin.PATCHED]
    upright = np.ptp(solid.mesh.vertices[band][:, :, 2], axis=1) > 0.04
    assert (len(band) > 0 and upright.all()) == joined


def test_halves_whose_rims_have_different_corners_are_one_body_without_flat_faces():
    """The upper half has seven corners where the lower one has one: no crack, no face without an area."""
    lower, upper = (trimesh.creation.box(bounds=[[-5, -5, low], [5, 5, low + 5.0]]) for low in (-5.0, 0.0))
    lower = trimesh.Trimesh(lower.vertices, lower.faces[lower.face_normals[:, 2] < 0.5])
    for _ in range(3):
        upper = upper.subdivide()
    upper = trimesh.Trimesh(upper.vertices, upper.faces[upper.face_normals[:, 2] > -0.5])
    solid = solid_of(as_mesh(lower, upper))
    assert solid.mesh.volume == pytest.approx(1000, rel=1e-9) and edges_of(solid.mesh.faces).manifold
    assert solid.mesh.face_areas.min() > 0.1
    assert solid.repairs.hole_area < 1e-9


def test_a_ring_is_not_closed_by_its_own_back():
    outer, inner = (np.array([[r * np.cos(t), r * np.sin(t), 0] for t in np.arange(24) * np.pi / 12]) for r in (5, 4.9))
    k = np.arange(24)
    faces = np.concatenate(
        [np.stack([k, (k + 1) % 24, k + 24], 1), np.stack([(k + 1) % 24, (k + 1) % 24 + 24, k + 24], 1)]
    )
    solid = solid_of(Mesh(np.concatenate([outer, inner]), faces))
    assert solid.repairs.thickened_by > 0 and solid.repairs.holes_closed == 0


def test_a_torn_corner_and_a_vases_mouth_do_not_bulge():
    """Walls that run straight into their rim do not turn: no patch goes beyond what was there."""
    box = trimesh.creation.box((2.0, 2.0, 2.0)).subdivide().subdivide().subdivide().subdivide()
    torn = Mesh(box.vertices, box.faces[(1 - box.triangles_center).max(axis=1) > 0.3])
    solid = solid_of(torn)
    assert solid.repairs.holes_closed and 7.95 < solid.mesh.volume < 8
    np.testing.assert_allclose(solid.mesh.bounds, [[-1, -1, -1], [1, 1, 1]], atol=1e-9)
    height = np.linspace(0.0, 60.0, 31)
    profile = np.c_[np.r_[0.0, 20 + 6 * np.sin(height / 60 * np.pi * 1.3)], np.r_[0.0, height]]
    vase = trimesh.creation.revolve(profile, sections=48)
    solid = solid_of(Mesh(vase.vertices, vase.faces))
    assert solid.mesh.bounds[1, 2] == pytest.approx(60.0, abs=1e-6)


def test_a_flat_hole_is_closed_by_as_few_faces_as_its_rim_asks():
    made = trimesh.creation.cylinder(1.0, 0.2, sections=300)
    solid = solid_of(Mesh(made.vertices, made.faces[np.abs(made.face_normals[:, 2]) < 0.5]), taken_as="solid")
    assert (solid.origin.made == FaceOrigin.PATCHED).sum() == 2 * 298


def test_the_offset_of_many_sheets_has_no_more_faces_than_anything_can_use():
    """A hundred faces of all sizes across one another: sampled as finely as a small sheet they were two million."""
    corners = np.random.default_rng(0).uniform(-0.5, 0.5, (100, 3, 3))
    work = finish(levelset.offset(SurfaceDistance(corners.reshape(-1, 3), np.arange(300).reshape(-1, 3)), 0.01))
    assert len(work.faces) < levelset.MOST_FACES and edges_of(work.faces).manifold
    middle = corners.mean(axis=1)
    around = SurfaceDistance(work.vertices, work.faces)
    assert around.inside(middle).all() and np.quantile(around.unsigned(middle), 0.1) > 0.009
