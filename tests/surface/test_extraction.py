"""Facts about extraction: closed forms, topology, sparseness, and fields that are no distances."""

import numpy as np
import pytest

from shapefield.errors import InputError, ResourceError, UsageError
from shapefield.machine import memory
from shapefield.surface import Surface, components, extract, forecast
from shapefield.surface.manifold import count_pinches, examine


def run(generator) -> Surface:
    while True:
        try:
            next(generator)
        except StopIteration as stop:
            return stop.value


def sphere(radius=0.8, center=(0.0, 0.0, 0.0)):
    return lambda p: np.linalg.norm(p.astype(np.float64) - center, axis=1) - radius


def torus(p):
    return np.hypot(np.hypot(p[:, 0], p[:, 1]) - 0.6, p[:, 2]) - 0.25


def gyroid(p):
    x, y, z = (8 * p).T
    return np.sin(x) * np.cos(y) + np.sin(y) * np.cos(z) + np.sin(z) * np.cos(x)


def assert_sound(mesh):
    assert examine(mesh.faces, len(mesh.vertices)), examine(mesh.faces, len(mesh.vertices))
    assert count_pinches(mesh.faces, len(mesh.vertices)) == 0
    assert len(np.unique(mesh.faces)) == len(mesh.vertices)
    assert mesh.volume > 0


def euler(mesh):
    return len(mesh.vertices) - 3 * len(mesh.faces) // 2 + len(mesh.faces)


def dense_vertices(value, resolution):
    """Vertices of scikit-image's marching cubes on the whole grid over [-1, 1]³."""
    from skimage.measure import marching_cubes

    axis = np.linspace(-1, 1, resolution + 1).astype(np.float32)
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    volume = np.asarray(value(points), np.float32).reshape((resolution + 1,) * 3)
    vertices, faces, _, _ = marching_cubes(volume, 0.0, gradient_direction="descent", allow_degenerate=True)
    return vertices * (2 / resolution) - 1, faces


def test_sphere_has_its_area_and_volume_to_second_order():
    errors = []
    for resolution in (32, 64, 128):
        mesh = run(extract(sphere(), resolution)).mesh
        assert_sound(mesh)
        assert euler(mesh) == 2
        errors.append((4 / 3 * np.pi * 0.8**3 - mesh.volume, 4 * np.pi * 0.64 - mesh.face_areas.sum()))
    errors = np.array(errors)
    assert (errors[-1] < 1e-3).all() and (errors > 0).all()
    assert np.allclose(errors[:-1] / errors[1:], 4, rtol=0.15)


def test_refined_vertices_lie_on_the_level_set():
    exact, plain = (run(extract(sphere(), 48, refine=r)).mesh.vertices for r in (True, False))
    assert np.abs(np.linalg.norm(exact, axis=1) - 0.8).max() < 1e-5
    assert np.abs(np.linalg.norm(plain, axis=1) - 0.8).max() > 1e-4


def test_torus_has_one_handle():
    mesh = run(extract(torus, 96)).mesh
    assert_sound(mesh)
    assert euler(mesh) == 0
    assert mesh.volume == pytest.approx(2 * np.pi**2 * 0.6 * 0.25**2, rel=2e-3)


@pytest.mark.parametrize("value", [sphere(0.7), torus, gyroid, lambda p: 50 * torus(p), lambda p: 0.02 * torus(p)])
def test_sparse_vertices_are_the_dense_ones(value):
    low, high = -0.9, 0.9

    def capped(p):
        box = np.maximum(p - high, low - p).max(axis=1)
        return np.maximum(value(p), 8 * box)

    mesh = run(extract(capped, 64, refine=False)).mesh
    dense, _ = dense_vertices(capped, 64)
    assert_sound(mesh)
    from scipy.spatial import cKDTree

    assert cKDTree(mesh.vertices).query(dense)[0].max() < 1e-3 * (2 / 64) + 1e-6
    assert cKDTree(dense).query(mesh.vertices)[0].max() < 1e-3 * (2 / 64) + 1e-6


def test_only_nodes_near_the_surface_are_evaluated():
    surface = run(extract(sphere(0.5), 256, refine=False))
    assert surface.evaluations < 0.025 * 257**3


@pytest.mark.parametrize("offset", [0.0, 0.0101, 0.0173])
def test_a_plate_thinner_than_a_coarse_cell_is_whole(offset):
    def plate(p):
        return np.abs(p - [0, 0, offset]).__sub__([0.8, 0.8, 0.6 * 2 / 256]).max(axis=1)

    mesh = run(extract(plate, 256)).mesh
    assert_sound(mesh)
    assert euler(mesh) == 2
    assert mesh.bounds[1] == pytest.approx([0.8, 0.8, offset + 0.6 * 2 / 256], abs=2e-5)


def test_every_one_of_many_small_spheres_is_found():
    axis = np.linspace(-0.85, 0.85, 6)
    centers = np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(-1, 3) + 0.013

    def balls(p):
        nearest = np.round((p - 0.013 + 0.85) / 0.34).clip(0, 5) * 0.34 - 0.85 + 0.013
        return np.linalg.norm(p - nearest, axis=1) - 0.02

    mesh = run(extract(balls, 192)).mesh
    assert_sound(mesh)
    assert components.label_components(mesh).max() + 1 == len(centers)


def test_logits_give_the_surface_of_their_level():
    mesh = run(extract(lambda p: 20 * np.tanh(40 * sphere()(p)), 96)).mesh
    assert_sound(mesh)
    assert np.abs(np.linalg.norm(mesh.vertices, axis=1) - 0.8).max() < 4e-5


def test_a_hard_step_is_closed_too():
    mesh = run(extract(lambda p: np.where(sphere()(p) < 0, -1.0, 1.0), 64)).mesh
    assert_sound(mesh)
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * 0.8**3, rel=0.02)


@pytest.mark.parametrize("kind", ["normal", "signs", "mostly equal"])
def test_noise_is_closed_and_manifold(kind):
    def noise(p):
        seed = np.abs(np.sin(p.astype(np.float64) @ [12.9898, 78.233, 37.719]) * 43758.5453) % 1.0
        found = seed - 0.5
        return np.sign(found) if kind == "signs" else np.where(seed < 0.3, found, 0.25) if kind != "normal" else found

    surface = run(extract(noise, 32))
    assert surface.leaves_box
    assert_sound(surface.mesh)
    assert surface.mesh.face_areas.min() > 0


def test_a_surface_that_leaves_the_box_is_capped_flat():
    surface = run(extract(sphere(1.2), 64))
    assert surface.leaves_box
    assert_sound(surface.mesh)
    assert euler(surface.mesh) == 2
    assert np.array_equal(surface.mesh.bounds, [[-1, -1, -1], [1, 1, 1]])
    cap = np.pi * 0.2**2 * (3 * 1.2 - 0.2) / 3
    assert surface.mesh.volume == pytest.approx(4 / 3 * np.pi * 1.2**3 - 6 * cap, rel=1e-3)
    assert not run(extract(sphere(0.9), 64)).leaves_box


def test_a_solid_that_fills_the_box_is_the_box():
    mesh = run(extract(lambda p: np.full(len(p), -1.0), 16, lower=(0, 0, 0), upper=(1, 2, 0.7))).mesh
    assert_sound(mesh)
    assert mesh.volume == pytest.approx(1.4, rel=1e-3)


@pytest.mark.parametrize("resolution", [5, 31, 65, 100, 131])
def test_crop_box_and_odd_resolutions(resolution):
    surface = run(extract(sphere(), resolution, lower=(-1, -1, 0), upper=(1, 0.93, 1)))
    assert surface.leaves_box
    assert_sound(surface.mesh)
    assert surface.mesh.bounds[0, 2] == 0.0
    if resolution > 31:
        assert surface.mesh.volume == pytest.approx(2 / 3 * np.pi * 0.8**3, rel=2e-3)


def test_level_inflates_by_its_length():
    mesh = run(extract(sphere(0.5), 64, level=0.2)).mesh
    assert np.allclose(np.linalg.norm(mesh.vertices, axis=1), 0.7, atol=1e-5)


def test_normals_follow_the_gradient_outwards():
    mesh = run(extract(sphere(), 48, gradient=lambda p: 3 * p)).mesh
    assert mesh.normals is not None
    outward = mesh.vertices / np.linalg.norm(mesh.vertices, axis=1, keepdims=True)
    assert np.allclose(mesh.normals, outward, atol=1e-6)


@pytest.mark.parametrize("constant", [1.0, 0.0])
def test_no_surface_is_one_line(constant):
    with pytest.raises(InputError, match="no surface at level 0"):
        run(extract(lambda p: np.full(len(p), constant), 64))


def test_nan_is_refused_with_its_place():
    with pytest.raises(InputError, match="finite"):
        run(extract(lambda p: np.where(p[:, 0] > 0, np.nan, sphere()(p)), 64))


def test_values_out_of_range_are_usage_errors():
    for wrong in ({"resolution": 0}, {"lower": (1, 0, 0)}, {"upper": (1, 1, np.inf)}, {"chunk": 0}):
        with pytest.raises(UsageError):
            run(extract(sphere(), **wrong))


def test_same_bytes_twice_and_for_any_chunk():
    first, second = (run(extract(torus, 64, chunk=c)).mesh for c in (1 << 15, 1000))
    assert np.array_equal(first.vertices, second.vertices) and np.array_equal(first.faces, second.faces)


def test_progress_never_goes_back_and_ends_near_its_forecast():
    events = list(extract(sphere(), 128, chunk=4096))
    done = [event.done for event in events]
    assert done == sorted(done) and all(event.stage == "surface" for event in events)
    assert done[-1] == pytest.approx(events[len(events) // 2].total, rel=0.4)


def test_forecast_grows_with_the_square_and_is_checked(monkeypatch):
    small, large = forecast(256), forecast(512)
    assert 3 < large.evaluations / small.evaluations < 5
    assert large.bytes > small.bytes
    monkeypatch.setattr(memory, "free_bytes", lambda: 1_000_000)
    with pytest.raises(ResourceError, match="lower resolution"):
        run(extract(sphere(), 64))
