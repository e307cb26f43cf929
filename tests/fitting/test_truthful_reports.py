"""A report is about the input that was given: what of it is gone, what was asked away, and gates on both."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import trimesh
from shapes import sphere

import shapefield as sf
from shapefield.cli.main import main
from shapefield.cli.tables import report_lines
from shapefield.mesh.model import Mesh
from shapefield.mesh.writing import write

QUICK = {"samples": 20_000, "resolution": 48, "batch": 1024, "table": 14, "levels": 3, "finest": 48, "base": 16}
FLAGS = ["--steps", "30", "--samples", "20000", "--resolution", "48", "--batch", "1024"]
FLAGS += [w for name in ("table", "levels", "finest", "base") for w in ("--set", f"{name}={QUICK[name]}")]


def box(size: tuple[float, float, float], center) -> Mesh:
    made = trimesh.creation.box(extents=size)
    return Mesh(made.vertices + np.array(center, dtype=float), made.faces)


def joined(*meshes: Mesh) -> Mesh:
    starts = np.cumsum([0, *(len(m.vertices) for m in meshes)])
    faces = [m.faces + start for m, start in zip(meshes, starts[:-1], strict=True)]
    return Mesh(np.concatenate([m.vertices for m in meshes]), np.concatenate(faces), unit="mm", name="parts.ply")


CUBES, EDGE = 60, 0.25


@pytest.fixture(scope="module")
def parts() -> Mesh:
    """A large ball in a swarm of cubes that are smaller than a voxel of these fits."""
    turn = np.random.default_rng(0).standard_normal((CUBES, 3))
    places = 14.0 * turn / np.linalg.norm(turn, axis=1, keepdims=True)
    return joined(sphere(10.0, cells=20), *(box((EDGE, EDGE, EDGE), place) for place in places))


@pytest.fixture(scope="module")
def told(parts: Mesh) -> dict:
    return sf.fit(parts, steps=60, **QUICK).report


def test_parts_that_were_lost_are_the_first_thing_said(parts: Mesh, told: dict):
    swarm = CUBES * 6 * EDGE**2
    assert told["preservation"]["lost"] == pytest.approx(swarm / (4 * np.pi * 100 + swarm), rel=0.15)
    assert told["preservation"]["vanished_parts"] > 0.9 * CUBES
    assert told["preservation"]["vanished"][0]["extent"] == pytest.approx([EDGE] * 3)
    assert list(told)[:3] == ["schema", "verdict", "reasons"]
    assert told["verdict"] == "rough" and "lost" in told["reasons"][0]
    first = report_lines(told | {"files": {"mesh": "a", "field": "b"}})[0]
    assert first.startswith("rough: ") and "% of the input's visible surface is lost" in first
    assert told["input"]["faces"] == len(parts.faces) and told["input"]["components"] == 1 + CUBES
    assert told["surface"]["closed"] and told["surface"]["manifold"] and told["surface"]["genus"] == 0


def test_quiet_does_not_hide_a_loss_and_a_gate_has_its_exit_code(parts: Mesh, tmp_path: Path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write(parts, "parts.ply")
    line = ["fit", "parts.ply", *FLAGS, "--quiet"]
    assert main([*line, "--max-lost", "0.01"]) == 7
    out, err = capsys.readouterr()
    assert out == "" and "visible surface is lost" in err and "vanished" in err
    assert "lost surface: expected at most 1 %, got " in err.splitlines()[-1]
    assert Path("parts.field").is_file() and Path("parts.shapefield.ply").is_file(), "finished and written"
    assert main([*line, "--max-lost", "0.5", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["input"]["path"] == str(tmp_path / "parts.ply")
    assert found["input"]["sha256"] == hashlib.sha256(Path("parts.ply").read_bytes()).hexdigest()
    assert found["missed"] == []
    assert main(["eval", "parts.shapefield.ply", "parts.ply", "--max-lost", "1%"]) == 2  # a share is a number
    assert main(["eval", "parts.shapefield.ply", "parts.ply", "--max-error", "1e-9"]) == 7
    assert capsys.readouterr().out.startswith(("rough: ", "unusable: "))


def test_what_was_asked_away_is_neither_a_loss_nor_an_error(parts: Mesh):
    two = joined(sphere(10.0, cells=20), sphere(4.0, (16.0, 0.0, 0.0), cells=12))
    report = sf.fit(two, steps=150, largest=True, **QUICK).report
    assert report["preservation"]["lost"] == 0 and report["preservation"]["vanished_parts"] == 0
    assert report["quality"]["mean"] < 5e-3 and report["quality"]["completeness"] < 5e-3
    half = sf.fit(sphere(10.0, cells=20), steps=150, crop=(0, -20, -20, 20, 20, 20), **QUICK).report
    assert half["preservation"]["lost"] == 0 and half["preservation"]["added"] == 0
    assert half["quality"]["mean"] < 5e-3 and half["quality"]["iou"] > 0.97 and half["verdict"] == "good"


def test_the_same_run_gives_the_same_bytes(tmp_path: Path, monkeypatch):
    """At another time, from another folder, to another name."""
    found = []
    for name in ("one", "another"):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.chdir(folder)
        write(sphere(2.0, cells=16), "ball.ply")
        source = "ball.ply" if name == "one" else str(folder / "ball.ply")
        assert main(["fit", source, "-o", f"{name}.stl", "--field", f"{name}.field", *FLAGS, "--quiet"]) == 0
        found.append((folder / f"{name}.field").read_bytes())
    assert found[0] == found[1]
    assert str(tmp_path).encode() not in found[0]
    kept = sf.load(tmp_path / "one" / "one.field")
    assert kept.run["command"].startswith("shapefield fit ball.ply ") and kept.report["verdict"] == "good"
    assert "sha256" in kept.report["input"] and "seconds" not in kept.report


def test_a_plate_thinner_than_the_voxels_is_refused_with_the_resolution_that_holds_it(tmp_path: Path, capsys) -> None:
    write(box((10.0, 10.0, 0.02), (0, 0, 0)), tmp_path / "plate.ply")
    line = ["fit", str(tmp_path / "plate.ply"), "--out-dir", str(tmp_path), "--quiet", *FLAGS]
    assert main([*line, "--steps", "2"]) == 3
    said = capsys.readouterr().err.splitlines()[-1]
    assert (
        "got none after 2 steps: it is about 0.0199 thick, under 2 voxels of 0.31 at 48³" in said
        and "--budget" not in said
    )
