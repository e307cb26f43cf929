"""Files load as their users expect: what comes back is compared with closed forms, format by format."""

import base64
import io
import json
import struct
import zipfile

import numpy as np
import pytest

from shapefield.mesh.reading import read

POINTS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=float)
QUADS = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
TRIANGLES = QUADS[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3)


def cube_obj(face=lambda corners: " ".join(str(c + 1) for c in corners), polygons=QUADS, newline="\n"):
    lines = [f"v {x:g} {y:g} {z:g}" for x, y, z in POINTS] + [f"f {face(q)}" for q in polygons]
    return (newline.join(lines) + newline).encode()


def rows(table, before="", after=""):
    return "".join(before + " ".join(f"{x:g}" for x in row) + after + "\n" for row in table)


def save(folder, name, data):
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return folder / name


def assert_unit_cube(mesh):
    assert mesh.volume == pytest.approx(1.0) and mesh.face_areas.sum() == pytest.approx(6.0)
    assert len(mesh.vertices) == 8 and len(mesh.faces) == 12


# OBJ


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_obj_with_any_line_end(tmp_path, newline):
    assert_unit_cube(read(save(tmp_path, "cube.obj", cube_obj(newline=newline))))


@pytest.mark.parametrize(
    "face",
    [
        lambda q: " ".join(f"{c + 1}/{c + 1}" for c in q),
        lambda q: " ".join(f"{c + 1}//1" for c in q),
        lambda q: " ".join(f"{c + 1}/1/1" for c in q),
        lambda q: " ".join(str(c - 8) for c in q),
        lambda q: " ".join(f"{c - 8}/-1/-1" for c in q),
        lambda q: f"{q[0] + 1} {q[1] + 1}/1 {q[2] + 1}//1 {q[3] + 1}/1/1",
        lambda q: f"{q[0] + 1}/ {q[1] + 1}// {q[2] + 1}/1/ {q[3] + 1}",
        lambda q: "  ".join(str(c + 1) for c in q) + "  # a comment",
        lambda q: f"{q[0] + 1} {q[1] + 1} \\\n {q[2] + 1} {q[3] + 1}",
        lambda q: "\t".join(str(c + 1) for c in q) + "\t",
    ],
)
def test_obj_corners_in_every_spelling(tmp_path, face):
    head = b"# a comment\nmtllib missing.mtl\no thing\ng a b\ns 1\nvt 0 0\nvn 0 0 1\n"
    text = head + cube_obj(face)
    mesh = read(save(tmp_path, "cube.obj", text))
    assert_unit_cube(mesh)


def test_obj_negative_indices_count_from_where_they_stand(tmp_path):
    blocks = []
    for shift in (0, 10):
        blocks += [f"v {x + shift:g} {y:g} {z:g}" for x, y, z in POINTS]
        blocks += ["f " + " ".join(str(c - 8) for c in q) for q in QUADS]
    mesh = read(save(tmp_path, "two.obj", "\n".join(blocks) + "\n"))
    assert mesh.volume == pytest.approx(2.0) and mesh.bounds[1, 0] == 11


def test_obj_interleaved_lines_and_weights_and_byte_order_mark(tmp_path):
    text = "\ufeff" + "".join(f"  v {x:g} {y:g} {z:g} 1.0\nvn 0 0 1\nvt 0.5 0.5 0\n" for x, y, z in POINTS)
    text += "".join("f " + " ".join(f"{c + 1}/{c + 1}/{c + 1}" for c in q) + "\np 1\nl 1 2\n" for q in QUADS)
    assert_unit_cube(read(save(tmp_path, "cube.obj", text)))


def test_obj_vertex_colours(tmp_path):
    text = "".join(f"v {x:g} {y:g} {z:g} {x:g} {y:g} 0.2\n" for x, y, z in POINTS)
    text += "".join("f " + " ".join(str(c + 1) for c in q) + "\n" for q in QUADS)
    mesh = read(save(tmp_path, "cube.obj", text))
    np.testing.assert_array_equal(mesh.colors[:, 0], 255 * POINTS[:, 0])
    assert (mesh.colors[:, 2] == 51).all()


def test_obj_materials_and_missing_libraries(tmp_path):
    (tmp_path / "my colours.mtl").write_text("newmtl red\nKd 1 0 0\nnewmtl blue\nKd 0 0 1\n")
    lines = ["mtllib my colours.mtl"] + [f"v {x:g} {y:g} {z:g}" for x, y, z in POINTS]
    lines += ["usemtl red"] + ["f " + " ".join(str(c + 1) for c in q) for q in QUADS[:1]]
    lines += ["usemtl blue"] + ["f " + " ".join(str(c + 1) for c in q) for q in QUADS[1:2]]
    mesh = read(save(tmp_path, "cube.obj", "\n".join(lines) + "\n"))
    np.testing.assert_array_equal(mesh.colors[:4], [[255, 0, 0]] * 4)
    np.testing.assert_array_equal(mesh.colors[4:], [[0, 0, 255]] * 4)
    (tmp_path / "my colours.mtl").unlink()
    bare = read(tmp_path / "cube.obj")
    assert bare.colors is None and any("my colours.mtl" in notice for notice in bare.notices)


def picture():
    """2 x 2 pixels: red, green above blue, white."""
    from PIL import Image

    pixels = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]], dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def test_obj_texture_is_sampled_with_v_up(tmp_path):
    (tmp_path / "skin.png").write_bytes(picture())
    (tmp_path / "m.mtl").write_text("newmtl a\nKd 1 1 1\nmap_Kd -s 1 1 1 skin.png\n")
    text = "mtllib m.mtl\nusemtl a\nv 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 0 1\nf 1/1 2/2 3/3\n"
    mesh = read(save(tmp_path, "t.obj", text))
    np.testing.assert_array_equal(mesh.colors, [[0, 0, 255], [255, 255, 255], [255, 0, 0]])


def test_references_do_not_leave_the_folder(tmp_path):
    (tmp_path / "secret.mtl").write_text("newmtl a\nKd 1 0 0\n")
    (tmp_path / "inner").mkdir()
    for reference in (
        "../secret.mtl",
        str(tmp_path / "secret.mtl"),
        "http://localhost/secret.mtl",
        "a/../../secret.mtl",
    ):
        text = f"mtllib {reference}\nusemtl a\n".encode() + cube_obj()
        mesh = read(save(tmp_path / "inner", "cube.obj", text))
        assert mesh.colors is None and len(mesh.notices) == 1


def test_split_vertices_are_merged_only_where_that_closes_edges(tmp_path):
    soup = POINTS[TRIANGLES.reshape(-1)]
    text = "".join(f"v {x:g} {y:g} {z:g}\n" for x, y, z in soup)
    text += "".join(f"f {k + 1} {k + 2} {k + 3}\n" for k in range(0, 36, 3))
    mesh = read(save(tmp_path, "soup.obj", text))
    assert_unit_cube(mesh)
    assert any("merged 28 vertices" in notice for notice in mesh.notices)
    touching = np.concatenate([POINTS, POINTS + 1.0])
    text = "".join(f"v {x:g} {y:g} {z:g}\n" for x, y, z in touching)
    text += "".join("f " + " ".join(str(c + 1) for c in t) + "\n" for t in np.concatenate([TRIANGLES, TRIANGLES + 8]))
    assert len(read(save(tmp_path, "touching.obj", text)).vertices) == 16


# PLY


def ply_header(form, properties="property list uchar int vertex_indices", vertex="", faces=6):
    axes = "".join(f"property double {axis}\n" for axis in "xyz")
    head = f"ply\nformat {form} 1.0\ncomment x\nelement vertex 8\n"
    return f"{head}{axes}{vertex}element face {faces}\n{properties}\nend_header\n"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_ply_text(tmp_path, newline):
    body = "".join(f"{x:g} {y:g} {z:g}\n" for x, y, z in POINTS) + rows(QUADS, "4 ")
    assert_unit_cube(read(save(tmp_path, "cube.ply", (ply_header("ascii") + body).replace("\n", newline))))


@pytest.mark.parametrize(("form", "order"), [("binary_little_endian", "<"), ("binary_big_endian", ">")])
def test_ply_binary_of_either_endianness_with_mixed_polygons_and_extra_properties(tmp_path, form, order):
    properties = "property uchar flag\nproperty list uchar uint vertex_index\nproperty list ushort float texcoord"
    data = ply_header(form, properties, faces=7).encode() + POINTS.astype(order + "f8").tobytes()
    polygons = [*QUADS[:-1].tolist(), *TRIANGLES[-2:].tolist()]
    for q in polygons:
        data += struct.pack(f"{order}BB{len(q)}IH{len(q)}f", 7, len(q), *q, len(q), *([0.5] * len(q)))
    assert_unit_cube(read(save(tmp_path, "cube.ply", data)))


def test_ply_strips_alternate_their_winding(tmp_path):
    header = ply_header("ascii").replace("element face 6", "element tristrips 1")
    strip = [0, 1, 2, 3, 6, 7, 4, 5, 0, 1, -1, 1, 5, 3, 7, -1, 0, 2, 4, 6]
    body = "".join(f"{x:g} {y:g} {z:g}\n" for x, y, z in POINTS) + f"{len(strip)} " + " ".join(map(str, strip)) + "\n"
    assert_unit_cube(read(save(tmp_path, "cube.ply", header + body)))


def test_ply_colours_of_vertices_and_of_faces(tmp_path):
    rgb = "property uchar red\nproperty uchar green\nproperty uchar blue\n"
    body = "".join(f"{x:g} {y:g} {z:g} 10 20 30\n" for x, y, z in POINTS)
    faces = rows(QUADS, "4 ")
    mesh = read(save(tmp_path, "a.ply", ply_header("ascii", vertex=rgb) + body + faces))
    np.testing.assert_array_equal(mesh.colors, [[10, 20, 30]] * 8)
    plain = "".join(f"{x:g} {y:g} {z:g}\n" for x, y, z in POINTS)
    faces = rows(QUADS, "4 ", " 1 2 3")
    header = ply_header("ascii", "property list uchar int vertex_indices\n" + rgb.strip())
    np.testing.assert_array_equal(read(save(tmp_path, "b.ply", header + plain + faces)).colors, [[1, 2, 3]] * 8)


# STL


def stl_text(points=POINTS, faces=TRIANGLES, name="cube"):
    text = f"solid {name}\n"
    for face in faces:
        corners = rows(points[face], "  vertex ")
        text += f"facet normal 0 0 0\n outer loop\n{corners} endloop\nendfacet\n"
    return text + f"endsolid {name}\n"


def stl_binary(points=POINTS, faces=TRIANGLES, head=b"solid but binary"):
    data = head.ljust(80, b" ") + struct.pack("<I", len(faces))
    for face in faces:
        data += struct.pack("<12fH", 0, 0, 0, *points[face].reshape(-1), 0)
    return data


@pytest.mark.parametrize(
    "data", [stl_text(), stl_text().replace("\n", "\r\n"), stl_text().upper().lower(), stl_binary()]
)
def test_stl_is_welded_into_a_closed_cube(tmp_path, data):
    assert_unit_cube(read(save(tmp_path, "cube.stl", data)))


def test_stl_of_several_solids(tmp_path):
    mesh = read(save(tmp_path, "two.stl", stl_text() + stl_text(POINTS + 5, name="b")))
    assert mesh.volume == pytest.approx(2.0)


def test_stl_named_obj_is_read_as_stl_and_says_so(tmp_path):
    mesh = read(save(tmp_path, "cube.obj", stl_binary()))
    assert_unit_cube(mesh)
    assert "holds STL" in mesh.notices[0]


# OFF


def test_off_with_comments_counts_on_the_first_line_and_mixed_polygons(tmp_path):
    polygons = [*QUADS[:-1].tolist(), *TRIANGLES[-2:].tolist()]
    body = "".join(f"{x:g} {y:g} {z:g}\n" for x, y, z in POINTS)
    body += "".join(f"{len(q)} {' '.join(map(str, q))}\n" for q in polygons)
    for head in ("OFF\n# hello\n8 7 0\n\n", "OFF 8 7 0\n", "# first\nOFF\r\n8 7 13\r\n"):
        assert_unit_cube(read(save(tmp_path, "cube.off", head + body)))


def test_off_colours(tmp_path):
    body = "".join(f"{x:g} {y:g} {z:g} 10 20 30 255\n" for x, y, z in POINTS)
    body += rows(QUADS, "4 ")
    np.testing.assert_array_equal(read(save(tmp_path, "c.off", "COFF\n8 6 0\n" + body)).colors, [[10, 20, 30]] * 8)
    body = "".join(f"{x:g} {y:g} {z:g}\n" for x, y, z in POINTS)
    body += rows(QUADS, "4 ", " 1.0 0.0 0.0")
    np.testing.assert_array_equal(read(save(tmp_path, "f.off", "OFF\n8 6 0\n" + body)).colors, [[255, 0, 0]] * 8)


# glTF


def gltf(points=POINTS, faces=TRIANGLES, external=False, **changes):
    data = points.astype("<f4").tobytes() + faces.astype("<u2").tobytes()
    uri = "cube data.bin" if external else "data:application/octet-stream;base64," + base64.b64encode(data).decode()
    size = points.size * 4
    tree = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": len(points), "type": "VEC3"},
            {"bufferView": 1, "componentType": 5123, "count": faces.size, "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": size},
            {"buffer": 0, "byteOffset": size, "byteLength": faces.size * 2},
        ],
        "buffers": [{"byteLength": len(data), "uri": uri}],
    }
    tree.update(changes)
    return json.dumps(tree), data


def test_gltf_with_data_uri_and_with_a_file_beside(tmp_path):
    assert_unit_cube(read(save(tmp_path, "a.gltf", gltf()[0])))
    text, data = gltf(external=True)
    save(tmp_path, "cube data.bin", data)
    assert_unit_cube(read(save(tmp_path, "b.gltf", text.replace("cube data", "cube%20data"))))


def test_gltf_nodes_move_turn_scale_and_mirror(tmp_path):
    half = np.sqrt(0.5)
    nodes = [
        {"children": [1, 2], "translation": [10, 0, 0]},
        {"mesh": 0, "scale": [2, 2, 2], "rotation": [0, 0, half, half]},
        {"mesh": 0, "matrix": [-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 5, 0, 0, 1]},
    ]
    mesh = read(save(tmp_path, "a.gltf", gltf(nodes=nodes)[0]))
    assert mesh.volume == pytest.approx(8 + 1)
    np.testing.assert_allclose(mesh.bounds, [[8, 0, 0], [15, 2, 2]], atol=1e-6)


def test_gltf_split_seams_are_closed_again(tmp_path):
    soup = POINTS[TRIANGLES.reshape(-1)]
    assert_unit_cube(read(save(tmp_path, "a.gltf", gltf(soup, np.arange(36).reshape(-1, 3))[0])))


def test_gltf_material_colour_is_shown_as_srgb(tmp_path):
    materials = [{"pbrMetallicRoughness": {"baseColorFactor": [1.0, 0.0, 0.21586050, 1.0]}}]
    meshes = [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}]
    mesh = read(save(tmp_path, "a.gltf", gltf(materials=materials, meshes=meshes)[0]))
    np.testing.assert_array_equal(mesh.colors, [[255, 0, 128]] * 8)


def test_gltf_strips_fans_and_unindexed(tmp_path):
    fan = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], dtype=float)
    for mode, area in ((6, 1.0), (5, 1.0), (4, 0.5)):
        points = fan[[0, 1, 3, 2]] if mode == 5 else fan
        meshes = [{"primitives": [{"attributes": {"POSITION": 0}, "mode": mode}]}]
        mesh = read(save(tmp_path, "a.gltf", gltf(points, np.zeros((1, 3), int), meshes=meshes)[0]))
        assert mesh.face_vectors[:, 2].sum() / 2 == pytest.approx(area)


# 3MF

CORE = 'xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"'


def cube_xml(paint=""):
    points = "".join(f'<vertex x="{x:g}" y="{y:g}" z="{z:g}"/>' for x, y, z in POINTS)
    faces = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}"{paint}/>' for a, b, c in TRIANGLES)
    return f"<mesh><vertices>{points}</vertices><triangles>{faces}</triangles></mesh>"


def threemf(folder, parts, name="cube.3mf"):
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in parts.items():
            archive.writestr(part, text)
    return folder / name


def test_3mf_unit_transforms_components_and_colours(tmp_path):
    text = f"""<?xml version="1.0"?><model unit="inch" {CORE}><resources>
        <basematerials id="9"><base name="r" displaycolor="#FF000080"/>
        <base name="g" displaycolor="#00FF00"/></basematerials>
        <object id="1" pid="9" pindex="0">{cube_xml(' pid="9" p1="1"')}</object>
        <object id="2"><components><component objectid="1"/>
            <component objectid="1" transform="-2 0 0 0 2 0 0 0 2 10 0 0"/></components></object></resources>
        <build><item objectid="2" transform="1 0 0 0 1 0 0 0 1 0 0 5"/></build></model>"""
    mesh = read(threemf(tmp_path, {"3D/3dmodel.model": text}))
    assert mesh.unit == "in" and mesh.volume == pytest.approx(9.0)
    np.testing.assert_allclose(mesh.bounds, [[0, 0, 5], [10, 2, 7]])
    assert (mesh.colors == [0, 255, 0]).all()


def test_3mf_with_objects_in_another_part(tmp_path):
    production = 'xmlns:p="http://schemas.microsoft.com/3dmanufacturing/production/2015/06"'
    root = f"""<model {CORE} {production}><resources><object id="2"><components>
        <component objectid="1" p:path="/3D/Objects/o.model"/></components></object></resources>
        <build><item objectid="2"/></build></model>"""
    inner = f'<model {CORE}><resources><object id="1">{cube_xml()}</object></resources><build/></model>'
    relations = (
        '<Relationships><Relationship Target="/3D/main.model" Type="http://schemas.microsoft.com/'
        '3dmanufacturing/2013/01/3dmodel"/></Relationships>'
    )
    parts = {"3D/Objects/o.model": inner, "3D/main.model": root, "_rels/.rels": relations}
    mesh = read(threemf(tmp_path, parts))
    assert_unit_cube(mesh)
    assert mesh.unit == "mm"
