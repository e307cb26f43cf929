"""A report tells the fit's error from what the repair did, keeps sizes, and warns of walls too thin to hold."""

import json

import numpy as np
import pytest
import trimesh
from shapes import sphere

import shapefield as sf
from shapefield.cli.tables import repair_lines, report_lines
from shapefield.config import FINEST, ExtractionConfig
from shapefield.errors import UsageError
from shapefield.events import counted
from shapefield.fitting.reporting import sizes, walls_of
from shapefield.mesh.model import Mesh
from shapefield.solid import solid_of
from shapefield.solid.repair_record import account

QUICK = {"samples": 20_000, "resolution": 48, "batch": 1024, "table": 14, "levels": 3, "finest": 48, "base": 16}


@pytest.fixture(scope="module")
def holed() -> Mesh:
    """A sphere of radius 20 mm without the cap above z = 16, far from the origin."""
    whole = sphere(20.0, cells=28)
    kept = whole.triangles.mean(axis=1)[:, 2] < 16.0
    return Mesh(whole.vertices + np.array([500.0, 0.0, 0.0]), whole.faces[kept], unit="mm", name="holed.ply")


def test_a_closed_hole_is_no_error_of_the_fit(holed: Mesh) -> None:
    report = sf.fit(holed, steps=250, **QUICK).report
    repairs, quality = report["repairs"], report["quality"]
    cap = 2 * np.pi * 20.0 * 4.0  # area of a cap of height 4
    assert repairs["holes_closed"] == 1 and repairs["hole_area"] == pytest.approx(cap, rel=0.2)
    assert repairs["hole_share"] == pytest.approx(0.1, rel=0.2)
    # against the file's own faces the new cap alone would be off by more: a tenth of the area, 5 mm away
    assert quality["max"] < 0.1 and quality["mean"] < 1e-2
    assert "hole" not in json.dumps(quality)
    before, after = report["sizes"]["before"], report["sizes"]["after"]
    assert report["sizes"]["unit"] == "mm"
    assert before["extents"] == pytest.approx([40, 40, 36], abs=1.5) and after["extents"][2] > before["extents"][2]
    assert after["volume"] == pytest.approx(4 / 3 * np.pi * 20**3, rel=0.03)
    text = "\n".join(report_lines(report | {"files": {"mesh": "a", "field": "b"}}))
    assert "1 hole closed (area " in text and "mm²); not counted as error" in text
    assert before["volume"] is None  # an open sphere encloses nothing
    assert "size before" in text and "volume –" in text and "mm³" in text


def test_only_what_is_closed_has_a_volume(holed: Mesh) -> None:
    whole = sphere(20.0, cells=28)
    assert sizes(holed)["volume"] is None
    assert sizes(whole)["volume"] == pytest.approx(whole.volume) and whole.volume > 0
    turned = whole.faces.copy()
    turned[0] = turned[0, ::-1]  # the sum over the faces is then another for every origin
    assert sizes(Mesh(whole.vertices, turned))["volume"] is None
    needle = np.vstack([whole.faces, whole.faces[0, [0, 0, 1]]])
    assert sizes(Mesh(whole.vertices, needle))["volume"] == pytest.approx(whole.volume)


def test_a_mesh_that_is_sound_has_nothing_repaired() -> None:
    found = account(solid_of(sphere()))
    assert found["sign_disagreement"] == 0.0 and found["hole_share"] == 0.0
    assert repair_lines(found, None) == ["  rays disagree                   0.0 %   of points, about the side"]


def test_rays_are_contradicted_where_a_side_is_missing() -> None:
    made = trimesh.creation.box()
    open_box = Mesh(made.vertices, made.faces[made.face_normals[:, 2] < 0.5])
    assert 0.05 < account(solid_of(open_box))["sign_disagreement"] < 0.5


@pytest.mark.parametrize("scale", [1.0, 1e-6])
def test_a_wall_under_two_voxels_is_named_with_the_resolution_that_holds_it(scale: float) -> None:
    plate = trimesh.creation.box(extents=(40.0 * scale, 30.0 * scale, 0.25 * scale))
    solid = solid_of(Mesh(plate.vertices, plate.faces))
    box = 2.0 / 0.95 * solid.similarity.radius
    found, line = walls_of(solid, 256, "mm")
    assert found["thinnest"] == pytest.approx(0.25 * scale, rel=0.05)
    assert found["voxel"] == pytest.approx(box / 256)
    enough = found["resolution"]
    assert f"--resolution {enough}" in line
    assert 2 * box / enough <= found["thinnest"] < 2 * box / (enough - 64)
    assert walls_of(solid, enough, "mm")[1] == ""


def test_one_is_no_plural() -> None:
    assert [counted(number, "step") for number in (0, 1, 12)] == ["0 steps", "1 step", "12 steps"]
    assert counted(1200, "cavity", "cavities") == "1,200 cavities"


def test_no_resolution_is_named_that_extraction_would_refuse() -> None:
    made = trimesh.creation.box(extents=(40.0, 30.0, 0.01))
    line = walls_of(solid_of(Mesh(made.vertices, made.faces)), 256, None)[1]
    assert line.endswith(f"no --resolution up to {FINEST} holds them")
    ExtractionConfig(resolution=FINEST)
    with pytest.raises(UsageError):
        ExtractionConfig(resolution=FINEST + 1)


def test_thick_walls_are_not_warned_of() -> None:
    solid = solid_of(sphere())
    found, line = walls_of(solid, 64, None)
    assert line == "" and found["resolution"] == 64  # the coarsest there is
    assert found["thinnest"] == pytest.approx(float(solid.mesh.bounds[1, 0] - solid.mesh.bounds[0, 0]), rel=0.05)
