"""`shapefield repair` and `sf.repair`: what was right stays to the bit, what was wrong is mended, and both are told."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh
from shapes import is_closed, sphere

import shapefield as sf
from shapefield.cli.main import main
from shapefield.cli.repair import default_output
from shapefield.errors import InputError, UsageError
from shapefield.events import Notice
from shapefield.mending.config import SAMPLED, mending_config
from shapefield.mending.job import repairing
from shapefield.mending.marks import COLOURS
from shapefield.mending.verdict import guess_of_unit, headline, not_kept
from shapefield.mesh.writing import write
from shapefield.solid.model import Kind


def box(size: float = 2.0, center=(0.0, 0.0, 0.0), times: int = 1) -> sf.Mesh:
    """A box of 48 triangles, or four times as many each time, with colours."""
    made = trimesh.creation.box(extents=(size,) * 3)
    for _ in range(times):
        made = made.subdivide()
    colours = np.random.default_rng(1).integers(0, 256, (len(made.vertices), 3)).astype(np.uint8)
    return sf.Mesh(made.vertices + np.array(center) + 0.1, made.faces, colors=colours, name="box")


def both(*meshes: sf.Mesh) -> sf.Mesh:
    """Several meshes as one, without colours."""
    starts = np.cumsum([0, *(len(m.vertices) for m in meshes)])
    faces = [m.faces + start for m, start in zip(meshes, starts, strict=False)]
    return sf.Mesh(np.concatenate([m.vertices for m in meshes]), np.concatenate(faces))


def test_a_clean_mesh_comes_back_as_it_was():
    mesh = box()
    found = sf.repair(mesh)
    assert found.mesh.vertices is mesh.vertices and found.mesh.faces is mesh.faces and found.mesh.colors is mesh.colors
    assert found.record == () and found.report["ready"] and found.report["faces"]["kept"] == 48
    assert headline(found.report) == "closed, manifold, 1 body, 48 faces, volume 8; thinnest wall 2; ready to print"


def test_a_hole_is_patched_flat_and_all_else_is_as_it_was():
    mesh = box(times=2)
    inner = ((mesh.triangles[:, :, 0] > 1.09) & (np.abs(mesh.triangles[:, :, 1:] - 0.1) < 0.6).all(axis=2)).all(axis=1)
    rest = sf.Mesh(mesh.vertices, mesh.faces[~inner], colors=mesh.colors)
    found = sf.repair(rest)
    made, colours = found.mesh, np.asarray(found.mesh.colors)
    assert inner.sum() == 8 and is_closed(made) and made.volume == pytest.approx(8.0, rel=1e-12)
    assert np.array_equal(made.triangles[:184], rest.triangles)
    assert np.array_equal(colours[made.faces[:184]], np.asarray(mesh.colors)[rest.faces])
    hole = [one for one in found.record if one.kind == Kind.HOLE]
    assert len(hole) == 1 and hole[0].place == pytest.approx((1.1, 0.1, 0.1)) and hole[0].area == pytest.approx(1.0)
    assert found.report["faces"]["patched"] == len(made.faces) - 184
    assert "1 hole closed (4.2 % of the surface invented)" in headline(found.report)


def test_faces_that_look_inward_are_turned_in_their_place():
    mesh = box()
    faces = mesh.faces.copy()
    faces[[3, 30]] = faces[[3, 30], ::-1]
    found = sf.repair(sf.Mesh(mesh.vertices, faces))
    assert is_closed(found.mesh) and np.array_equal(np.sort(found.mesh.faces), np.sort(mesh.faces))
    untouched = np.delete(np.arange(48), [3, 30])
    assert np.array_equal(found.mesh.faces[untouched], mesh.faces[untouched])
    assert np.array_equal(found.mesh.vertices, mesh.vertices)
    assert found.report["faces"] | {"kept": 46, "turned": 2} == found.report["faces"]


def test_boxes_that_overlap_are_one_solid():
    found = sf.repair(both(box(), box(2.0, (1.0, 0.5, 0.3))))
    assert is_closed(found.mesh) and found.report["surface"]["bodies"] == 1
    assert found.mesh.volume == pytest.approx(16.0 - 1.0 * 1.5 * 1.7, rel=1e-9)
    assert found.report["faces"]["united"] > 0 and found.report["faces"]["kept"] > 0


def test_a_face_that_was_cut_has_colours_between_its_corners():
    mesh, other = box(), box(2.0, (1.0, 0.5, 0.3))
    red = np.tile(np.array([[200, 40, 10]], dtype=np.uint8), (2 * len(mesh.vertices), 1))
    whole = both(mesh, other)
    found = sf.repair(sf.Mesh(whole.vertices, whole.faces, colors=red))
    assert len(found.mesh.vertices) != len(red) and (found.mesh.colors == red[0]).all()


def test_openings_stay_where_that_is_asked():
    mesh = box()
    faces = mesh.faces[4:].copy()
    faces[5] = faces[5, ::-1]
    found = sf.repair(sf.Mesh(mesh.vertices, faces), keep_open=True)
    assert len(found.mesh.faces) == 44 and found.report["faces"]["turned"] == 1
    assert found.report["reasons"] == ["it is open"] and found.report["preservation"]["invented"] == 0.0
    assert not any(one.kind == Kind.HOLE for one in found.record)
    assert headline(found.report).startswith("open, manifold, 1 body, 44 faces") and "hole" not in headline(
        found.report
    )


def test_openings_that_stay_are_not_told_as_closed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    mesh = box()
    write(sf.Mesh(mesh.vertices, np.delete(mesh.faces, [3, 7, 20], axis=0)), "open.ply")
    assert main(["repair", "open.ply", "--keep-open"]) == 0
    said = capsys.readouterr()
    assert "closed" not in said.out + said.err and said.out.startswith("open, manifold, 1 body, 45 faces")


def test_a_sheet_is_not_kept_as_a_solid():
    sheet = sf.Mesh([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], [[0, 1, 2], [0, 2, 3]])
    with pytest.raises(InputError, match=r"expected a solid, got open sheets.*: --mode auto does that"):
        sf.repair(sheet, mode="keep")
    found = sf.repair(sheet, keep_open=True, mode="keep")
    assert len(found.mesh.faces) == 2 and not found.report["surface"]["closed"]
    thick = sf.repair(both(box(), sf.Mesh(sheet.vertices * 3 + 4, sheet.faces)), thicken=0.5, resolution=None)
    assert thick.report["mode"] == "mixed" and thick.report["faces"]["kept"] == 48


def test_what_min_part_leaves_out_is_no_loss():
    parts = both(box(), box(0.3, (3.0, 0.0, 0.0)))
    found = sf.repair(parts, min_part=0.5)
    assert len(found.mesh.faces) == 48 and found.report["ready"]
    assert found.report["preservation"]["lost"] == 0.0 and found.report["preservation"]["vanished_parts"] == 0
    assert len(sf.repair(parts, min_part=0.2).mesh.faces) == 96


def test_marks_show_what_was_done_and_what_is_gone():
    inside = box(0.5)
    found = sf.repair(both(box(), inside))
    assert found.report["faces"] | {"kept": 48, "removed": 48} == found.report["faces"]
    marks = found.marks
    gone = (marks.colors[marks.faces] == COLOURS["removed"]).all(axis=(1, 2))
    there = (marks.colors[marks.faces] == COLOURS["kept"]).all(axis=(1, 2))
    assert gone.sum() == there.sum() == 48
    assert np.array_equal(marks.triangles[gone], inside.triangles)


def test_a_duplicate_is_not_shown_as_gone():
    mesh = box()
    found = sf.repair(sf.Mesh(mesh.vertices, np.concatenate([mesh.faces, mesh.faces[:4]])))
    assert found.report["faces"] | {"kept": 48, "removed": 0} == found.report["faces"]
    assert [one.kind for one in found.record] == [Kind.DUPLICATE]


def test_remeshing_gives_the_sphere_at_the_voxel_that_is_asked(ball):
    found = sf.repair(ball, voxel=0.1)
    made = found.report["remesh"]
    assert made["voxel"] <= 0.1 < 0.1 * (1 + 2 / made["resolution"]) and made["resolution"] == 43
    distance = np.linalg.norm(found.mesh.vertices - [10.0, 0.0, -5.0], axis=1)
    assert is_closed(found.mesh) and np.abs(distance - 2.0).max() < 0.03
    assert found.report["quality"]["input"]["mean"] < 2e-3 and found.report["mode"] == "remesh"


def test_remeshing_takes_level_crop_faces_and_colours():
    ball = sphere(2.0, cells=16)
    green = np.tile(np.array([[10, 220, 30]], dtype=np.uint8), (len(ball.vertices), 1))
    given = sf.Mesh(ball.vertices, ball.faces, colors=green)
    found = sf.repair(given, resolution=48, level=0.5, faces=3000, crop=(-3, -3, -3, 3, 3, 0))
    assert is_closed(found.mesh) and len(found.mesh.faces) <= 3000 and (found.mesh.colors == green[0]).all()
    assert found.mesh.bounds[1] == pytest.approx([2.5, 2.5, 0.0], abs=0.05)
    assert found.mesh.volume == pytest.approx(2 / 3 * np.pi * 2.5**3, rel=0.03)


@pytest.mark.parametrize("name", SAMPLED)
def test_what_needs_a_grid_is_refused_beside_keep(name):
    value = (0, 0, 0, 1, 1, 1) if name == "crop" else 64
    assert mending_config(**{name: value}).remesh
    with pytest.raises(UsageError, match=f"{name}: expected no such option beside --mode keep"):
        mending_config(mode="keep", **{name: value})


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"voxel": 1.0, "resolution": 64}, "resolution, voxel: expected one of the two"),
        ({"voxel": "0mm"}, "voxel: expected a length above 0, got 0mm"),
        ({"keep_open": True, "level": 1.0}, "keep_open: expected --mode auto or keep, got level"),
        ({"keep_open": True, "thicken": 1.0}, "keep_open: expected no --thicken beside it"),
        ({"mode": "mend"}, "mode: expected one of auto, keep, remesh, got 'mend'"),
        ({"budget": 3}, "setting of repair: expected one of mode, voxel"),
    ],
)
def test_settings_that_do_not_go_together_are_one_line(settings, said):
    with pytest.raises(UsageError, match=said):
        mending_config(**settings)


def test_a_voxel_too_fine_is_refused_with_the_finest_there_is():
    with pytest.raises(UsageError, match=r"voxel: expected at least 0\.00\d+, which is 2048 cells"):
        sf.repair(box(), voxel=1e-5)


def test_trimesh_and_arrays_are_taken_and_not_changed():
    made = trimesh.creation.icosphere(subdivisions=2)
    made.visual.vertex_colors = np.tile([9, 8, 7, 255], (len(made.vertices), 1)).astype(np.uint8)
    found = sf.repair(made)
    assert np.array_equal(found.mesh.vertices, made.vertices) and np.array_equal(found.mesh.faces, made.faces)
    assert (found.mesh.colors == [9, 8, 7]).all()
    vertices, faces = made.vertices.tolist(), made.faces.tolist()
    assert np.array_equal(sf.repair((vertices, faces)).mesh.faces, made.faces)
    for wrong in ((vertices, [[0.5, 1, 2]]), (vertices, 5), ([["a"]], faces), 7, (vertices,)):
        with pytest.raises(UsageError, match="mesh: expected"):
            sf.repair(wrong)


def test_scenes_are_taken_with_every_part_in_its_place():
    one, other = (trimesh.creation.icosphere(subdivisions=1) for _ in range(2))
    one.visual.vertex_colors = np.tile([200, 10, 10, 255], (len(one.vertices), 1)).astype(np.uint8)
    other.visual.vertex_colors = np.tile([10, 10, 200, 255], (len(other.vertices), 1)).astype(np.uint8)
    one.units = other.units = "inches"
    scene = trimesh.Scene()
    scene.add_geometry(one)
    scene.add_geometry(other, transform=trimesh.transformations.translation_matrix([5, 0, 0]))
    found = sf.repair(scene).mesh
    whole = scene.to_mesh()
    assert np.array_equal(found.vertices, whole.vertices) and np.array_equal(found.faces, whole.faces)
    assert found.unit == "in" and found.bounds[1] == pytest.approx([6, 1, 1])
    assert (found.colors[found.vertices[:, 0] < 2] == [200, 10, 10]).all()
    assert (found.colors[found.vertices[:, 0] > 2] == [10, 10, 200]).all()


def test_a_textured_trimesh_is_told_what_it_loses():
    made = trimesh.creation.box()
    image = trimesh.visual.texture.SimpleMaterial(diffuse=[200, 100, 50, 255])
    made.visual = trimesh.visual.TextureVisuals(uv=np.zeros((8, 2)), material=image)
    report = sf.repair(made).report
    assert report["not_kept"] == ["texture coordinates", "materials"] and report["surface"]["colored"]
    assert (sf.repair(made).mesh.colors == [200, 100, 50]).all()
    assert not_kept(report) == ["not kept: texture coordinates and materials; the vertices have their colours"]


def test_an_open3d_mesh_is_taken():
    o3d = pytest.importorskip("open3d", exc_type=ImportError)

    three, given = o3d.utility.Vector3dVector, box()
    normals = np.tile([0.0, 0.6, 0.8], (len(given.vertices), 1))
    made = o3d.geometry.TriangleMesh(three(given.vertices), o3d.utility.Vector3iVector(given.faces.astype(np.int32)))
    made.vertex_colors, made.vertex_normals = three(given.colors / 255.0), three(normals)
    found = sf.repair(made).mesh
    assert np.array_equal(found.vertices, given.vertices) and np.array_equal(found.faces, given.faces)
    assert np.array_equal(found.colors, given.colors) and np.array_equal(found.normals, normals)


@pytest.mark.parametrize("suffix", ["ply", "obj", "off", "glb", "stl", "3mf"])
def test_a_clean_file_comes_back_as_it_was(suffix, tmp_path, monkeypatch):
    """Vertices, faces and colours, and in PLY normals too, to the bit, through the command."""
    monkeypatch.chdir(tmp_path)
    mesh = sphere(2.0, cells=12)
    vertices = mesh.vertices.astype(np.float32).astype(np.float64)
    colours = np.random.default_rng(0).integers(0, 256, (len(vertices), 3)).astype(np.uint8)
    normals = (vertices / np.linalg.norm(vertices, axis=1, keepdims=True)).astype(np.float32).astype(np.float64)
    write(sf.Mesh(vertices, mesh.faces, colours, normals, unit="mm"), f"ball.{suffix}")
    given = sf.read_mesh(f"ball.{suffix}")
    assert main(["repair", f"ball.{suffix}", "-q"]) == 0
    back = sf.read_mesh(f"ball.repaired.{suffix}")
    for name in ("vertices", "faces", "colors", "normals"):
        before, after = getattr(given, name), getattr(back, name)
        assert (before is None and after is None) or np.array_equal(before, after), name
    assert back.unit == given.unit and (given.normals is not None) == (suffix == "ply")
    assert (given.colors is not None) == (suffix != "stl")
    assert len(back.faces) == len(mesh.faces)


def test_a_textured_file_is_told_what_it_loses_behind_the_verdict(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    made = trimesh.creation.box()
    lines = [f"v {x} {y} {z}" for x, y, z in made.vertices] + ["vt 0 0", "vn 0 0 1", "usemtl red"]
    Path("box.obj").write_text("\n".join(lines + [f"f {a}/1/1 {b}/1/1 {c}/1/1" for a, b, c in made.faces + 1]) + "\n")
    assert main(["repair", "box.obj"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("closed, manifold") and said[1].startswith("not kept: texture coordinates, materials")
    assert main(["repair", "box.obj", "--json", "-q"]) == 0
    assert json.loads(capsys.readouterr().out)["not_kept"] == ["texture coordinates", "materials", "normals"]
    write(sf.Mesh(made.vertices, made.faces), "plain.ply")
    assert main(["repair", "plain.ply"]) == 0 and "not kept" not in capsys.readouterr().out


def test_cells_are_no_matter_where_no_surface_is_sampled(tmp_path, monkeypatch, capsys):
    """A plate of 1000 : 1 keeps its faces whatever a grid could hold; its wall is measured."""
    monkeypatch.chdir(tmp_path)
    plate = box()
    write(sf.Mesh(plate.vertices * [100, 100, 0.1], plate.faces, unit="mm"), "plate.ply")
    for more in ([], ["--mode", "keep"]):
        assert main(["repair", "plate.ply", *more]) == 0
        said = capsys.readouterr()
        assert "resolution" not in said.out + said.err and "thinnest wall 0.2 mm; ready to print" in said.out
    main(["repair", "plate.ply", "--resolution", "64", "--force"])
    assert "0.2 mm thick, under 2 voxels of" in capsys.readouterr().err


def test_a_guess_of_the_unit_is_offered_and_never_applied():
    made = box(0.05)
    events = list(repairing(made, mending_config()))
    said = [event.message for event in events if isinstance(event, Notice)]
    assert any("may be in m; --unit mm --scale 1000 makes that mm" in line for line in said)
    assert events[-1].result.mesh is made and events[-1].result.report["sizes"]["unit"] is None
    labelled = [e.message for e in repairing(made, mending_config(unit="mm")) if isinstance(e, Notice)]
    scaled = list(repairing(made, mending_config(unit="mm", scale=1000.0)))
    assert labelled == [] and not any(isinstance(e, Notice) for e in scaled)
    assert np.array_equal(scaled[-1].result.mesh.vertices, made.vertices * 1000.0)
    assert scaled[-1].result.mesh.unit == "mm"


def test_units_are_labelled_and_lengths_converted_when_asked():
    inches = box(1.0)
    found = sf.repair(inches, scale=25.4, unit="mm", voxel="1mm")
    assert found.mesh.unit == "mm" and found.report["remesh"]["voxel"] <= 1.0
    assert found.mesh.volume == pytest.approx(25.4**3, rel=0.02)
    assert "--scale 1000" in guess_of_unit([0.1, 0.2, 0.05]) and "--unit mm says so" in guess_of_unit([120.0, 3.0, 8.0])


def test_normals_stay_where_they_were_right():
    mesh = box()
    up = np.tile([0.0, 0.0, 1.0], (len(mesh.vertices), 1))
    faces = mesh.faces.copy()
    faces[3] = faces[3, ::-1]
    found = sf.repair(sf.Mesh(mesh.vertices, faces, normals=up))
    over = np.unique(faces[3])
    rest = np.setdiff1d(np.arange(len(up)), over)
    assert np.array_equal(found.mesh.normals[rest], up[rest])
    assert np.linalg.norm(found.mesh.normals[over], axis=1) == pytest.approx(1.0)


def test_the_default_output_has_the_suffix_of_the_input_where_that_can_be_written():
    names = {
        "a.STL": "a.repaired.stl",
        "b.gltf": "b.repaired.glb",
        "c.dae": "c.repaired.ply",
        "d.x.obj.gz": "d.x.repaired.obj",
    }
    assert {name: str(default_output(Path("in") / name)) for name in names} == names


def test_the_command_writes_the_mesh_its_marks_and_a_verdict_first(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    mesh = box()
    write(sf.Mesh(mesh.vertices, mesh.faces[1:], unit="mm"), "open.ply")
    assert main(["repair", "open.ply", "--marks", "marks.ply", "--max-invented", "0.01"]) == 7
    said = capsys.readouterr()
    assert said.out.startswith("closed, manifold, 1 body, 48 faces, 8 mm³; 1 hole closed (2.1 % of the surface")
    assert "hole closed: 1" in said.out and "patched #dc322f" in said.out
    assert "invented surface: expected at most 1 %, got 2.1 %" in said.err
    assert sf.read_mesh("open.repaired.ply").volume == pytest.approx(8.0)
    assert len(sf.read_mesh("marks.ply").faces) == 48
    assert main(["repair", "open.ply", "--json", "-q"]) == 0  # what is ours is replaced
    report = json.loads(capsys.readouterr().out)
    assert report["repairs"]["record"][0]["kind"] == "hole closed" and report["files"] == {"mesh": "open.repaired.ply"}


def test_the_command_refuses_in_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write(box(), "box.ply")
    Path("mine.ply").write_text("mine")
    assert main(["repair", "box.ply", "--mode", "keep", "--resolution", "64"]) == 2
    assert main(["repair", "box.ply", "-o", "mine.ply"]) == 6
    assert main(["repair", "box.ply", "-o", "box.ply"]) == 6
    assert main(["repair", "box.ply", "-o", "a.ply", "--marks", "a.ply"]) == 2
    assert main(["repair", "box.ply", "--marks", "a.stl"]) == 2
    assert main(["repair", "none.ply"]) == 3
    assert Path("mine.ply").read_text() == "mine"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["box.ply", "mine.ply"]
    assert len(capsys.readouterr().err.strip().splitlines()) == 6


def test_a_repair_loads_no_torch(tmp_path):
    write(box(), tmp_path / "box.ply")
    code = f"from shapefield.cli.main import main; main(['repair', {str(tmp_path / 'box.ply')!r}, '-q']); "
    code += "import sys; print([name for name in ('torch', 'open3d', 'PyQt6') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip() == "[]"


def test_a_mesh_of_which_a_part_vanished_is_not_ready_to_be_printed():
    speck = sf.Mesh(np.array([[3.0, 0, 0], [3.01, 0, 0], [3, 0.01, 0]]), [[0, 1, 2]])
    found = sf.repair(both(box(), speck))
    assert len(found.mesh.faces) == 48 and found.report["preservation"]["vanished_parts"] == 1
    assert found.report["reasons"] == ["1 part of the input vanished"] and not found.report["ready"]
    assert headline(found.report).endswith("not ready to print: 1 part of the input vanished")
