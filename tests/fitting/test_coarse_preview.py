"""The first preview: near the surface it stands for, closed, and in the input's frame."""

import numpy as np
import pytest
import trimesh

from shapefield.driving import finish
from shapefield.fitting.coarse_preview import coarse_preview, spline_rows
from shapefield.mesh.model import Mesh
from shapefield.sampling import coarse_grid
from shapefield.solid import solid_of
from shapefield.surface.manifold import examine


def test_a_sphere_of_the_base_is_a_sphere_in_the_inputs_frame():
    made = trimesh.creation.icosphere(5, 30.0)
    solid = solid_of(Mesh(made.vertices + np.array([100.0, 0, 0]), made.faces))
    preview = coarse_preview(solid, finish(coarse_grid(solid, 24)))
    assert preview is not None and examine(preview.faces, len(preview.vertices))
    radius = np.linalg.norm(preview.vertices - [100.0, 0, 0], axis=1)
    # linear interpolation between 24 nodes is off by up to h²/(8 R) = 8e-4 R; splines are an order better
    assert np.abs(radius - 30.0).max() < 0.02
    assert preview.error is not None
    assert preview.error == pytest.approx(np.abs(radius - 30.0), abs=0.02)
    assert Mesh(preview.vertices, preview.faces).volume > 0


def test_nothing_to_see_is_no_error():
    solid = solid_of(Mesh(*(lambda m: (m.vertices, m.faces))(trimesh.creation.box())))
    assert coarse_preview(solid, np.ones((8, 8, 8), dtype=np.float32)) is None


def test_the_rows_are_the_natural_cubic_spline():
    from scipy.interpolate import CubicSpline

    values = np.random.default_rng(0).random((9, 2))
    expected = CubicSpline(np.arange(9), values, bc_type="natural")(np.linspace(0, 8, 30))
    np.testing.assert_allclose(spline_rows(9, 30) @ values, expected, atol=1e-12)
