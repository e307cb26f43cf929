"""The shipped samples are what their README says, small, and made again byte for byte by their script."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from shapefield.mesh.inspection import findings, inspect
from shapefield.mesh.reading import read
from shapefield.storage.mark import is_ours

FOLDER = Path(__file__).parent.parent / "sample_meshes"
NAMES = sorted(path.name for path in FOLDER.iterdir() if path.suffix in {".ply", ".obj", ".stl", ".glb"})
DIRTY = {"vase.obj", "twist.obj"}
THIN = {"impeller.obj"}


def test_there_are_nine_and_the_readme_names_each():
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert len(NAMES) == 9 and all(f"`{name}`" in text for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_small_and_ours(name):
    assert (FOLDER / name).stat().st_size < 400_000 and is_ours(FOLDER / name)


@pytest.mark.parametrize("name", sorted(set(NAMES) - DIRTY - THIN))
def test_a_clean_sample_has_no_findings(name):
    seen = inspect(read(FOLDER / name))
    assert findings(seen) == [] and seen.watertight and seen.manifold and seen.volume > 0


def test_the_impeller_s_only_finding_is_that_its_vanes_are_thin():
    seen = inspect(read(FOLDER / "impeller.obj"))
    assert seen.watertight and seen.manifold and seen.volume > 0
    (found,) = findings(seen)
    assert "thinnest walls" in found and "--resolution" in found
    assert seen.thinnest_wall == pytest.approx(0.8, rel=0.15)  # the script makes them 0.8 mm


@pytest.mark.parametrize(
    ("name", "genus", "components"),
    [("knot.ply", 1, 1), ("bracket.stl", 3, 1), ("impeller.obj", 1, 1), ("sponge.glb", 81, 1), ("chain.obj", 5, 5)],
)
def test_topology(name, genus, components):
    seen = inspect(read(FOLDER / name))
    assert (seen.genus, seen.components) == (genus, components)


def test_the_gyroid_has_the_genus_its_readme_says():
    seen = inspect(read(FOLDER / "gyroid.ply"))
    assert f"genus {seen.genus}" in (FOLDER / "README.md").read_text(encoding="utf-8")
    assert seen.genus > 10 and seen.components == 1


def test_the_sponge_has_mengers_volume():
    assert read(FOLDER / "sponge.glb").volume == pytest.approx(27**3 * (20 / 27) ** 2)


def test_the_geode_has_a_cavity_and_a_core():
    seen = inspect(read(FOLDER / "geode.ply"))
    assert seen.components == 3 and seen.euler_number == 6
    assert seen.volume < 0.8 * 4 / 3 * np.pi * np.prod(np.array(seen.extent) / 2)


def test_the_knot_is_coloured():
    colors = read(FOLDER / "knot.ply").colors
    assert colors is not None and (np.ptp(colors, axis=0) > 150).all()


def test_the_vase_is_open_once_at_its_top():
    seen = inspect(read(FOLDER / "vase.obj"))
    assert (seen.boundary_loops, seen.boundary_edges, seen.reversed_faces) == (1, 72, 0)


def test_the_twist_has_reversed_faces_and_no_holes():
    seen = inspect(read(FOLDER / "twist.obj"))
    assert seen.watertight and seen.manifold and 0.15 < seen.reversed_faces / seen.faces < 0.35


@pytest.mark.parametrize("name", ["knot.ply", "chain.obj", "vase.obj", "sponge.glb"])
def test_the_script_makes_the_same_bytes(name, tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("make_samples", FOLDER / "make.py")
    assert spec is not None and spec.loader is not None
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    monkeypatch.setattr(make, "FOLDER", tmp_path)
    make.main([name])
    assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()
