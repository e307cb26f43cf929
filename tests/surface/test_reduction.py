"""Components and simplification keep what they must."""

import numpy as np
import pytest
from test_extraction import assert_sound, run, sphere, torus

from shapefield.errors import UsageError
from shapefield.surface import drop_debris, extract, keep_largest, simplify, smallest_side
from shapefield.surface.components import label_components


def shell_and_crumb(p):
    shell = np.abs(sphere(0.6)(p)) - 0.1
    return np.minimum(shell, sphere(0.05, (0.85, 0.85, 0.85))(p))


def test_largest_keeps_the_shell_with_its_cavity():
    mesh = run(extract(shell_and_crumb, 96)).mesh
    assert label_components(mesh).max() + 1 == 3
    kept = keep_largest(mesh)
    assert_sound(kept)
    assert label_components(kept).max() + 1 == 2
    assert kept.volume == pytest.approx(4 / 3 * np.pi * (0.7**3 - 0.5**3), rel=1e-3)
    assert np.array_equal(run(extract(shell_and_crumb, 96, largest=True)).mesh.vertices, kept.vertices)


def test_debris_goes_by_its_share_of_area():
    mesh = run(extract(shell_and_crumb, 96)).mesh
    assert label_components(drop_debris(mesh, 0.05)).max() + 1 == 2
    assert label_components(drop_debris(mesh, 1e-4)).max() + 1 == 3
    with pytest.raises(UsageError):
        drop_debris(mesh, 2.0)


@pytest.mark.parametrize(("specks", "left"), [(0.05, 3), (0.2, 2), (1.2, 1), (9.0, 1)])
def test_specks_go_by_their_box_and_the_largest_stays(specks, left):
    found = run(extract(shell_and_crumb, 96, specks=specks))  # boxes of 0.1, 1.0 (the cavity) and 1.4
    assert label_components(found.mesh).max() + 1 == left and found.specks == 3 - left
    assert_sound(found.mesh)
    assert smallest_side(found.mesh) == pytest.approx({3: 0.1, 2: 1.0, 1: 1.4}[left], rel=0.02)


@pytest.mark.parametrize("faces", [200, 2000])
def test_simplified_torus_stays_closed_with_its_handle(faces):
    mesh = simplify(run(extract(torus, 96)).mesh, faces)
    assert_sound(mesh)
    assert 0.9 * faces < len(mesh.faces) <= faces
    assert len(mesh.vertices) - len(mesh.faces) // 2 == 0
    assert np.abs(torus(mesh.vertices)).max() < 30 / faces


def test_simplified_box_keeps_its_edges():
    full = run(extract(lambda p: np.abs(p).max(axis=1) - 0.5, 64)).mesh
    mesh = simplify(full, 400)
    assert_sound(mesh)
    assert len(mesh.faces) <= 400
    assert mesh.volume == pytest.approx(full.volume, rel=1e-9)
    assert np.abs(np.abs(mesh.vertices).max(axis=1) - 0.5).max() < 1e-4


def test_fewer_faces_than_a_tetrahedron_are_refused():
    with pytest.raises(UsageError, match="at least 4"):
        simplify(run(extract(sphere(), 16)).mesh, 3)
