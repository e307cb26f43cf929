"""Rims that meet are joined, and holes are closed by what their surroundings say; volumes are those of closed forms."""

import numpy as np
import pytest
import trimesh

from shapefield.mesh.model import Mesh
from shapefield.solid import solid_of
from shapefield.solid.model import Made
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
    kept = solid.origin.made <= Made.TURNED
    assert kept.sum() == len(box.faces) + 2


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
