"""Written meshes come back with the same triangles, colours and unit, as exactly as the format can hold."""

from dataclasses import replace

import numpy as np
import pytest

from shapefield.errors import InputError, OutputError, UsageError
from shapefield.mesh.model import Mesh
from shapefield.mesh.reading import read
from shapefield.mesh.writing import write
from shapefield.storage.mark import is_ours

FORMATS = ["ply", "obj", "stl", "off", "glb", "3mf"]


def tetrahedron(scale=1.0, shift=0.0):
    points = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], dtype=float) * scale / 3 + shift
    return Mesh(points, np.array([[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]]), name="tetrahedron")


def painted():
    colors = np.array([[255, 0, 0], [0, 255, 0], [12, 34, 56], [200, 100, 50]], dtype=np.uint8)
    mesh = tetrahedron()
    return replace(mesh, colors=colors, normals=mesh.vertices / np.linalg.norm(mesh.vertices, axis=1, keepdims=True))


@pytest.mark.parametrize("suffix", FORMATS)
def test_triangles_and_winding_survive(tmp_path, suffix):
    path = tmp_path / f"mesh with späces.{suffix}"
    write(painted(), path)
    back = read(path)
    np.testing.assert_allclose(back.triangles, painted().triangles, atol=1e-7)
    assert back.volume == pytest.approx(painted().volume, rel=1e-6) and back.volume > 0
    assert len(back.vertices) == 4 and is_ours(path)


@pytest.mark.parametrize("suffix", [s for s in FORMATS if s != "stl"])
def test_colours_survive_exactly(tmp_path, suffix):
    write(painted(), tmp_path / f"m.{suffix}")
    np.testing.assert_array_equal(read(tmp_path / f"m.{suffix}").colors, painted().colors)


def test_stl_says_that_it_drops_colours(tmp_path):
    assert any("colours" in notice for notice in write(painted(), tmp_path / "m.stl"))


@pytest.mark.parametrize("suffix", ["ply", "obj", "3mf"])
def test_the_unit_survives(tmp_path, suffix):
    write(replace(tetrahedron(), unit="cm"), tmp_path / f"m.{suffix}")
    assert read(tmp_path / f"m.{suffix}").unit == "cm"


def test_3mf_without_a_unit_says_which_it_wrote(tmp_path):
    (notice,) = write(tetrahedron(), tmp_path / "m.3mf")
    assert "millimetres" in notice


@pytest.mark.parametrize("suffix", ["ply", "obj", "off", "3mf"])
@pytest.mark.parametrize(("scale", "shift"), [(1e-9, 0), (1e9, 0), (1.0, 1e7), (1e-3, 1e7), (1e-100 * 1e5, 0)])
def test_far_and_tiny_meshes_keep_1e_5_of_their_extent(tmp_path, suffix, scale, shift):
    mesh = tetrahedron(scale, shift)
    write(replace(mesh, unit="mm"), tmp_path / f"m.{suffix}")
    moved = np.abs(read(tmp_path / f"m.{suffix}").triangles - mesh.triangles).max()
    assert moved <= 1e-5 * scale


@pytest.mark.parametrize("suffix", ["stl", "glb"])
def test_single_precision_formats_say_when_they_move_vertices(tmp_path, suffix):
    assert write(tetrahedron(), tmp_path / f"near.{suffix}") == ()
    (notice,) = write(tetrahedron(1.0, 1e7), tmp_path / f"far.{suffix}")
    assert "single precision" in notice and "\n" not in notice


def test_ply_takes_double_only_where_needed(tmp_path):
    write(tetrahedron(), tmp_path / "near.ply")
    write(tetrahedron(1.0, 1e7), tmp_path / "far.ply")
    assert b"property float x" in (tmp_path / "near.ply").read_bytes()
    assert b"property double x" in (tmp_path / "far.ply").read_bytes()


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_mesh_gives_the_same_bytes(tmp_path, suffix):
    write(painted(), tmp_path / f"a.{suffix}")
    write(painted(), tmp_path / f"b.{suffix}")
    assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()


@pytest.mark.parametrize("suffix", FORMATS)
def test_trimesh_reads_the_same_volume(tmp_path, suffix):
    trimesh = pytest.importorskip("trimesh")
    if suffix == "3mf":
        pytest.importorskip("lxml")
    write(painted(), tmp_path / f"m.{suffix}")
    other = trimesh.load(tmp_path / f"m.{suffix}", force="mesh")
    assert other.volume == pytest.approx(painted().volume, rel=1e-6)


def test_an_unknown_suffix_lists_the_formats(tmp_path):
    for name in ("m.fbx", "mesh"):
        with pytest.raises(UsageError, match=r"\.ply, \.obj"):
            write(tetrahedron(), tmp_path / name)


def test_a_mesh_without_faces_is_not_written(tmp_path):
    with pytest.raises(InputError, match="without faces"):
        write(Mesh(np.zeros((3, 3)), np.zeros((0, 3))), tmp_path / "m.ply")
    assert not (tmp_path / "m.ply").exists()


def test_somebody_elses_file_is_kept_without_force(tmp_path):
    path = tmp_path / "m.ply"
    path.write_bytes(b"precious")
    with pytest.raises(OutputError, match="--force"):
        write(tetrahedron(), path)
    assert path.read_bytes() == b"precious"
    write(tetrahedron(), path, force=True)
    write(tetrahedron(), path)


def test_a_mesh_of_ones_own_is_whole_or_refused():
    mesh = tetrahedron()
    for wrong, told in (
        ({"faces": [[0, 1, 4]]}, "expected faces of the 4 vertices .*, got one of vertex 4"),
        ({"faces": [[0, 1, -1]]}, "got one of vertex -1"),
        ({"colors": np.zeros((3, 3), np.uint8)}, r"expected colors \(4, 3\), got \(3, 3\)"),
        ({"normals": np.zeros((4, 2))}, r"expected normals \(4, 3\), got \(4, 2\)"),
    ):
        with pytest.raises(InputError, match=told):
            replace(mesh, **wrong)
    holed = replace(mesh, vertices=np.where(mesh.vertices > 0.3, np.nan, mesh.vertices))
    with pytest.raises(InputError, match="expected finite coordinates"):
        holed.similarity()


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("unit", ["µm", "Å", "mm\nelement vertex 9", "\udcff", "<script>"])
def test_a_unit_of_any_letters_is_written_and_adds_no_line(tmp_path, suffix, unit):
    shape = replace(tetrahedron(), unit=unit)
    write(shape, tmp_path / f"a.{suffix}")
    found = read(tmp_path / f"a.{suffix}")
    assert len(found.faces) == len(shape.faces)
    if unit == "µm" and suffix in ("ply", "obj", "3mf"):
        assert found.unit == "um"
