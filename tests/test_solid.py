"""The solid a mesh means, against closed forms."""

import numpy as np
import pytest
import trimesh

from shapefield.distance.signed import SurfaceDistance
from shapefield.driving import finish
from shapefield.errors import InputError
from shapefield.events import Notice
from shapefield.mesh.model import Mesh
from shapefield.solid import levelset, probe, solid_of, solidify
from shapefield.solid.rays import disagreement
from shapefield.solid.topology import edges_of
from shapefield.solid.work import NoInside, given


def as_mesh(source: trimesh.Trimesh) -> Mesh:
    return Mesh(source.vertices, source.faces)


def sphere(radius: float = 1.0, center=(0.0, 0.0, 0.0), subdivisions: int = 4) -> trimesh.Trimesh:
    made = trimesh.creation.icosphere(subdivisions=subdivisions, radius=radius)
    made.apply_translation(center)
    return made


def box(size: float = 1.0, center=(0.0, 0.0, 0.0)) -> trimesh.Trimesh:
    made = trimesh.creation.box(extents=(size,) * 3)
    made.apply_translation(center)
    return made


def box_distance(points: np.ndarray, half: np.ndarray, center: np.ndarray) -> np.ndarray:
    q = np.abs(points - center) - half
    return np.linalg.norm(np.maximum(q, 0), axis=1) + np.minimum(q.max(axis=1), 0)


@pytest.fixture
def points() -> np.ndarray:
    return np.random.default_rng(0).uniform(-1.4, 1.4, (4000, 3))


def test_clean_closed_mesh_is_taken_as_it_is(points):
    mesh = as_mesh(box())
    solid = solid_of(mesh)
    assert solid.mesh is mesh and solid.repairs.none
    np.testing.assert_allclose(solid.signed_distance(points), box_distance(points, np.full(3, 0.5), 0.0), atol=1e-12)


@pytest.mark.parametrize(("scale", "offset"), [(1e-9, 0.0), (1e9, 0.0), (1.0, 1e7)])
def test_scale_and_origin_keep_relative_precision(points, scale, offset):
    made = box()
    solid = solid_of(Mesh(made.vertices * scale + offset, made.faces))
    found = solid.signed_distance(points * scale + offset) / scale
    np.testing.assert_allclose(found, box_distance(points, np.full(3, 0.5), 0.0), atol=1e-7)


def test_flipped_faces_are_turned_back(points):
    made = sphere()
    faces = made.faces.copy()
    chosen = np.random.default_rng(1).random(len(faces)) < 0.3
    faces[chosen] = faces[chosen][:, ::-1]
    solid = solid_of(Mesh(made.vertices, faces))
    assert solid.repairs.faces_reoriented == chosen.sum()
    assert solid.mesh.volume == pytest.approx(made.volume)
    np.testing.assert_allclose(solid.signed_distance(points), np.linalg.norm(points, axis=1) - 1, atol=5e-3)


def test_a_mesh_turned_inside_out_is_turned_back():
    made = box()
    solid = solid_of(Mesh(made.vertices, made.faces[:, ::-1]))
    assert solid.repairs.faces_reoriented == 12 and solid.mesh.volume == pytest.approx(1.0)


def test_a_thin_plate_turned_inside_out_is_turned_back():
    made = trimesh.creation.box(extents=(1.0, 1.0, 0.004))
    solid = solid_of(Mesh(made.vertices, made.faces[:, ::-1]))
    assert solid.repairs.faces_reoriented == 12 and solid.mesh.volume == pytest.approx(0.004)


def test_a_sheet_of_two_sides_is_a_sheet(points):
    corners = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    for back in ([[2, 1, 0], [3, 2, 0]], [[3, 2, 1], [3, 1, 0]]):  # over the same diagonal, and over the other one
        sheet = Mesh(corners, np.array([[0, 1, 2], [0, 2, 3], *back]), name="leaf.obj")
        with pytest.raises(InputError, match=r"leaf\.obj: expected a mesh with an inside, got open sheets"):
            solid_of(sheet, thicken=0.0)
        solid = solid_of(sheet, thicken=0.1)
        np.testing.assert_allclose(solid.signed_distance(np.array([[0.5, 0.5, 0.0]])), [-0.05], atol=1e-4)


def test_inward_shell_is_a_cavity_and_outward_shell_an_inner_wall(points):
    outer, inner = sphere(1.0), sphere(0.5)
    hollow = Mesh(
        np.concatenate([outer.vertices, inner.vertices]),
        np.concatenate([outer.faces, inner.faces[:, ::-1] + len(outer.vertices)]),
    )
    solid = solid_of(hollow)
    radius = np.linalg.norm(points, axis=1)
    np.testing.assert_allclose(solid.signed_distance(points), np.maximum(radius - 1, 0.5 - radius), atol=5e-3)
    filled = solid_of(hollow, fill_cavities=True)
    assert filled.repairs.cavities_filled == 1 and filled.mesh.volume == pytest.approx(outer.volume)
    nested = as_mesh(trimesh.util.concatenate([outer, inner]))
    solid = solid_of(nested)
    assert solid.repairs.inner_faces_removed == len(inner.faces)
    np.testing.assert_allclose(solid.signed_distance(points), radius - 1, atol=5e-3)


@pytest.mark.parametrize("size", [0.02, 0.06, 0.3])
def test_folds_are_found_among_many_faces_whatever_their_number(monkeypatch, size):
    """A box of twelve faces, half sunk into a sphere of 20 480, of which a tenth is looked at."""
    mesh = as_mesh(trimesh.util.concatenate([sphere(subdivisions=5), box(size, (1.0, 0.0, 0.0))]))
    surface = SurfaceDistance(mesh.vertices, mesh.faces)
    whole = probe.folded_share(surface)
    assert (whole > probe.FOLDED) == (size > 0.02)
    monkeypatch.setattr(probe, "LOOKED_BEFORE", 2048)
    seen = probe.folded_share(surface)
    assert seen == whole if size > 0.02 else seen < probe.FOLDED


def test_a_large_mesh_without_folds_is_looked_at_in_some_places_only(monkeypatch):
    monkeypatch.setattr(probe, "LOOKED_BEFORE", 500)
    monkeypatch.setattr(probe, "front_winding", None)
    ball = sphere(subdivisions=5)
    assert probe.folded_share(SurfaceDistance(ball.vertices, ball.faces)) == 0.0


def test_overlapping_boxes_unite_without_their_inner_walls():
    mesh = as_mesh(trimesh.util.concatenate([box(), box(center=(0.5, 0.5, 0.5))]))
    solid = solid_of(mesh)
    assert solid.mesh.volume == pytest.approx(2 - 0.125) and edges_of(solid.mesh.faces).closed
    assert solid.signed_distance(np.array([[0.25, 0.25, 0.25]]))[0] == pytest.approx(-np.sqrt(2) / 4)


def test_hole_in_a_box_is_closed_flat(points):
    made = trimesh.creation.box().subdivide().subdivide().subdivide()
    missing = (made.triangles_center[:, 2] > 0.49) & (np.abs(made.triangles_center[:, :2]) < 0.3).all(axis=1)
    solid = solid_of(Mesh(made.vertices, made.faces[~missing]))
    assert solid.repairs.holes_closed > 0 and edges_of(solid.mesh.faces).closed
    assert solid.repairs.hole_area == pytest.approx(made.area_faces[missing].sum(), rel=1e-6)
    np.testing.assert_allclose(solid.signed_distance(points), box_distance(points, np.full(3, 0.5), 0.0), atol=1e-9)


def test_missing_side_of_a_box_is_closed_flat(points):
    made = trimesh.creation.box()
    solid = solid_of(Mesh(made.vertices, made.faces[made.face_normals[:, 2] < 0.5]))
    np.testing.assert_allclose(solid.signed_distance(points), box_distance(points, np.full(3, 0.5), 0.0), atol=1e-9)


def test_hole_in_a_sphere_is_closed_round():
    made = sphere()
    open_sphere = Mesh(made.vertices, made.faces[made.triangles_center[:, 2] < 0.8])
    solid = solid_of(open_sphere)
    assert solid.repairs.holes_closed == 1 and edges_of(solid.mesh.faces).closed
    assert solid.mesh.volume == pytest.approx(made.volume, rel=0.01)
    assert np.abs(np.linalg.norm(solid.mesh.vertices, axis=1) - 1).max() < 0.05


def test_open_hemisphere_is_closed_and_its_field_continuous():
    made = sphere()
    solid = solid_of(Mesh(made.vertices, made.faces[made.triangles_center[:, 2] > 0]))
    line = np.stack([np.zeros(2001), np.zeros(2001), np.linspace(-0.9, 0.9, 2001)], axis=1)
    distance = solid.signed_distance(line)
    assert np.abs(np.diff(distance)).max() <= 1.8 / 2000 + 1e-9
    assert solid.inside(np.array([[0.0, 0.0, 0.5]]))[0] and not solid.inside(np.array([[0.0, 0.0, -0.5]]))[0]


def test_open_sheet_is_thickened_or_refused():
    axis = np.linspace(0, 1, 11)
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    corner = (np.arange(10)[:, None] * 11 + np.arange(10)).reshape(-1)
    faces = np.concatenate(
        [np.stack([corner, corner + 11, corner + 12], 1), np.stack([corner, corner + 12, corner + 1], 1)]
    )
    sheet = Mesh(np.c_[grid, np.zeros(121)], faces, name="sheet.obj")
    with pytest.raises(InputError, match=r"sheet\.obj: expected a mesh with an inside"):
        solid_of(sheet, thicken=0.0)
    events = list(solidify(sheet, thicken=0.05))
    assert any(isinstance(e, Notice) and "0.05" in e.message for e in events)
    solid = finish(solidify(sheet, thicken=0.05))
    assert edges_of(solid.mesh.faces).closed and solid.repairs.thickened_by == pytest.approx(0.05)
    found = solid.signed_distance(np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 0.1]]))
    np.testing.assert_allclose(found, [-0.025, 0.075], atol=1e-4)


def test_partition_wall_duplicates_and_debris_leave_the_box(points):
    made = trimesh.creation.box().subdivide()
    wall = np.flatnonzero(np.abs(made.vertices[:, 0]) < 1e-9)
    ring = wall[np.argsort(np.arctan2(made.vertices[wall, 2], made.vertices[wall, 1]))]
    inner = np.array([[ring[0], ring[k], ring[k + 1]] for k in range(1, len(ring) - 1)])
    bits = np.array([[1.2, 1.2, 1.2], [1.25, 1.2, 1.2], [1.2, 1.25, 1.2]])
    n = len(made.vertices)
    mesh = Mesh(
        np.concatenate([made.vertices, bits]),
        np.concatenate([made.faces, made.faces[:7], inner, [[n, n + 1, n + 2]]]),
    )
    solid = solid_of(mesh)
    assert solid.repairs.duplicates_removed == 7 and solid.repairs.debris_removed == 1
    assert solid.repairs.inner_faces_removed == len(inner)
    np.testing.assert_allclose(solid.signed_distance(points), box_distance(points, np.full(3, 0.5), 0.0), atol=1e-9)


def test_self_crossing_surface_becomes_its_outer_edge(points):
    """Two overlapping spheres that share a vertex are one component, which no union of components can part."""
    a, b = sphere(0.6, (-0.3, 0, 0)), sphere(0.6, (0.3, 0, 0))
    both = trimesh.util.concatenate([a, b])
    faces = both.faces.copy()
    faces[faces == len(a.vertices)] = 0
    solid = solid_of(Mesh(both.vertices, faces))
    assert edges_of(solid.mesh.faces).closed
    truth = np.minimum(
        np.linalg.norm(points - [-0.3, 0, 0], axis=1) - 0.6, np.linalg.norm(points - [0.3, 0, 0], axis=1) - 0.6
    )
    outside = truth > 0.1
    assert np.median(np.abs(solid.signed_distance(points) - truth)[outside]) < 2e-2
    assert solid.inside(np.zeros((1, 3)))[0]


def test_a_plate_thinner_than_the_grid_outlives_a_self_crossing_neighbour():
    folded = sphere()
    folded.vertices[folded.vertices[:, 2] > 0.3] -= [0.0, 0.0, 1.6]  # its cap pushed down through its bottom
    plate = trimesh.creation.box(extents=(6.0, 4.0, 0.004))
    solid = solid_of(joined(as_mesh(folded), as_mesh(plate)))
    assert solid.repairs.crossings_cut and not solid.repairs.resampled
    assert edges_of(solid.mesh.faces).closed
    low, high = solid.mesh.bounds
    assert np.allclose(high[:2] - low[:2], [6.0, 4.0], rtol=1e-9)
    within = np.array([[2.5, 1.5, 0.0], [-2.5, -1.5, 0.001], [2.5, -1.5, -0.001]])
    assert solid.inside(within).all() and not solid.inside(within + np.array([0.0, 0.0, 0.01])).any()


def test_rays_agree_on_a_closed_mesh_and_are_fooled_by_layers():
    assert disagreement(solid_of(as_mesh(sphere()))) == 0.0
    nested = solid_of(as_mesh(trimesh.util.concatenate([sphere(1.0), sphere(0.5, subdivisions=3)])))
    inner_share = 4 / 3 * np.pi * 0.5**3 / 2**3  # of the box
    assert disagreement(nested) == pytest.approx(inner_share, abs=0.02)


def loose_triangles(centers: np.ndarray, size: float) -> Mesh:
    corners = centers[:, None] + np.random.default_rng(7).normal(0, size, (len(centers), 3, 3))
    return Mesh(corners.reshape(-1, 3), np.arange(3 * len(centers)).reshape(-1, 3))


def joined(*meshes: Mesh) -> Mesh:
    starts = np.cumsum([0, *(len(m.vertices) for m in meshes)])
    faces = [m.faces + start for m, start in zip(meshes, starts[:-1], strict=True)]
    return Mesh(np.concatenate([m.vertices for m in meshes]), np.concatenate(faces))


def test_loose_triangles_count_for_nothing_inside_or_around(points):
    made = as_mesh(box())
    inside = loose_triangles(np.random.default_rng(2).uniform(-0.3, 0.3, (60, 3)), 0.05)
    around = np.random.default_rng(3).uniform(0.7, 1.0, (60, 3)) * np.random.default_rng(4).choice([-1, 1], (60, 3))
    solid = solid_of(joined(made, inside, loose_triangles(around, 0.005)))
    assert solid.repairs.inner_faces_removed == 60 and solid.repairs.debris_removed == 60
    assert solid.repairs.holes_closed == 0 and not solid.repairs.resampled
    np.testing.assert_allclose(solid.signed_distance(points), box_distance(points, np.full(3, 0.5), 0.0), atol=1e-9)


def test_a_swarm_of_small_bodies_is_the_shape_and_no_debris():
    centers = np.stack(np.meshgrid(*[np.linspace(-1, 1, 5)] * 3), axis=-1).reshape(-1, 3)
    swarm = joined(as_mesh(sphere(0.3, subdivisions=2)), *(as_mesh(box(0.03, c)) for c in centers if c.any()))
    assert solid_of(swarm).repairs.none


def test_a_small_body_that_touches_the_large_one_stays():
    both = joined(as_mesh(box()), as_mesh(box(0.02, (0.0, 0.0, 0.505))))
    solid = solid_of(both)
    assert solid.repairs.debris_removed == 0
    assert solid.inside(np.array([[0.0, 0.0, 0.51]]))[0]


def test_short_flaps_on_a_skin_are_debris(points):
    made = as_mesh(trimesh.creation.box().subdivide().subdivide().subdivide())
    top = np.flatnonzero(made.triangles.mean(axis=1)[:, 2] > 0.49)[:12]
    a, b = made.faces[top, 0], made.faces[top, 1]
    tips = made.vertices[[a, b]].mean(axis=0) + np.array([0, 0, 0.05])
    flaps = np.stack([a, b, len(made.vertices) + np.arange(len(top))], axis=1)
    solid = solid_of(Mesh(np.concatenate([made.vertices, tips]), np.concatenate([made.faces, flaps])))
    assert solid.repairs.debris_removed == len(top) and solid.repairs.holes_closed == 0
    np.testing.assert_allclose(solid.signed_distance(points), box_distance(points, np.full(3, 0.5), 0.0), atol=1e-9)


@pytest.mark.parametrize("crack", [0.0, 1e-7, 1e-5])
def test_a_shuffled_soup_with_cracks_is_the_body_again(points, crack):
    made = as_mesh(sphere())
    generator = np.random.default_rng(5)
    corners = made.triangles[generator.permutation(len(made.faces))].reshape(-1, 3)
    corners = corners + generator.uniform(-crack, crack, corners.shape)
    solid = solid_of(Mesh(corners, np.arange(len(corners)).reshape(-1, 3)))
    assert edges_of(solid.mesh.faces).closed and solid.repairs.holes_closed == 0
    assert solid.mesh.volume == pytest.approx(made.volume, rel=1e-4)


def test_shreds_too_far_apart_to_weld_still_enclose(points):
    """Every face by itself, shrunk to its middle by 4 %: no edge is shared, but the winding number knows the inside."""
    made = as_mesh(sphere())
    corners = made.triangles
    corners = corners + 0.04 * (corners.mean(axis=1, keepdims=True) - corners)
    solid = solid_of(Mesh(corners.reshape(-1, 3), np.arange(3 * len(corners)).reshape(-1, 3)))
    assert solid.repairs.resampled and edges_of(solid.mesh.faces).closed
    truth = np.linalg.norm(points, axis=1) - 1
    np.testing.assert_allclose(solid.signed_distance(points), truth, atol=2e-2)


def test_two_overlapping_halves_whose_skins_coincide_are_the_whole(points):
    halves = []
    for direction in (1, -1):
        low, high = (-0.5, 0.1) if direction < 0 else (-0.1, 0.5)
        part = trimesh.creation.box(bounds=[[-0.5, -0.5, low], [0.5, 0.5, high]]).subdivide()
        halves.append(as_mesh(part))
    solid = solid_of(joined(*halves))
    assert edges_of(solid.mesh.faces).closed and solid.mesh.volume == pytest.approx(1.0)
    np.testing.assert_allclose(solid.signed_distance(points), box_distance(points, np.full(3, 0.5), 0.0), atol=1e-9)


def test_the_account_in_words():
    from shapefield.solid import Repairs

    done = Repairs(holes_closed=2, hole_area=3.5, faces_reoriented=1, cavities_filled=1)
    assert done.told("mm") == "repaired: 2 holes closed (area 3.5 mm²), 1 face turned, 1 cavity filled"
    assert Repairs(sign_disagreement=0.1).told() == ""


def test_a_flat_compartment_against_another_is_no_bulkhead():
    """Its floor has solid before it and is more than a third of its skin, which bounds a body all the same."""
    slabs = [trimesh.creation.box((1.0, 1.0, 0.2)) for _ in range(3)]
    for slab, height in zip(slabs, (0.0, 0.2, 0.4 + 1e-6), strict=True):
        slab.apply_translation((0.0, 0.0, height))
    mesh = trimesh.util.concatenate(slabs)
    side = np.abs(mesh.face_normals[-12:, 0]) > 0.9
    faces = np.delete(mesh.faces, len(mesh.faces) - 12 + np.flatnonzero(side)[0], axis=0)
    solid = solid_of(Mesh(mesh.vertices, faces))
    assert solid.mesh.volume == pytest.approx(0.6, rel=0.02)
    assert solid.repairs.holes_closed == 1


def test_what_no_grid_point_sees_is_told():
    speck = 0 * np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]) + 0.1234
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    with pytest.raises(NoInside, match="enclose something"):
        finish(levelset.boundary(given(speck, faces), "compiled", 64))
