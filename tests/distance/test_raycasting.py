"""Rays against the compiled hierarchy: Open3D's answers, no gaps at edges, and every way to ask."""

import subprocess
import sys

import numpy as np
import pytest
import trimesh

from shapefield.distance.bvh import BVH
from shapefield.distance.signed import SurfaceDistance
from shapefield.distance.traversal import LANES


def rays(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Origins in and around the unit ball, and unit directions."""
    generator = np.random.default_rng(seed)
    directions = generator.standard_normal((count, 3))
    return generator.uniform(-1.2, 1.2, (count, 3)), directions / np.linalg.norm(directions, axis=1, keepdims=True)


@pytest.fixture(scope="module", params=["knot", "shreds"])
def surface(request) -> tuple[np.ndarray, np.ndarray]:
    """A closed mesh of thin bars, and a cloud of loose triangles of all sizes."""
    if request.param == "knot":
        made = trimesh.creation.torus(0.7, 0.2, 60, 40)
        return made.vertices, made.faces
    generator = np.random.default_rng(1)
    sizes = 10.0 ** generator.uniform(-4, -0.3, (3000, 1, 1))
    corners = generator.uniform(-1, 1, (3000, 1, 3)) + sizes * generator.standard_normal((3000, 3, 3))
    return corners.reshape(-1, 3), np.arange(9000).reshape(-1, 3)


def test_the_first_hits_are_those_of_open3d(surface):
    import open3d

    vertices, faces = surface
    origins, directions = rays(20_000)
    scene, tensor = open3d.t.geometry.RaycastingScene(), open3d.core.Tensor
    scene.add_triangles(tensor(vertices.astype(np.float32)), tensor(faces.astype(np.uint32)))
    asked = tensor(np.concatenate([origins, directions], axis=1).astype(np.float32))
    theirs = scene.cast_rays(asked)["t_hit"].numpy()
    tree = BVH(vertices, faces)
    t, face, weights = tree.first_hits(origins, directions)
    same = np.isclose(t, theirs, rtol=0, atol=2e-5)  # inf equals inf; theirs is single precision
    assert same.mean() > 0.9995, "but for rays that graze a face"
    assert (tree.blocked(origins, directions) == np.isfinite(t)).all() and ((face >= 0) == np.isfinite(t)).all()
    assert (tree.crossings(origins, directions) == scene.count_intersections(asked).numpy()).mean() > 0.999
    met = face >= 0
    a, b, c = (vertices[faces[face[met], k]] for k in range(3))
    v, w = weights[met, :1], weights[met, 1:]
    np.testing.assert_allclose(a + v * (b - a) + w * (c - a), origins[met] + t[met, None] * directions[met], atol=1e-9)


@pytest.mark.parametrize("faces", [1, 2, LANES, LANES + 1, 17, LANES**2 + 1, 700])
def test_any_number_of_faces_equals_the_naive_loop(faces):
    generator = np.random.default_rng(faces)
    corners = generator.uniform(-1, 1, (faces, 3, 3))
    origins, directions = rays(500, faces)
    a = corners[:, 0] - origins[:, None]
    b, c = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        matrix = np.stack([np.broadcast_to(directions[:, None], a.shape), *np.broadcast_arrays(-b, -c, a)[:2]], axis=-1)
        t, v, w = np.moveaxis(np.linalg.solve(matrix, a[..., None])[..., 0], -1, 0)
    met = (t > 0.3) & (v >= 0) & (w >= 0) & (v + w <= 1)
    tree = BVH(corners.reshape(-1, 3), np.arange(3 * faces).reshape(-1, 3))
    assert (tree.crossings(origins, directions, 0.3) == met.sum(axis=1)).all()
    np.testing.assert_allclose(tree.first_hits(origins, directions, 0.3)[0], np.where(met, t, np.inf).min(axis=1))


def test_no_ray_slips_through_an_edge_or_a_corner():
    """From the middle of a ball straight at what its faces share, in directions that single precision has not."""
    made = trimesh.creation.icosphere(4)
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]
    vertices = made.vertices @ turn
    targets = np.concatenate([vertices, vertices[made.edges_unique].mean(axis=1)])
    tree = BVH(vertices, made.faces)
    start = np.broadcast_to([0.03, -0.02, 0.01], targets.shape)
    assert tree.blocked(start, targets - start).all()
    np.testing.assert_allclose(tree.first_hits(start, targets - start)[0], 1.0, atol=1e-12)  # t counts directions


def test_along_the_axes_and_from_far_away():
    box = trimesh.creation.box(extents=(2, 2, 2))
    tree = BVH(box.vertices, box.faces)
    axes = np.concatenate([np.eye(3), -np.eye(3)])
    inside = np.array([0.1, 0.2, 0.4])
    t = tree.first_hits(np.tile(inside, (6, 1)), axes)[0]
    np.testing.assert_allclose(t, [0.9, 0.8, 0.6, 1.1, 1.2, 1.4], atol=1e-15)
    np.testing.assert_array_equal(tree.crossings(inside - 1e4 * axes, axes), 2)
    assert not tree.blocked(1e4 * axes, axes).any()
    assert not tree.blocked(np.full((1, 3), 5.0), np.array([[1.0, 0, 0]])).any()
    nowhere = np.array([[np.nan, 0, 0], [0, 0, 0], [np.inf, 0, 0]])
    assert not tree.blocked(np.zeros((3, 3)), nowhere).any()


def test_bits_do_not_depend_on_threads(monkeypatch, surface):
    tree, asked = BVH(*surface), rays(30_000, 3)
    found = []
    for threads in ("1", "3"):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        found.append(tree.first_hits(*asked))
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_without_numba_libigl_answers_the_same():
    made = trimesh.creation.icosphere(3)
    ours, theirs = (SurfaceDistance(made.vertices, made.faces, name).hierarchy for name in ("compiled", "igl"))
    asked = (*rays(2000), 0.1)
    for one, other in zip(ours.first_hits(*asked), theirs.first_hits(*asked), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert (ours.crossings(*asked) == theirs.crossings(*asked)).all()
    assert (ours.blocked(*asked) == theirs.blocked(*asked)).all()


def test_a_stray_vertex_far_away_costs_no_precision():
    """The filters' margin follows the vertices that faces use."""
    made = trimesh.creation.icosphere(2)
    assert BVH(np.vstack([made.vertices, [[1e9, 0, 0]]]), made.faces).reach < 1.001


def test_nothing_heavy_is_loaded_for_rays():
    code = (
        "import numpy as np, sys; from shapefield.mesh.model import Mesh; from shapefield.nerf.raycast import Caster;"
        "m = Mesh(np.eye(3), [[0, 1, 2]]); h = Caster(m).cast(np.zeros((1, 3)), np.ones((1, 3)) / 3**0.5);"
        "assert abs(h.distance[0] - 3**-0.5) < 1e-6 and h.face[0] == 0; print({'torch', 'open3d'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
