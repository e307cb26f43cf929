"""scikit-image's marching cubes on the whole grid: the reference that our own extraction is held against."""

from pathlib import Path

import numpy as np
import pytest

from shapefield.cli.main import main
from shapefield.distance.signed import SurfaceDistance
from shapefield.driving import finish
from shapefield.errors import NoSurfaceError
from shapefield.mesh.reading import read
from shapefield.surface import extract

RESOLUTION = 48
VOXEL = 2 / RESOLUTION
GOLDEN = Path(__file__).parents[1] / "golden"


def ball(points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points - [0.1, 0.0, -0.2], axis=1) - 0.6


def gyroid(points: np.ndarray) -> np.ndarray:
    x, y, z = (6 * points).T
    return (np.sin(x) * np.cos(y) + np.sin(y) * np.cos(z) + np.sin(z) * np.cos(x)) / 6


@pytest.mark.parametrize("field", [ball, gyroid])
@pytest.mark.parametrize("refine", [False, True])
def test_both_find_the_same_surface(field, refine) -> None:
    ours = finish(extract(field, RESOLUTION, refine=refine))
    reference = finish(extract(field, RESOLUTION, engine="scikit-image"))
    assert reference.leaves_box == ours.leaves_box == (field is gyroid)
    assert reference.evaluations == (RESOLUTION + 1) ** 3
    inside = np.abs(reference.mesh.vertices).max(axis=1) < 0.99  # the caps differ by up to a voxel at their rims
    for one, other, rows in ((reference, ours, inside), (ours, reference, slice(None))):
        points = one.mesh.vertices[rows]
        away = SurfaceDistance(other.mesh.vertices, other.mesh.faces).unsigned(points)
        away = away[np.abs(points).max(axis=1) < 0.99]
        assert away.max() < (0.05 if refine else 1e-3) * VOXEL
    if field is ball:
        assert reference.mesh.volume == pytest.approx(ours.mesh.volume, rel=5e-3 if refine else 1e-4)
        assert len(reference.mesh.faces) == len(ours.mesh.faces)


def test_no_surface_and_the_level() -> None:
    with pytest.raises(NoSurfaceError, match="no surface at level -2"):
        finish(extract(ball, 16, level=-2.0, engine="scikit-image"))
    wider = finish(extract(ball, 32, level=0.1, engine="scikit-image")).mesh
    assert wider.volume == pytest.approx(4 / 3 * np.pi * 0.7**3, rel=0.02)


def test_extract_by_either_engine(tmp_path) -> None:
    for engine in ("shapefield", "scikit-image"):
        words = ["extract", str(GOLDEN / "mlp.field"), "-o", str(tmp_path / f"{engine}.ply"), "--engine", engine]
        assert main([*words, "--resolution", "32", "-q"]) == 0
    ours, other = (read(tmp_path / f"{engine}.ply") for engine in ("shapefield", "scikit-image"))
    assert len(other.faces) == len(ours.faces) and other.volume == pytest.approx(ours.volume, rel=0.01)
    assert main(["extract", "a.field", "-o", "b.ply", "--engine", "vtk"]) == 2
