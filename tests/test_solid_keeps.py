"""Nothing of a solid is lost on the way: exact cuts and unions, cavities, small parts, sheets, origins of faces."""

import time

import numpy as np
import pytest
import trimesh

import shapefield as sf
from shapefield.distance.signed import SurfaceDistance
from shapefield.driving import finish
from shapefield.errors import InputError
from shapefield.events import Notice
from shapefield.mesh.inspection import inspect
from shapefield.mesh.model import Mesh
from shapefield.solid import solid_of, solidify
from shapefield.solid.arrangement import outermost
from shapefield.solid.intersections import intersections
from shapefield.solid.model import FaceOrigin, Kind
from shapefield.solid.rays import disagreement
from shapefield.solid.separating import separated
from shapefield.solid.topology import edges_of


def as_mesh(*sources: trimesh.Trimesh) -> Mesh:
    made = trimesh.util.concatenate(list(sources))
    return Mesh(made.vertices, made.faces)


def box(extents=(10.0, 10.0, 10.0), center=(0.0, 0.0, 0.0), inverted=False) -> trimesh.Trimesh:
    made = trimesh.creation.box(extents=extents)
    made.apply_translation(center)
    if inverted:
        made.invert()
    return made


def ball(radius=1.0, center=(0.0, 0.0, 0.0), subdivisions=3) -> trimesh.Trimesh:
    made = trimesh.creation.icosphere(subdivisions=subdivisions, radius=radius)
    made.apply_translation(center)
    return made


def notices(mesh: Mesh, **choices) -> str:
    return " | ".join(e.message for e in solidify(mesh, **choices) if isinstance(e, Notice))


@pytest.mark.parametrize("subdivisions", [1, 2, 3])
def test_a_mesh_stored_twice_once_turned_over_is_one_solid(subdivisions):
    one = ball(subdivisions=subdivisions)
    other = one.copy()
    other.invert()
    solid = solid_of(as_mesh(one, other))
    assert solid.mesh.volume == pytest.approx(one.volume)
    assert solid.repairs.duplicates_removed == len(one.faces)


def test_a_hollow_body_that_is_inside_out_keeps_its_cavity():
    hollow = as_mesh(box(inverted=True), box((6.0, 6.0, 6.0)))
    assert solid_of(hollow).mesh.volume == pytest.approx(1000 - 216)
    nested = as_mesh(box(inverted=True), box((6.0, 6.0, 6.0)), box((2.0, 2.0, 2.0), inverted=True))
    assert solid_of(nested).mesh.volume == pytest.approx(1000 - 216 + 8)


@pytest.mark.parametrize("subdivided", [False, True])
def test_an_inverted_bar_through_a_box_is_united_whatever_its_tessellation(subdivided):
    bar = box((2.0, 2.0, 18.0), inverted=True)
    solid = solid_of(as_mesh(box(), bar.subdivide() if subdivided else bar))
    assert solid.mesh.volume == pytest.approx(1000 + 4 * 8, rel=1e-6)
    assert not solid.repairs.resampled


def test_small_closed_parts_on_a_torn_plate_are_no_debris():
    plate = box((100.0, 100.0, 2.0)).subdivide()
    plate.update_faces(np.arange(len(plate.faces)) != 0)
    balls = [ball(0.4, (10.0 * k - 45, 10.0 * j, 5.0), 1) for k in range(10) for j in (-2, 2)]
    mesh = as_mesh(plate, *balls)
    solid = solid_of(mesh)
    assert solid.repairs.debris_removed == 0 and solid.repairs.holes_closed == 1
    assert solid.mesh.volume == pytest.approx(100 * 100 * 2 + 20 * balls[0].volume, rel=1e-6)
    smaller = solid_of(mesh, min_part=1.0)
    assert smaller.repairs.debris_removed == sum(len(b.faces) for b in balls)
    gone = [one for one in smaller.record if one.kind == Kind.DEBRIS]
    assert len(gone) == 20 and gone[0].size == pytest.approx(0.8 * 3**0.5, rel=0.1)
    assert sorted(round(one.place[0]) for one in gone) == sorted(10 * k - 45 for k in range(10) for _ in range(2))


def test_parts_across_a_narrow_gap_are_not_sampled_on_a_grid():
    """A probe that followed the size of a face would reach from the first box through the gap into the second."""
    mesh = as_mesh(box(), box(center=(10.0 + 2e-3, 0.0, 0.0)), box((4.0, 4.0, 4.0), (0.0, 6.0, 0.0)))
    solid = solid_of(mesh)
    assert not solid.repairs.resampled and solid.mesh.volume == pytest.approx(2000 + 48, rel=1e-9)


def test_a_surface_that_crosses_itself_is_cut_exactly_and_keeps_all_other_faces():
    a, b = ball(0.6, (-0.3, 0, 0)), ball(0.6, (0.3, 0, 0))
    both = as_mesh(a, b)
    faces = both.faces.copy()
    faces[faces == len(a.vertices)] = 0  # one component, which no union of parts can take apart
    mesh = Mesh(both.vertices, faces)
    solid = solid_of(mesh)
    assert solid.mesh.volume == pytest.approx(trimesh.boolean.union([a, b]).volume, rel=1e-3)
    assert edges_of(solid.mesh.faces).closed and not solid.repairs.resampled
    kept = solid.origin.made == FaceOrigin.KEPT
    assert kept.sum() > 0.8 * len(kept)
    given = mesh.triangles[solid.origin.face[kept]]
    np.testing.assert_array_equal(np.sort(solid.mesh.triangles[kept], axis=1), np.sort(given, axis=1))
    assert (solid.origin.face[solid.origin.made == FaceOrigin.CUT] >= 0).all()


def test_cuts_agree_with_the_union_of_many_balls():
    generator = np.random.default_rng(0)
    balls = [ball(0.3, generator.uniform(-0.4, 0.4, 3), 2) for _ in range(6)]
    mesh = as_mesh(*balls)
    crossing = intersections(mesh.vertices, mesh.faces)
    assert crossing is not None
    found = outermost(SurfaceDistance(mesh.vertices, mesh.faces), crossing)
    assert found is not None and edges_of(found.faces).closed
    volume = Mesh(found.vertices, found.faces).volume
    assert volume == pytest.approx(trimesh.boolean.union(balls).volume, rel=1e-6)


def test_a_face_crosses_another_where_and_only_where_they_meet():
    corners = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0.2, 0.2, -0.5], [0.2, 0.2, 0.5], [0.3, 0.9, 0.5]])
    found = intersections(corners, np.array([[0, 1, 2], [3, 4, 5]]))
    assert found is not None and found.pairs.tolist() == [[0, 1]]
    np.testing.assert_allclose(found.where[:, 2], 0.0, atol=1e-6)
    apart = intersections(corners + [0, 0, 2] * (np.arange(6) > 2)[:, None], np.array([[0, 1, 2], [3, 4, 5]]))
    assert apart is not None and not len(apart.pairs)


def test_two_boxes_that_share_an_edge_become_two_manifolds():
    made = trimesh.util.concatenate([box(), box(center=(10.0, 10.0, 0.0))])
    made.merge_vertices()
    vertices, faces = np.array(made.vertices), np.array(made.faces, dtype=np.int64)
    assert not edges_of(faces).manifold
    vertices, faces = separated(vertices, faces)
    assert edges_of(faces).manifold and len(vertices) == 16
    assert Mesh(vertices, faces).volume == pytest.approx(2000)


@pytest.mark.parametrize("torn", [False, True])
def test_bodies_that_share_a_corner_become_manifolds_with_their_own_triangles(torn):
    made = trimesh.util.concatenate([box(), box(center=(10.0, 10.0, 10.0))])
    made.merge_vertices()
    assert len(made.vertices) == 15
    faces = np.array(made.faces, dtype=np.int64)
    mesh = Mesh(np.array(made.vertices), faces[1:] if torn else faces, np.full((15, 3), 9, dtype=np.uint8))
    found = sf.repair(mesh)
    surface = found.report["surface"]
    assert (surface["closed"], surface["manifold"], surface["bodies"], surface["vertices"]) == (True, True, 2, 16)
    assert found.report["ready"] and found.mesh.colors is not None and (found.mesh.colors == 9).all()
    own = found.mesh.triangles[: len(mesh.faces)]
    np.testing.assert_array_equal(own, mesh.triangles)
    assert found.mesh.volume == pytest.approx(2000)


def half_pipe() -> Mesh:
    made = trimesh.creation.cylinder(1.0, 4.0, sections=48).subdivide()
    middle = made.triangles_center
    wall = (middle[:, 0] > 0) & (np.abs(made.face_normals[:, 2]) < 0.5)
    return Mesh(made.vertices, made.faces[wall])


def test_a_half_pipe_is_a_sheet_and_half_a_ball_a_solid_unless_told_otherwise():
    pipe = half_pipe()
    assert "--as solid" in notices(pipe) and solid_of(pipe).repairs.thickened_by > 0
    assert solid_of(pipe, taken_as="solid").repairs.thickened_by == 0
    made = ball(subdivisions=4)
    half = Mesh(made.vertices, made.faces[made.triangles_center[:, 2] > 0])
    assert "--as sheet" in notices(half) and solid_of(half).repairs.holes_closed == 1
    assert solid_of(half, taken_as="sheet").repairs.thickened_by > 0


def test_a_lid_before_the_hole_that_it_covers_is_not_lost():
    """Closed by its own back it is as thin as paper, and no part of the box, whose hole has a patch of its own."""
    made = box().subdivide().subdivide()
    top = (made.triangles_center[:, 2] > 4.9) & (np.abs(made.triangles_center[:, :2]) < 2.5).all(axis=1)
    lid = trimesh.Trimesh(made.vertices + np.array([0, 0, 0.8]), made.faces[top])
    solid = solid_of(as_mesh(trimesh.Trimesh(made.vertices, made.faces[~top]), lid))
    places = np.array([[0.0, 0.0, 5.8], [2.0, -2.0, 5.8]])
    assert (np.abs(solid.unsigned(places)) < 0.25).all() and edges_of(solid.mesh.faces).closed
    assert solid.inside(np.zeros((1, 3)))[0]


def test_inner_faces_removed_are_no_more_than_there_are():
    mesh = as_mesh(*(box((4.0, 4.0, 4.0), (1.5 * k, 0.3 * k, 0.2 * k)) for k in range(6)))
    solid = solid_of(mesh)
    assert solid.repairs.inner_faces_removed + solid.repairs.crossings_cut <= len(mesh.faces)
    assert sum(one.count for one in solid.record if one.kind == Kind.CUT) == solid.repairs.crossings_cut


def test_a_part_thinner_than_the_voxels_is_told_with_the_resolution_that_holds_it():
    plate = as_mesh(box((100.0, 100.0, 0.2)))
    assert "--resolution 1536 holds it" in notices(plate, resolution=256)
    assert notices(plate, resolution=1536) == ""
    speck = as_mesh(ball(), ball(0.05, (300.0, 0.0, 0.0), 1))
    assert "2 of its 2 parts are" in notices(speck) and "--crop" in notices(speck)


def test_a_soup_of_faces_is_thickened_where_nothing_encloses():
    corners = np.random.default_rng(0).uniform(-1, 1, (60, 3, 3))
    solid = finish(solidify(Mesh(corners.reshape(-1, 3), np.arange(180).reshape(-1, 3))))
    assert solid.repairs.thickened_by > 0 and edges_of(solid.mesh.faces).closed


def test_a_knob_that_is_an_open_sheet_stays_beside_its_body():
    knob = ball(1.0, (0.0, 0.0, 6.0))
    knob.update_faces(knob.triangles_center[:, 2] > 6.5)
    solid = solid_of(as_mesh(box(), knob))
    assert solid.repairs.debris_removed == 0
    assert solid.unsigned(np.array([[0.0, 0.0, 7.0]])) < 0.2


def test_planes_one_before_the_other_are_sheets_that_all_stay():
    """Four small ones a little above the corners of a large one: what lies below all of them is no inside."""
    square = np.array([[-1.0, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]])
    centres = [(1.4, 1.4, 0.1), (-1.4, 1.4, 0.1), (-1.4, -1.4, 0.1), (1.4, -1.4, 0.1)]
    corners = np.concatenate([2 * square, *(square + centre for centre in centres)])
    faces = np.concatenate([np.array([[0, 1, 2], [0, 2, 3]]) + 4 * k for k in range(5)])
    solid = solid_of(Mesh(corners, faces), thicken=0.2)
    assert solid.unsigned(np.concatenate([corners, corners.reshape(5, 4, 3).mean(axis=1)])).max() < 0.15
    assert not solid.repairs.holes_closed


@pytest.mark.parametrize("times", [3000, 3001])
def test_thousands_of_faces_in_one_place_cost_what_their_number_does(times: int) -> None:
    """The winding number of each among all the others would take minutes of processor time."""
    one = box()
    began = time.process_time()
    mesh = Mesh(np.asarray(one.vertices), np.tile(np.asarray(one.faces), (times, 1)))
    seen, solid = inspect(mesh), solid_of(mesh)
    assert seen.duplicate_faces == 12 * (times - 1) and seen.thinnest_wall == pytest.approx(10.0)
    assert solid.mesh.volume == pytest.approx(1000.0) and len(solid.mesh.faces) == 12
    assert disagreement(solid, 50) == (0.0 if times % 2 else 1.0)  # parity sees nothing of an even number
    assert time.process_time() - began < 10


def test_a_shape_whose_every_part_is_left_out_is_refused_in_one_line() -> None:
    with pytest.raises(InputError, match=r"extent of 10\.5 or more, got none: choose a smaller --min-part"):
        solid_of(as_mesh(box(), ball(1.0, (20.0, 0.0, 0.0))), min_part=10.5)


def test_small_sheets_are_left_out_where_there_are_only_sheets() -> None:
    square = np.array([[-1.0, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]])
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    both = Mesh(np.concatenate([5 * square, 0.5 * square + [0, 0, 4]]), np.concatenate([faces, faces + 4]))
    kept, one = (solid_of(both, thicken=0.2, min_part=size) for size in (0.5, 2.0))
    middle = np.array([[0.0, 0.0, 4.0]])
    assert kept.inside(middle)[0] and kept.repairs.debris_removed == 0
    assert not one.inside(middle)[0] and one.repairs.debris_removed == 2 and one.inside(np.zeros((1, 3)))[0]
    with pytest.raises(InputError, match=r"extent of 11 or more, got none: choose a smaller --min-part"):
        solid_of(both, thicken=0.2, min_part=11.0)


def test_closed_bodies_that_share_an_edge_or_are_given_twice_come_out_manifold():
    one, other = box((2.0, 2.0, 2.0)), box((2.0, 2.0, 2.0), (2.0, 2.0, 0.0))
    both = trimesh.util.concatenate([one, other])
    both.merge_vertices()
    solid = solid_of(Mesh(both.vertices, both.faces))
    assert edges_of(solid.mesh.faces).manifold and solid.mesh.volume == pytest.approx(16.0)
    assert len(solid.mesh.vertices) == 16 and (solid.origin.made == FaceOrigin.KEPT).all()
    twice = solid_of(Mesh(one.vertices, np.concatenate([one.faces, one.faces])))
    assert edges_of(twice.mesh.faces).manifold and twice.mesh.volume == pytest.approx(8.0)


def test_a_sliver_without_area_beside_a_body_is_given_no_thickness():
    made = as_mesh(box((2.0, 2.0, 2.0)))
    a, b = made.vertices[made.faces[0, :2]]
    sliver = np.stack([a, b, 0.5 * (a + b) + 1e-4])
    solid = solid_of(Mesh(np.concatenate([made.vertices, sliver]), np.concatenate([made.faces, [[8, 9, 10]]])))
    assert not solid.repairs.thickened_by and solid.mesh.volume == pytest.approx(8.0)


def test_a_ball_beside_a_speck_far_away_is_told_the_resolution_that_holds_the_ball():
    told = notices(as_mesh(ball(), ball(0.01, (100.0, 0.0, 0.0), 1)), resolution=256)
    assert "--resolution 384 holds 1 of them; for the thinnest, no --resolution up to 2048 holds it" in told
    assert "2 of its 2 parts are down to 0.00" in told
