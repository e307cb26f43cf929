"""Files that version 0.1 wrote (golden/make.py) open and answer as they did then, in every version to come."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from radiance import CENTER

import shapefield as sf
from shapefield.errors import ShapefieldError
from shapefield.events import Done
from shapefield.fitting.pipeline import reconstruct
from shapefield.lab.picturefile import read_picture_field
from shapefield.methods import METHODS
from shapefield.nerf.cameras import Camera
from shapefield.nerf.result import load
from shapefield.nerf.views import picture
from shapefield.settings import fit_config

GOLDEN = Path(__file__).parent / "golden"
VALUES = dict(np.load(GOLDEN / "values.npz"))
PICTURES = ("picture", "picture-packed")
FIELDS = sorted(p.stem for p in GOLDEN.glob("*.field") if p.stem not in PICTURES)
METHOD = {name: name for name in FIELDS} | {"compact": "hybrid", "coloured": "hybrid"}
SCENES = ("grid", "neus", "volsdf", "classic")
INTERRUPTED = {
    "samples": 3000, "resolution": 32, "batch": 512, "steps": 4000, "checkpoint_every": 1000.0,
    "table": 8, "levels": 2, "coarsest": 4, "finest": 12, "width": 8, "base": 10,
}  # fmt: skip
"""The settings of the fit that was interrupted."""


def close(got: np.ndarray, expected: np.ndarray, to: float = 1e-5) -> None:
    """Equal but for the order of float32 sums, measured by the largest value."""
    assert got.shape == expected.shape
    assert np.abs(got - expected).max() <= to * max(1.0, np.abs(expected).max())


def test_all_of_them_are_here_and_small() -> None:
    assert len(set(METHOD.values())) == 13 and set(METHOD.values()) <= set(METHODS)
    assert sum(f.stat().st_size for f in GOLDEN.rglob("*") if f.is_file()) < 3_000_000


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_answers_as_it_did(name: str) -> None:
    result = sf.load(GOLDEN / f"{name}.field")
    assert (result.method.name, result.unit, result.name) == (METHOD[name], "mm", "knot.ply")
    assert result.report["quality"]["mean"] > 0 and result.run["steps_done"] == 40
    close(result.field(VALUES["points"]), VALUES[name])
    close(result.gradient(VALUES["points"]), VALUES[f"{name} gradient"], 1e-4)
    if name == "coloured":
        assert np.abs(result.colours(VALUES["points"]).astype(int) - VALUES["coloured colours"]).max() <= 1
    else:
        assert result.colours(VALUES["points"]) is None


@pytest.mark.parametrize("name", PICTURES)
def test_a_fitted_picture_answers_as_it_did(name: str) -> None:
    found = read_picture_field(GOLDEN / f"{name}.field")
    assert found.size == (12, 16) and found.bits == (None if name == "picture" else 6)
    close(found.values(VALUES["places"]), VALUES[name])


@pytest.mark.parametrize("name", SCENES)
def test_a_radiance_field_answers_as_it_did(name: str) -> None:
    result = load(GOLDEN / f"nerf-{name}")
    points, ways = torch.from_numpy(VALUES["model points"]), torch.from_numpy(VALUES["directions"])
    with torch.no_grad():
        close(result.field.density(points).numpy(), VALUES[f"{name} density"], 1e-4)
        close(result.field.colour(points, ways).numpy(), VALUES[f"{name} colour"], 1e-4)
    pose = np.eye(4)
    pose[:3, 3] = np.add(CENTER, (0.0, 0.0, 3.0))
    view = picture(result, Camera(pose, 14.0, 14.0, 5.0, 5.0, 10, 10))
    close(view.rgb, VALUES[f"{name} view"], 1e-3)
    close(view.depth, VALUES[f"{name} depth"], 1e-3)


def test_a_checkpoint_of_then_goes_on_or_is_refused_in_one_line_and_kept(tmp_path: Path) -> None:
    kept = tmp_path / "interrupted.field.checkpoint"
    shutil.copy(GOLDEN / kept.name, kept)
    before = kept.read_bytes()
    mesh = sf.read_mesh(GOLDEN.parents[1] / "sample_meshes" / "knot.ply")
    bare = sf.Mesh(mesh.vertices, mesh.faces, unit=mesh.unit, name=mesh.name)
    try:
        *_, last = reconstruct(bare, fit_config(**INTERRUPTED), field=tmp_path / "interrupted.field", resume=True)
    except ShapefieldError as error:
        assert "\n" not in str(error) and "--resume" in str(error)
        assert kept.read_bytes() == before and not (tmp_path / "interrupted.field").exists()
    else:
        assert isinstance(last, Done) and last.result.run["steps_done"] == INTERRUPTED["steps"]
