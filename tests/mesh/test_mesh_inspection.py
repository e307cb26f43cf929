"""The doctor's numbers on meshes whose topology is known, and each defect it must find."""

import json
from dataclasses import replace

import numpy as np
import pytest

from shapefield.mesh.inspection import findings, inspect
from shapefield.mesh.model import Mesh

CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=float)
QUADS = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
CUBE = Mesh(CORNERS, QUADS[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3))


def torus(n=40):
    i, j = np.meshgrid(np.arange(n), np.arange(n), indexing="ij")
    u, v = 2 * np.pi * i / n, 2 * np.pi * j / n
    points = np.stack([(3 + np.cos(v)) * np.cos(u), (3 + np.cos(v)) * np.sin(u), np.sin(v)], axis=-1).reshape(-1, 3)
    a, b = i * n + j, (i + 1) % n * n + j
    c, d = (i + 1) % n * n + (j + 1) % n, i * n + (j + 1) % n
    return Mesh(points, np.stack([a, b, c, a, c, d], axis=-1).reshape(-1, 3))


def joined(*meshes):
    starts = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes])
    faces = [mesh.faces + start for mesh, start in zip(meshes, starts, strict=False)]
    return Mesh(np.concatenate([mesh.vertices for mesh in meshes]), np.concatenate(faces))


def moved(mesh, *shift):
    return replace(mesh, vertices=mesh.vertices + np.array(shift))


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9, 1e60])
def test_a_cube_is_sound_at_any_size(scale):
    seen = inspect(replace(CUBE, vertices=CUBE.vertices * scale + scale))
    assert seen.watertight and seen.manifold and findings(seen) == []
    assert (seen.genus, seen.components, seen.euler_number) == (0, 1, 2)
    assert seen.volume == pytest.approx(scale**3) and seen.area == pytest.approx(6 * scale**2)
    assert seen.extent == pytest.approx((scale,) * 3)


def test_a_torus_has_one_handle_and_two_apart_have_two():
    assert inspect(torus()).genus == 1
    seen = inspect(joined(torus(), moved(torus(), 20, 0, 0)))
    assert (seen.genus, seen.components, seen.euler_number) == (2, 2, 0)


def test_removing_two_faces_opens_two_loops():
    seen = inspect(replace(torus(), faces=np.delete(torus().faces, [0, 1500], axis=0)))
    assert (seen.boundary_edges, seen.boundary_loops, seen.watertight, seen.genus) == (6, 2, False, None)
    assert "2 holes or rims" in findings(seen)[0]


def test_reversed_faces_are_counted_and_the_rest_is_not():
    faces = torus().faces.copy()
    faces[100:107] = faces[100:107, ::-1]
    seen = inspect(replace(torus(), faces=faces))
    assert seen.reversed_faces == 7 and seen.watertight and seen.manifold and seen.genus is None
    assert "7 faces are reversed" in " ".join(findings(seen))


def test_a_mesh_inside_out():
    seen = inspect(replace(CUBE, faces=CUBE.faces[:, ::-1]))
    assert seen.inside_out and seen.volume == pytest.approx(-1) and seen.inconsistent_edges == 0
    assert "inside out" in findings(seen)[0]


def test_two_cubes_sharing_an_edge_or_a_corner_are_not_manifold():
    edge = CUBE.faces + 8
    edge[edge == 8 + 0] = 6  # the second cube's edge 0-1 is the first one's 6-7
    edge[edge == 8 + 1] = 7
    shared = Mesh(np.concatenate([CORNERS, CORNERS + np.array([1, 1, 0])]), np.concatenate([CUBE.faces, edge]))
    seen = inspect(shared)
    assert (seen.nonmanifold_edges, seen.nonmanifold_vertices, seen.manifold) == (1, 0, False)
    corner = CUBE.faces + 8
    corner[corner == 8] = 7
    seen = inspect(Mesh(np.concatenate([CORNERS, CORNERS + 1]), np.concatenate([CUBE.faces, corner])))
    assert (seen.nonmanifold_edges, seen.nonmanifold_vertices, seen.manifold) == (0, 1, False)
    assert seen.watertight and seen.unreferenced_vertices == 1


def test_degenerate_duplicate_and_unreferenced():
    vertices = np.concatenate([CORNERS, [[5, 5, 5], [0, 0, 0.5]]])
    faces = np.concatenate([CUBE.faces, [[0, 0, 1], [0, 1, 9]], CUBE.faces[:2], CUBE.faces[2:3, ::-1]])
    seen = inspect(Mesh(vertices, faces))
    assert (seen.degenerate_faces, seen.duplicate_faces, seen.unreferenced_vertices) == (2, 3, 1)
    assert inspect(joined(CUBE, moved(CUBE, 1, 0, 0))).duplicate_vertices == 4


def test_crossing_bodies_are_noticed_and_separate_ones_are_not():
    crossing = inspect(joined(torus(), moved(torus(), 2.0, 0.3, 0.1)))
    assert crossing.self_intersections > 20 and crossing.components == 2
    assert inspect(joined(torus(), moved(torus(), 0, 0, 2.5))).self_intersections == 0
    large_and_small = joined(replace(CUBE, vertices=CUBE.vertices * 10), moved(CUBE, 9.4, 3.3, 3.2))
    assert inspect(large_and_small).self_intersections > 0


@pytest.mark.parametrize("wall", [1e-6, 1e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0])
def test_the_thinnest_wall_of_a_plate(wall):
    plate = replace(CUBE, vertices=CUBE.vertices * [1, 1, wall] * 25.4)
    assert inspect(plate).thinnest_wall == pytest.approx(25.4 * wall, rel=1e-6)


def test_a_thin_wall_of_a_thick_body_is_found():
    """A fin that has three per cent of the area; and one that has a thousandth of it, which is nobody's wall."""
    for size, found in ((0.3, 0.01), (0.04, 1.0)):
        fin = replace(CUBE, vertices=CUBE.vertices * [size, 0.01, size] + [0.3, 0.3, 1.0])
        assert inspect(joined(CUBE, fin)).thinnest_wall == pytest.approx(found, rel=1e-6)


def test_a_wall_counts_only_through_material():
    gap = joined(CUBE, moved(CUBE, 1.001, 0, 0))  # two thick bodies, close together
    measured = inspect(gap).thinnest_wall
    assert measured == pytest.approx(1.0)


def test_plain_values_for_json():
    values = inspect(replace(CUBE, unit="mm")).as_dict()
    assert json.loads(json.dumps(values)) == values and values["unit"] == "mm"
