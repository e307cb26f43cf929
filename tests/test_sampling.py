"""Samples lie where they say, and say the truth."""

import tracemalloc

import numpy as np
import pytest
import trimesh
from shapes import sphere

import shapefield as sf
from shapefield.cli.main import main
from shapefield.config import SamplingConfig
from shapefield.driving import finish
from shapefield.mesh.model import UNIT_RADIUS, Mesh
from shapefield.mesh.surface_points import on_surface
from shapefield.sampling import Samples, coarse_grid, draw, in_input_units, save_npz
from shapefield.solid import Solid, solid_of


@pytest.fixture(scope="module")
def ball() -> Solid:
    made = trimesh.creation.icosphere(subdivisions=5, radius=7.0)
    return solid_of(Mesh(made.vertices + 100.0, made.faces))


def test_arrays_have_the_mix_and_the_sphere_s_distances(ball):
    samples = finish(draw(ball, SamplingConfig(samples=8000), seed=0))
    assert (len(samples.surface), len(samples.near), len(samples.uniform)) == (4000, 3000, 1000)
    for points, distance in ((samples.near, samples.near_distance), (samples.uniform, samples.uniform_distance)):
        assert points.dtype == distance.dtype == np.float32 and np.abs(points).max() <= 1
        np.testing.assert_allclose(distance, np.linalg.norm(points, axis=1) - UNIT_RADIUS, atol=1e-3)
    radius = np.linalg.norm(samples.surface, axis=1)
    np.testing.assert_allclose(radius, UNIT_RADIUS, atol=1e-3)
    assert (np.einsum("ij,ij->i", samples.normals, samples.surface) > 0.9 * radius).all()


def test_deepsdf_mix_has_its_variances(ball):
    samples = finish(draw(ball, SamplingConfig(samples=20_000, mix="deepsdf"), seed=0))
    assert len(samples.surface) == 0 and len(samples.near) == 18_800
    inside = np.abs(samples.near_distance) < 0.045  # what the box's faces cut off lies farther out
    assert 0.5 < inside.mean() < 0.8


def test_same_seed_same_samples_other_seed_others(ball):
    config = SamplingConfig(samples=2000)
    first, again, other = (finish(draw(ball, config, seed)) for seed in (3, 3, 4))
    assert (first.near == again.near).all() and (first.near_distance == again.near_distance).all()
    assert (first.near != other.near).any()


def test_surface_points_follow_the_area():
    made = trimesh.creation.box((1.0, 1.0, 3.0))
    mesh = Mesh(made.vertices, made.faces)
    points, face = on_surface(mesh, 14_000, np.random.default_rng(0))
    upright = np.abs(mesh.normals_of(face)[:, 2]) > 0.5  # two of fourteen units of area
    assert upright.sum() == pytest.approx(2000, abs=3)
    assert np.abs(np.abs(points / [0.5, 0.5, 1.5]).max(axis=1) - 1).max() < 1e-12


def test_coarse_grid_is_exact_at_its_nodes(ball):
    grid = finish(coarse_grid(ball, 9))
    axis = np.linspace(-1, 1, 9)
    assert grid[4, 4, 4] < -0.94 and grid[8, 4, 4] == pytest.approx(1 - UNIT_RADIUS, abs=1e-3)
    where = np.array([[axis[1], axis[6], axis[3]]])
    assert grid[1, 6, 3] == pytest.approx(ball.exact.signed(where)[0], abs=1e-6)


def test_npz_holds_the_arrays_and_the_similarity(ball, tmp_path):
    samples = finish(draw(ball, SamplingConfig(samples=1000)))
    save_npz(in_input_units(samples, ball.similarity), tmp_path / "samples.npz", "mm")
    with np.load(tmp_path / "samples.npz") as file:
        back = (file["near"] - file["center"]) * file["scale"]
        assert back == pytest.approx(samples.near, abs=1e-12) and file["near"].dtype == np.float64
        assert np.abs(ball.signed_distance(file["surface"])).max() < 1e-4
        assert file["near_distance"] == pytest.approx(ball.signed_distance(file["near"]), abs=1e-6)
        assert file["uniform_distance"] == pytest.approx(ball.signed_distance(file["uniform"]), abs=1e-6)
        assert str(file["unit"]) == "mm" and "in mm, negative inside" in str(file["about"])


def test_samples_of_a_mesh_far_away_keep_its_shape_in_its_own_units():
    far = sphere(2.0, (500_000.0, 5_000_000.0, 0.0), cells=20)
    found = sf.sample(far, samples=2000)
    radius = np.linalg.norm(found.near - np.array([500_000.0, 5_000_000.0, 0.0]), axis=1)
    assert found.near_distance == pytest.approx(radius - 2.0, abs=0.03)  # of flat triangles
    assert found.similarity.center == pytest.approx([500_000.0, 5_000_000.0, 0.0], abs=0.01)
    assert found.similarity.scale == pytest.approx(0.95 / 2.0, rel=1e-3)


def test_pieces_are_parts_of_one_draw_and_memory_grows_by_the_samples_alone(ball, monkeypatch):
    monkeypatch.setattr("shapefield.sampling.PIECE", 1 << 12)
    sizes, peaks = [], []
    for count in (50_000, 200_000):
        tracemalloc.start()
        samples = finish(draw(ball, SamplingConfig(samples=count), seed=0))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        sizes.append(sum(getattr(samples, name).nbytes for name in Samples.__slots__))
        octants = np.unique((samples.surface > 0) @ [1, 2, 4], return_counts=True)[1]
        assert octants == pytest.approx([count / 16] * 8, rel=0.01)
    assert np.diff(peaks) < 1.2 * np.diff(sizes)
    test_arrays_have_the_mix_and_the_sphere_s_distances(ball)


def test_another_suffix_is_refused_before_anything_is_read(tmp_path, capsys):
    assert main(["sample", "no-such.obj", "-o", str(tmp_path / "s.txt")]) == 2
    assert "s.txt: expected the suffix .npz, got .txt" in capsys.readouterr().err
