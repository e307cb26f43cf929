"""Splats → a closed mesh within a small part of the size, and pictures from the command line."""

import json

import numpy as np
import pytest
from splatmaker import random_splats, torus, write_ply

from shapefield.cli.main import main
from shapefield.config import ExtractionConfig
from shapefield.driving import finish
from shapefield.errors import NoSurfaceError, UsageError
from shapefield.nerf import fusing
from shapefield.splats import meshing
from shapefield.splats.model import Splats


@pytest.fixture(autouse=True)
def few_views(monkeypatch):
    monkeypatch.setattr(fusing, "VERTICES", 49)
    monkeypatch.setattr(meshing, "VIEWS", 14)
    monkeypatch.setattr(meshing, "SIDE", 160)


def test_a_torus_of_splats_becomes_a_closed_torus_in_its_colours():
    """Within a cell of a coarse grid (0.066; the diagonal is 4.04), closed, with its hole."""
    made = finish(meshing.mesh(torus(8000), ExtractionConfig(resolution=64)))
    ring = np.hypot(np.linalg.norm(made.vertices[:, :2], axis=1) - 1.0, made.vertices[:, 2])
    assert np.abs(ring - 0.4).max() < 0.06 and np.abs(ring - 0.4).mean() < 0.03
    halves = np.sort(made.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    _, uses = np.unique(halves, axis=0, return_counts=True)
    assert (uses == 2).all()
    assert len(made.vertices) - len(uses) + len(made.faces) == 0
    a, b, c = (made.vertices[made.faces[:, k]] for k in range(3))
    assert (np.cross(a, b) * c).sum() / 6 == pytest.approx(2 * np.pi**2 * 0.4**2, rel=0.15)
    assert made.colors is not None
    red = made.vertices[:, 0] > 0.1
    assert made.colors[red].mean(axis=0)[0] > 190 and made.colors[made.vertices[:, 0] < -0.1].mean(axis=0)[2] > 190


def test_what_has_no_surface_is_one_line():
    faint = Splats(**{**vars(random_splats()), "logits": np.full(60, -3.0, np.float32)})
    with pytest.raises(NoSurfaceError, match="splats that no two views agree on"):
        finish(meshing.mesh(faint, ExtractionConfig(resolution=16)))
    with pytest.raises(UsageError, match="level: expected 0 for splats"):
        finish(meshing.mesh(faint, ExtractionConfig(resolution=16, level=0.1)))


def test_the_commands_draw_and_mesh_them(tmp_path, capsys):
    write_ply(torus(2000), tmp_path / "t.ply")
    line = ["nerf", "render", str(tmp_path / "t.ply"), "-o", str(tmp_path / "v"), "--frames", "2", "--width", "64"]
    assert main([*line, "--depth", "-q"]) == 0
    from shapefield.storage.pictures import opened

    with opened(tmp_path / "v" / "frame_0001.png", "frame") as picture:
        pixels = np.asarray(picture.convert("RGB"))
    assert pixels.shape == (48, 64, 3) and (pixels[0, 0] == 255).all() and (pixels < 128).any(axis=2).mean() > 0.1
    assert (np.load(tmp_path / "v" / "frame_0000_depth.npy") > 0).mean() > 0.1
    assert main([*line, "--split", "test", "--force"]) == 2
    assert "expected none for splats" in capsys.readouterr().err
    out = ["-o", str(tmp_path / "m.ply"), "--resolution", "32", "--json", "-q"]
    assert main(["nerf", "export", str(tmp_path / "t.ply"), *out]) == 0
    assert json.loads(capsys.readouterr().out)["faces"] > 500
    assert main(["nerf", "export", str(tmp_path / "t.ply"), "--points", *out]) == 2
