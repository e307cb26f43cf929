"""Every bad file is one line with its remedy, and loses nothing; odd but good ones load."""

import gzip
import importlib.util
import json
import struct
import sys
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shapefield.errors import InputError, ResourceError, ShapefieldError
from shapefield.machine import memory
from shapefield.mesh.model import Mesh
from shapefield.mesh.reading import read
from shapefield.mesh.writing import write

spec = importlib.util.spec_from_file_location("mutation", Path(__file__).with_name("mutation.py"))
assert spec is not None and spec.loader is not None
mutation = importlib.util.module_from_spec(spec)
sys.modules["mutation"] = mutation
spec.loader.exec_module(mutation)

TETRAHEDRON = Mesh([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], [[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]])
OBJ = b"v 1 1 1\nv 1 -1 -1\nv -1 1 -1\nv -1 -1 1\nf 1 2 3\nf 1 4 2\nf 1 3 4\nf 2 4 3\n"
FORMATS = ["ply", "obj", "stl", "off", "glb", "3mf"]


def refused(path, pattern, kind=InputError):
    with pytest.raises(kind, match=pattern) as caught:
        read(path)
    message = str(caught.value)
    assert "\n" not in message and Path(path).name in message and len(message) < 400
    assert caught.value.exit_code in (3, 4)


def save(folder, name, data):
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return folder / name


def test_a_missing_file_names_the_one_that_was_meant(tmp_path):
    save(tmp_path, "bunny.obj", OBJ)
    save(tmp_path, "buny.field.lock", "")  # nearer, but no mesh
    refused(tmp_path / "buny.obj", r"no such file.*there is bunny\.obj")
    refused(tmp_path / "none" / "buny.obj", "no such file.*no folder")


def test_a_directory_even_one_named_obj(tmp_path):
    (tmp_path / "dir.obj").mkdir()
    refused(tmp_path / "dir.obj", "got a folder")


@pytest.mark.parametrize("suffix", [*FORMATS, "gltf", "xyz"])
def test_an_empty_file(tmp_path, suffix):
    refused(save(tmp_path, f"m.{suffix}", b""), "empty file")


def test_an_unreadable_file(tmp_path):
    path = save(tmp_path, "m.obj", OBJ)
    path.chmod(0)
    try:
        path.read_bytes()
    except PermissionError:
        refused(path, "permission denied")
    refused("with a nul \x00.obj", "readable file|no such file")


def test_a_pipe_is_not_waited_for(tmp_path):
    import os

    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "m.obj")
        refused(tmp_path / "m.obj", "pipe")


@pytest.mark.parametrize("suffix", ["ply", "stl", "off", "glb", "3mf"])
@pytest.mark.parametrize("keep", [0.98, 0.9, 0.7, 0.5])
def test_a_truncated_file_says_so(tmp_path, suffix, keep):
    write(TETRAHEDRON, tmp_path / f"whole.{suffix}")
    data = (tmp_path / f"whole.{suffix}").read_bytes()
    refused(save(tmp_path, f"m.{suffix}", data[: int(keep * len(data)) - 1]), "cut short")


def test_truncated_text_files_say_so(tmp_path):
    refused(save(tmp_path, "m.obj", OBJ[:-4]), r"3 corners or more for face 4, got 1.*cut short")
    claims = b"# Vertices: 4\n# Faces: 4\n" + OBJ[:-8]
    refused(
        save(tmp_path, "m.obj", b"# made by shapefield\n" + claims), "4 faces as its comment says, got 3.*cut short"
    )
    assert "counts 4 faces, the file has 3" in read(save(tmp_path, "m.obj", claims)).notices[0]
    assert "no end" in read(save(tmp_path, "m.obj", OBJ[:-1])).notices[0]
    text = "solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\n"
    assert "no 'endsolid'" in read(save(tmp_path, "m.stl", text)).notices[0]
    refused(save(tmp_path, "m.stl", text[: text.rfind("vertex")]), "3 vertices in each of 1 facets, got 2.*cut short")


@pytest.mark.parametrize(
    ("data", "pattern"),
    [
        (b"<!DOCTYPE html><html><body>404</body></html>", "web page: download"),
        (b"\n<html>v 1 2 3</html>", "web page"),
        (gzip.compress(OBJ, mtime=0)[:-9], "damaged one.*ends before"),
        (gzip.compress(b"OFF " + bytes(80 << 20), mtime=0), "gzip bomb"),
        (b"Kaydara FBX Binary  \x00", "FBX"),
        (b"BLENDER-v300", "Blender"),
        (b"ISO-10303-21;", "STEP"),
        (b'<?xml version="1.0"?><COLLADA>', "sound XML"),
        (b"PXR-USDC\x00\x08", "a USD scene"),
        (b"x".ljust(72) + b"S      1\n", "an IGES model: export"),
        (b'<?xml version="1.0"?>\n<!-- a --><svg xmlns="x"/>', "an SVG drawing"),
        (b'<?xml version="1.0"?><amf unit="mm"/>', "an AMF model"),
        (b"0\nSECTION\n2\nHEADER\n", "DXF"),
        (b"1 2 3\n4 5 6\n", "as a point cloud has"),
        (b"2\n1 2 3 9 9 9\n4 5 6 9 9 9\n", "as a point cloud has"),
        (b"x,y,z\n1,2,3\n4,5,6\n", "as a point cloud has"),
        (b"; sliced\nG28\nG1 X0\n", "G-code"),
        (b"; made by X\n" + b"no code\n" * 400, "text that begins '; made by X"),  # each line once, not in every way
        (b"<?xml?>" + b"<!---->" * 400 + b"<a/>", "an XML document"),
        (b"<?xml?>" + b"<!--> -->" * 30 + b"<svg/>", "an SVG drawing"),
        (b"BM" + bytes(90), "a picture"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:x", "Git LFS"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b'{"a": 1}', "JSON"),
        (bytes(range(256)) * 8, "unknown binary data"),
        (b"hello world", "text that begins 'hello world'"),
    ],
)
@pytest.mark.parametrize("suffix", ["obj", "ply", "stl"])
def test_something_else_under_a_mesh_name_is_named(tmp_path, data, pattern, suffix):
    if suffix == "stl" and data[:1] == b"\x00":
        pattern = "cut short"
    if suffix == "stl" and data[:2] == b"BM":
        pattern = "expected vertices"  # what stands in the first 80 bytes is free: a binary STL without triangles
    refused(save(tmp_path, f"m.{suffix}", data), pattern)


@pytest.mark.parametrize(
    ("inner", "pattern"),
    [
        ("a/Bunny.OBJ", r"a zip archive: unpack it, and name a/Bunny\.OBJ"),
        ("readme", "a zip archive without a mesh"),
        ("scene.usdc", "a USDZ scene: export it as GLB"),
        ("[Content_Types].xml", "an office document"),
        ("Document.xml", "a FreeCAD document"),
    ],
)
def test_what_a_zip_archive_holds_is_named(tmp_path, inner, pattern):
    with zipfile.ZipFile(tmp_path / "m.obj", "w") as archive:
        archive.writestr(inner, OBJ)
    refused(tmp_path / "m.obj", pattern)


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_under_every_name_loads(tmp_path, suffix):
    write(TETRAHEDRON, tmp_path / f"m.{suffix}")
    data = (tmp_path / f"m.{suffix}").read_bytes()
    for name in (*FORMATS, "txt"):
        assert read(save(tmp_path, f"renamed.{name}", data)).volume == pytest.approx(8 / 3)


def test_a_point_cloud_and_a_file_without_geometry(tmp_path):
    refused(save(tmp_path, "m.obj", "v 0 0 0\nv 1 0 0\n"), "point cloud of 2 points")
    header = (
        "ply\nformat ascii 1.0\nelement vertex 2\nproperty float x\nproperty float y\nproperty float z\nend_header\n"
    )
    refused(save(tmp_path, "m.ply", header + "0 0 0\n1 1 1\n"), "point cloud of 2 points")
    refused(save(tmp_path, "m.ply", header.replace("vertex 2", "vertex 0")), "expected vertices")
    refused(save(tmp_path, "m.off", "OFF\n0 0 0\n"), "expected vertices")
    refused(save(tmp_path, "m.gltf", json.dumps({"asset": {"version": "2.0"}})), "expected vertices")
    refused(save(tmp_path, "m.stl", "solid\nendsolid\n"), "expected vertices")
    refused(save(tmp_path, "m.stl", bytes(84)), "expected vertices")


@pytest.mark.parametrize("word", ["nan", "inf", "-inf", "1e400", "1e200"])
def test_vertices_that_are_not_finite(tmp_path, word):
    refused(save(tmp_path, "m.obj", OBJ.replace(b"v 1 -1", f"v {word} -1".encode())), "finite coordinates.*vertex 1: ")


def test_unreferenced_vertices_that_are_not_finite_are_left_out(tmp_path):
    mesh = read(save(tmp_path, "m.obj", b"v nan 0 0\n" + b"\n".join(OBJ.split(b"\n")[:4]) + b"\nf 2 3 4\nf 3 5 4\n"))
    assert len(mesh.vertices) == 4 and "not finite" in mesh.notices[0]


def test_indices_out_of_range_name_face_and_vertex(tmp_path):
    refused(save(tmp_path, "m.obj", OBJ + b"f 1 2 900\n"), "face 5 refers to vertex 900, but the file has 4")
    refused(save(tmp_path, "m.obj", OBJ + b"f 1 2 0\n"), "face 5 refers to vertex 0")
    refused(save(tmp_path, "m.obj", OBJ + b"f 1 2 -9\n"), "face 5 refers to vertex -4")
    refused(save(tmp_path, "m.obj", OBJ + b"f 1 2 99999999999999999999999\n"), "face 5 refers to vertex")
    refused(save(tmp_path, "m.obj", OBJ + b"f 1 2 1.5\n"), "got '1.5'")
    refused(save(tmp_path, "m.off", "OFF\n3 2 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n3 0 1 7\n"), "vertex 7")
    refused(save(tmp_path, "m.off", "OFF\n3 2 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n4 0 1 2 -1\n"), "vertex -1")
    write(TETRAHEDRON, tmp_path / "m.ply")
    data = (tmp_path / "m.ply").read_bytes()
    refused(save(tmp_path, "m.ply", data[:-4] + struct.pack("<i", 900)), "face 3 refers to vertex 900")
    write(TETRAHEDRON, tmp_path / "m.glb")
    data = (tmp_path / "m.glb").read_bytes()
    refused(save(tmp_path, "m.glb", data[:-4] + struct.pack("<I", 900)), "vertex 900")


def test_faces_without_any_area(tmp_path):
    refused(save(tmp_path, "m.obj", "v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n"), "faces with an area, got 1 without")
    refused(
        save(tmp_path, "m.obj", "v 0 0 0\nv 1 0 0\nv 2 0 5\nf 1 2 2\nf 1 1 1\n"), "faces with an area, got 2 without"
    )
    refused(save(tmp_path, "m.obj", "v 5 5 5\nv 5 5 5\nv 5 5 5\nf 1 2 3\n"), "single point")


def test_words_that_are_no_numbers(tmp_path):
    refused(save(tmp_path, "m.obj", OBJ.replace(b"v 1 1 1", b"v 1 one 1")), "got 'one'")
    refused(save(tmp_path, "m.obj", OBJ.replace(b"v 1 1 1", b"v 1,5 1 1")), "got '1,5'")
    refused(save(tmp_path, "m.obj", OBJ.replace(b"f 1 2 3", b"f 1 2 x3")), "got 'x3'")
    refused(save(tmp_path, "m.obj", OBJ.replace(b"v 1 1 1", b"v 1 1")), "3 coordinates for vertex 1")


@pytest.mark.parametrize("scale", [1e-9, 1e9, 1e-30, 1e30])
@pytest.mark.parametrize("suffix", ["ply", "obj", "off", "3mf"])
def test_extreme_extents_load(tmp_path, scale, suffix):
    write(Mesh(TETRAHEDRON.vertices * scale, TETRAHEDRON.faces), tmp_path / f"m.{suffix}")
    assert read(tmp_path / f"m.{suffix}").volume == pytest.approx(8 / 3 * scale**3)


# Counts that lie: refused before anything of that size is allocated


LIES = [
    ("m.ply", b"ply\nformat binary_little_endian 1.0\nelement vertex 2000000000\nproperty float x\nproperty float y\n"
     b"property float z\nend_header\n" + bytes(100)),
    ("m.ply", b"ply\nformat ascii 1.0\nelement vertex 99999999999\nproperty float x\nend_header\n1 2 3\n"),
    ("m.ply", b"ply\nformat binary_little_endian 1.0\nelement face 1\nproperty list uint int vertex_indices\n"
     b"end_header\n\xff\xff\xff\xff\x00\x00"),
    ("m.stl", bytes(80) + b"\xff\xff\xff\x7f" + bytes(100)),
    ("m.off", b"OFF\n999999999999 999999999999 0\n0 0 0\n"),
    ("m.off", b"OFF\n1 1 0\n0 0 0\n99999999 0 0 0\n"),
    ("m.glb", b"glTF\x02\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xffJSON"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data"), LIES)
def test_a_lying_header_allocates_nothing(tmp_path, name, data):
    path = save(tmp_path, name, data)
    refused(path, "cut short")  # once to import what it needs
    tracemalloc.start()
    try:
        refused(path, "cut short")
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def gltf(**changes):
    tree = {
        "asset": {"version": "2.0"},
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "buffers": [{"byteLength": 36, "uri": "data:;base64," + "A" * 48}],
    }
    return json.dumps(tree | changes)


@pytest.mark.parametrize(
    ("changes", "pattern"),
    [
        ({"nodes": [{"children": [0]}], "scenes": [{"nodes": [0]}]}, "tree of nodes"),
        ({"nodes": [{"mesh": 9}]}, r"meshes\[9\]"),
        ({"accessors": [{"bufferView": 0, "componentType": 5126, "count": 10**12, "type": "VEC3"}]}, "cut short"),
        ({"accessors": [{"componentType": 5126, "count": 10**12, "type": "VEC3"}]}, "cut short"),
        ({"bufferViews": [{"buffer": 0, "byteOffset": -4, "byteLength": 36}]}, "cut short"),
        ({"buffers": [{"byteLength": 10**15, "uri": "data:;base64,AAAA"}]}, "cut short"),
        ({"buffers": [{"byteLength": 36, "uri": "../../../etc/passwd"}]}, "leads out of the folder"),
        ({"buffers": [{"byteLength": 36, "uri": "/etc/passwd"}]}, "leads out of the folder"),
        ({"buffers": [{"byteLength": 36, "uri": "file:///etc/passwd"}]}, "not a file in its folder"),
        ({"buffers": [{"byteLength": 36, "uri": "https://localhost/x.bin"}]}, "not a file in its folder"),
        (
            {"buffers": [{"byteLength": 36, "uri": "%2e%2e/%2e%2e/etc/passwd"}]},
            "leads out of the folder|not in the folder",
        ),
        ({"extensionsRequired": ["WEB3D_quantized_attributes"]}, "needs WEB3D_quantized_attributes: export it without"),
        ({"extensionsRequired": [{"a": 1}]}, "expected extensionsRequired to hold names"),
        ({"scenes": None, "nodes": [{"mesh": 0, "children": 5}]}, "expected a list of children, got 5"),
        ({"x": 10**4299}, "single point"),
        ({"asset": {"version": "1.0"}}, "expected glTF 2"),
        ({"nodes": [{"mesh": 0, "scale": [1, 2]}]}, "3 finite numbers"),
        ({"nodes": [{"mesh": 0, "scale": [True, "x", None]}]}, "3 finite numbers"),
        ({"nodes": "x", "meshes": {"a": 1}}, "point cloud of 3 points"),
    ],
)
def test_gltf_that_lies_loops_or_reaches_out(tmp_path, changes, pattern):
    refused(save(tmp_path, "m.gltf", gltf(**changes)), pattern)


def test_deeply_nested_json_is_refused(tmp_path):
    refused(save(tmp_path, "m.gltf", b'{"asset": {}, "x": ' + b"[" * 200_000), "damaged text")


def threemf(folder, text, part="3D/3dmodel.model"):
    with zipfile.ZipFile(folder / "m.3mf", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(part, text)
    return folder / "m.3mf"


def test_3mf_bombs_cycles_entities_and_holes(tmp_path):
    refused(threemf(tmp_path, b"<model>" + b" " * (80 << 20) + b"</model>"), "zip bomb")
    cycle = (
        "<model><resources><object id='1'><components><component objectid='1'/><component objectid='1'/></components>"
    )
    refused(threemf(tmp_path, cycle + "</object></resources><build><item objectid='1'/></build></model>"), "cycle")
    refused(threemf(tmp_path, '<!DOCTYPE a [<!ENTITY b "bbbb">]><model>&b;</model>'), "DTD")
    refused(threemf(tmp_path, "<model><build><item objectid='7'/></build></model>"), "expected object 7")
    refused(threemf(tmp_path, "<model><object/></model>"), "attribute 'id'")
    refused(threemf(tmp_path, "<model><object id='1'><vertex x='a' y='0' z='0'/></object></model>"), "expected numbers")
    refused(threemf(tmp_path, "<model>"), "sound XML")
    refused(threemf(tmp_path, "x", part="readme.txt"), "without one")


def test_a_huge_claim_of_memory_is_a_resource_error(tmp_path, monkeypatch):
    path = save(tmp_path, "m.obj", b"")
    with path.open("r+b") as file:
        file.truncate(1 << 30)  # sparse: takes no room
    monkeypatch.setattr(memory, "free_bytes", lambda: 1 << 30)
    refused(path, "GB of free memory", ResourceError)


@pytest.fixture(scope="module")
def valid_files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("seeds")
    return folder, mutation.seeds(folder)


def test_the_seeds_themselves_are_valid(valid_files):
    folder, files = valid_files
    from shapefield.mesh.decoding.source import FileBytes
    from shapefield.mesh.reading import decode

    assert {suffix for suffix, _ in files} == {*FORMATS, "gltf"}
    for suffix, data in files:
        assert len(decode(FileBytes(folder / f"m.{suffix}", data)).faces) >= 3


def test_mutated_files_give_a_mesh_or_one_line(valid_files):
    folder, files = valid_files
    generator = np.random.default_rng(20)
    others = [data for _, data in files]
    for _ in range(60):
        for suffix, data in files:
            case = mutation.mutate(data, generator, others)
            assert mutation.survives(folder, suffix, case) is None, case


BEGINNINGS = [b"", b"v 0 0 0\nf ", b"ply\nformat ascii 1.0\n", b"OFF\n", b"glTF\x02\x00\x00\x00", b"solid a facet "]
BEGINNINGS += [
    b"PK\x03\x04 3D/",
    b'{"asset":',
    b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1/",
    b"OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 ",
]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300), suffix=st.sampled_from([*FORMATS, "gltf"]), head=st.sampled_from(BEGINNINGS))
def test_arbitrary_bytes_give_one_line(tmp_path, data, suffix, head):
    assert mutation.survives(tmp_path, suffix, head + data) is None


def test_the_fuzzer_itself_can_fail(tmp_path, monkeypatch):
    def broken(source):
        raise IndexError("x")

    monkeypatch.setattr(mutation, "decode", broken)
    assert mutation.survives(tmp_path, "obj", OBJ) == "IndexError: x"
    monkeypatch.setattr(mutation, "decode", lambda source: (_ for _ in ()).throw(ShapefieldError("two\nlines")))
    assert "several lines" in mutation.survives(tmp_path, "obj", OBJ)
