"""Small mesh files in every dialect that was met or is thought of: good ones, odd ones, and ones that lie.

Every file is the box of `mesh.test_mesh_odd_files` or a part of it. Nothing here says what a file must give: that it
gives a mesh or one line is the point.
"""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import itertools
import json
import lzma
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from mesh import mutation
from mesh import test_mesh_odd_files as odd
from mesh import test_mesh_scenes as scenes
from mesh.test_mesh_odd_files import FACES, OBJ, OFF, PLY, POINTS, STL, binary_off, binary_stl

Seed = tuple[str, bytes]


def seeds(folder: Path) -> list[Seed]:
    """(suffix, bytes) of them all."""
    made = [*mutation.seeds(folder), *_of_the_tests(), *_stl(), *_obj(), *_off(), *_ply(), *_gltf(), *_threemf()]
    return [*made, *_scenes(folder), *_packed(), *_foreign()]


def _of_the_tests() -> Iterator[Seed]:
    """What the tests of odd files are parametrised with."""
    for test, suffix in (
        (odd.test_ascii_stl, "stl"), (odd.test_binary_stl, "stl"), (odd.test_obj, "obj"), (odd.test_ply, "ply"),
        (odd.test_off, "off"),
    ):  # fmt: skip
        for given, _ in test.pytestmark[0].args[1]:  # type: ignore[attr-defined]
            yield suffix, given if isinstance(given, bytes) else given.encode()


def _stl() -> Iterator[Seed]:
    for head, count, tail in itertools.product((b"", b"solid x", b"COLOR=abcd"), (0, 11, 12, 2**32 - 1), (b"", b"\n")):
        yield "stl", binary_stl(head, count, tail)
    yield "stl", binary_stl(shift=4.5e6)
    yield "stl", b"solid a\nendsolid a\n" + STL.encode()
    yield "stl", STL.replace("vertex", "normal", 1).encode()


def _obj() -> Iterator[Seed]:
    yield "obj", OBJ.encode("utf-16")
    yield "obj", OBJ.replace("f ", "f -8 -7 -6\nf ", 1).encode()
    yield "obj", OBJ.replace("\n", " 0.1 0.2 0.3\n", 8).encode()
    yield (
        "obj",
        ("mtllib a.mtl\nvt 0 0\n" + "".join(f"usemtl m{k % 7}\nf 1/1 2/1 3/1\n" for k in range(60))).encode() + b"",
    )
    yield "obj", ("mtllib a.mtl b.mtl\n" + OBJ + "usemtl x\\\nf 1 2 3\n").encode()
    generator = np.random.default_rng(0)
    for corners in (5, 40, 300):  # polygons that cross themselves
        points = "".join(f"v {x:.3f} {y:.3f} 0\n" for x, y in generator.random((corners, 2)))
        yield "obj", (points + "f " + " ".join(map(str, range(1, corners + 1))) + "\n").encode()
    for corner in ("{0}/{0}", "{0}//{0}", "{0}/{0}/{0}", "{0}.0", "{0}/"):
        faces = "".join("f " + " ".join(corner.format(k + 1) for k in face) + "\n" for face in FACES)
        yield "obj", (OBJ[: OBJ.index("f ")] + "vt 0.5 0.5\nvn 0 0 1\n" * 8 + faces).encode()
    for kind in (
        "l 1 2 3\n",
        "p 1\n",
        "curv 0 1 1 2\n",
        "s off\n",
        "o a b\n",
        "vp 0.1\n",
        "f\n",
        "v\n",
        "vt\n",
        "#\\\n",
    ):
        yield "obj", (kind + OBJ).encode()


def _off() -> Iterator[Seed]:
    for prefix, row in (("C", " 0.1 0.2 0.3 1"), ("C", " 9 9 9"), ("N", " 0 0 1"), ("CN", " 0 0 1 9 9 9 9"), ("ST", " 0 1"),
                        ("4", " 1"), ("STCN4", " 1 0 0 1 1 9 9 9 9 0 0")):  # fmt: skip
        rows = "".join(f"{x} {y} {z}{row}\n" for x, y, z in POINTS)
        yield "off", (prefix + OFF.replace(odd.ROWS, rows)).encode()
    for color in (" 255 0 0", " 0.1 0.2 0.3 1", " 3", " 9 9"):
        yield "off", OFF.replace(odd.TRIANGLES, odd.TRIANGLES.replace("\n", color + "\n")).encode()
    for counts in (
        "nan 1 0",
        "inf 1 0",
        "8 1e18 0",
        "9" * 40 + " 1 0",
        "8.0 12.0 0",
        "-8 12 0",
        "8",
        "0 0 0",
        "8 12 30",
    ):
        yield "off", OFF.replace("8 12 0", counts).encode()
    yield "off", OFF.replace("3 0 1 3", "3 0 1 " + "9" * 170).encode()
    yield "off", OFF.replace("3 0 1 3", "9" * 30 + " 0 1").encode()
    for head in (b"COFF BINARY\n", b"4OFF BINARY\n", b"nOFF BINARY\n"):
        yield "off", head + binary_off(">")[11:]


def _ply() -> Iterator[Seed]:
    """Every form with every type of index, length and coordinate; lists of floats, strips, colours, more elements."""
    head = PLY[: PLY.index("end_header")]
    codes = {"uchar": "B", "int": "i", "ushort": "H", "float": "f", "char": "b", "uint": "I", "double": "d"}
    for form, order in (("binary_little_endian", "<"), ("binary_big_endian", ">")):
        for length, index in itertools.product(("uchar", "int", "float", "ushort"), ("int", "uchar", "uint", "float")):
            text = head.replace("ascii", form).replace("list uchar int", f"list {length} {index}") + "end_header\n"
            body = np.array(POINTS, order + "f4").tobytes()
            rows = [struct.pack(f"{order}{codes[length]}3{codes[index]}", 3, *face) for face in FACES]
            yield "ply", text.encode() + body + b"".join(rows)
            mixed = [*rows[:-1], struct.pack(f"{order}{codes[length]}4{codes[index]}", 4, 0, 1, 3, 2)]
            yield "ply", text.encode() + body + b"".join(mixed)
    for length, index in itertools.product(codes, codes):
        yield "ply", PLY.replace("list uchar int", f"list {length} {index}").encode()
    for word in ("nan", "inf", "-1", "1e30", "2.5"):
        yield "ply", PLY.replace("3 0 1 3", f"{word} 0 1 3").encode()
        data = head.replace("ascii", "binary_little_endian").replace("uchar int", "float int") + "end_header\n"
        lie = struct.pack("<f3i", float(word), 0, 1, 3)
        yield "ply", data.encode() + np.array(POINTS, "<f4").tobytes() + lie * 12
    strips = head.replace("element face 12", "element tristrips 1") + "end_header\n" + odd.ROWS
    yield "ply", (strips + "9 0 1 3 2 -1 4 6 7 5\n").encode()
    yield "ply", PLY.replace("property float x", "property list uchar float x").encode()
    yield "ply", PLY.replace("element face", "element edge 2\nproperty int a\nelement face").encode()
    yield "ply", PLY.replace("element vertex 8", "element vertex 99999999999").encode()
    for kind, value in (("uchar", "9"), ("ushort", "32896"), ("float", "0.5"), ("int", "200")):
        colors = "".join(f"property {kind} {name}\n" for name in ("red", "green", "blue")) + "element face"
        rows = odd.ROWS.replace("\n", f" {value} {value} {value}\n")
        yield "ply", PLY.replace("element face", colors).replace(odd.ROWS, rows).encode()


def tree(**changes: Any) -> dict[str, Any]:
    """A glTF of one box: positions, indices, and what the changes say."""
    data = np.array(POINTS, "<f4").tobytes() + np.array(FACES, "<u2").tobytes()
    made: dict[str, Any] = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5123, "count": 36, "type": "SCALAR"},
        ],
        "bufferViews": [{"buffer": 0, "byteLength": 96}, {"buffer": 0, "byteOffset": 96, "byteLength": 72}],
        "buffers": [{"byteLength": len(data), "uri": "data:;base64," + base64.b64encode(data).decode()}],
    }
    return made | changes


def _gltf() -> Iterator[Seed]:
    first = {"bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3"}
    second = {"bufferView": 1, "componentType": 5123, "count": 36, "type": "SCALAR"}
    primitive = {"attributes": {"POSITION": 0}, "indices": 1}
    skin = {"joints": [1], "inverseBindMatrices": 2}
    matrix = {"bufferView": 0, "componentType": 5126, "count": 1, "type": "MAT4"}
    instancing = {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": 0, "SCALE": 0}}}
    draco = {"KHR_draco_mesh_compression": {"bufferView": 0, "attributes": {"POSITION": 0}}}
    png = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYGAAAAAEAAH2FzhVAAAAAElFTkSuQmCC"
    variants: list[dict[str, Any]] = [
        {},
        *({"meshes": [{"primitives": [primitive | {"mode": mode}]}]} for mode in range(8)),
        *({"accessors": [first, second | {"componentType": kind, "count": 12}]} for kind in (5120, 5121, 5122, 5125, 5126)),
        *({"nodes": [{"mesh": 0, key: value}]} for key, value in (
            ("matrix", [1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 5, 0, 0, 1]), ("rotation", [0, 0, 1, 0]), ("scale", [0, -1, 2]),
            ("children", 5), ("children", None), ("weights", [0.5]), ("skin", 0), ("extensions", instancing),
            ("extensions", {"KHR_node_visibility": {"visible": False}}), ("mesh", None), ("camera", 0))),
        *({"bufferViews": [{"buffer": 0, "byteLength": 96, "byteStride": s}, {"buffer": 0, "byteOffset": 96, "byteLength": 72}]}
          for s in (0, 4, 12, 16, 1e20, -1, "x")),
        {"meshes": [{"primitives": [primitive | {"targets": [{"POSITION": 0}]}], "weights": [0.5]}]},
        {"nodes": [{"mesh": 0, "skin": 0}, {"translation": [5, 0, 0]}], "skins": [skin], "accessors": [first, second, matrix],
         "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "JOINTS_0": 0, "WEIGHTS_0": 0}, "indices": 1}]}]},
        {"nodes": [{"mesh": 0, "extensions": instancing}], "extensionsUsed": ["EXT_mesh_gpu_instancing"]},
        {"meshes": [{"primitives": [primitive | {"extensions": draco}]}], "extensionsRequired": ["KHR_draco_mesh_compression"]},
        {"meshes": [{"primitives": [primitive | {"extensions": draco}]}], "extensionsUsed": ["KHR_draco_mesh_compression"]},
        {"bufferViews": [{"buffer": 0, "byteLength": 96, "extensions": {"EXT_meshopt_compression": {
            "buffer": 0, "byteLength": 96, "byteStride": 12, "count": 8, "mode": "ATTRIBUTES"}}},
            {"buffer": 0, "byteOffset": 96, "byteLength": 72}], "extensionsRequired": ["EXT_meshopt_compression"]},
        *({"extensionsRequired": [name]} for name in ("KHR_texture_basisu", "KHR_materials_transmission", {"a": 1}, 5, "x")),
        {"accessors": [first | {"sparse": {"count": 1, "indices": {"bufferView": 1, "componentType": 5123},
                                           "values": {"bufferView": 0}}}, second]},
        {"materials": [{"pbrMetallicRoughness": {"baseColorFactor": [1, 0, 0, 1], "baseColorTexture": {"index": 0}}}],
         "textures": [{"source": 0}], "images": [{"uri": png}],
         "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 0, "COLOR_0": 0}, "material": 0}]}]},
        {"images": [{"bufferView": 0, "mimeType": "image/png"}] * 40, "textures": [{"source": k} for k in range(40)]},
        {"scenes": None, "scene": None, "nodes": [{"children": [1]}, {"children": [2]}, {"mesh": 0}]},
        {"nodes": [{"children": [k + 1, k + 1]} for k in range(25)] + [{"mesh": 0}]},
        {"nodes": [{"children": list(range(1, 300))}, *[{"mesh": 0}] * 299]},
        {"asset": {"version": "2.0", "minVersion": "2.1"}},
    ]  # fmt: skip
    for changes in variants:
        text = json.dumps(tree(**changes))
        yield "gltf", text.encode()
    yield "gltf", json.dumps(tree()).replace('"count": 8', '"count": ' + "9" * 5000).encode()
    blob = np.array(POINTS, "<f4").tobytes() + np.array(FACES, "<u2").tobytes()
    for changes in variants:
        text = json.dumps(tree(**{"buffers": [{"byteLength": len(blob)}]} | changes)).encode()
        text += b" " * (-len(text) % 4)
        body = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(blob), 0x004E4942) + blob
        yield "glb", struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


def zipped(**parts: str) -> bytes:
    """A zip archive of text; `__` in a name is a slash, `_dot_` a point."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), text)
    return file.getvalue()


def _threemf() -> Iterator[Seed]:
    spaces = (
        'xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02" '
        'xmlns:p="http://schemas.microsoft.com/3dmanufacturing/production/2015/06" '
        'xmlns:m="http://schemas.microsoft.com/3dmanufacturing/material/2015/02" '
        'xmlns:b="http://schemas.microsoft.com/3dmanufacturing/beamlattice/2017/02"'
    )
    vertices = "".join(f'<vertex x="{x}" y="{y}" z="{z}"/>' for x, y, z in POINTS)
    rows = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in FACES)
    beams = '<b:beamlattice radius="1" minlength="0.1"><b:beams><b:beam v1="0" v2="1"/></b:beams></b:beamlattice>'
    mesh = f"<mesh><vertices>{vertices}</vertices><triangles>{rows}</triangles></mesh>"
    two = mesh.replace("</triangles>", rows + "</triangles>")
    path = 'p:path="/3D/Objects/a.model"'
    many = "".join(f'<component {path} objectid="{k}" transform="1 0 0 0 1 0 0 0 1 {9 * k} 0 0"/>' for k in range(10))
    objects = "".join(f'<object id="{k}" type="model">{mesh}</object>' for k in range(10))
    volume = '<volume firstid="{0}" lastid="{1}"><metadata type="volume" key="volume_type" value="{2}"/></volume>'
    models: list[tuple[str, str, dict[str, str]]] = [
        (f'<object id="1">{mesh}</object>', '<item objectid="1"/>', {}),
        (f'<object id="1">{mesh}</object>', '<item objectid="1"/>' * 30, {}),
        (f'<object id="1">{mesh}</object>', '<item objectid="1" printable="0"/>', {}),
        (f'<object id="1" type="support">{mesh}</object>', '<item objectid="1"/>', {}),
        (f'<object id="1">{mesh.replace("</mesh>", beams + "</mesh>")}</object>', '<item objectid="1"/>', {}),
        (f'<object id="1" pid="9" pindex="0">{mesh}</object><basematerials id="9"><base name="a" displaycolor="#FF0000"/>'
         "</basematerials>", '<item objectid="1"/>', {}),
        (f'<m:colorgroup id="9"><m:color color="#00FF00FF"/></m:colorgroup><object id="1" pid="9" pindex="0">{mesh}</object>',
         '<item objectid="1"/>', {}),
        (f'<object id="7"><components>{many}</components></object>', '<item objectid="7"/>',
         {"3D__Objects__a_dot_model": f"<model {spaces}><resources>{objects}</resources><build/></model>"}),
        ("", f'<item {path} objectid="1"/><item {path} objectid="1" transform="1 0 0 0 1 0 0 0 1 9 0 0"/>',
         {"3D__Objects__a_dot_model": f"<model {spaces}><resources>{objects}</resources><build/></model>"}),
        ("".join(f'<object id="{k}"><components><component objectid="{k + 1}"/><component objectid="{k + 1}"/></components>'
                 "</object>" for k in range(2, 30)) + f'<object id="30">{mesh}</object>', '<item objectid="2"/>', {}),
        *((f'<object id="1">{two}</object>', '<item objectid="1"/>', {"Metadata__Slic3r_PE_model_dot_config":
           f'<config><object id="1">{volume.format(0, 11, "ModelPart")}{volume.format(12, 23, kind)}</object></config>'})
          for kind in ("NegativeVolume", "ParameterModifier", "SupportBlocker", "SupportEnforcer")),
        *((f'<object id="1">{mesh}</object><object id="2">{mesh}</object><object id="3"><components><component objectid="1"/>'
           '<component objectid="2"/></components></object>', '<item objectid="3"/>', {"Metadata__model_settings_dot_config":
           f'<config><object id="3"><part id="1" subtype="normal_part"/><part id="2" subtype="{kind}"/></object></config>'})
          for kind in ("normal_part", "negative_part", "modifier_part", "support_blocker")),
    ]  # fmt: skip
    for unit, (resources, build, parts) in itertools.product(("millimeter", "inch", "x"), models):
        text = f'<model unit="{unit}" {spaces}><resources>{resources}</resources><build>{build}</build></model>'
        yield "3mf", zipped(**{"3D__3dmodel_dot_model": text}, **parts)


def _scenes(folder: Path) -> Iterator[Seed]:
    geometry = scenes.GEOMETRY
    moved = "<matrix>1 0 0 10 0 1 0 0 0 0 1 0 0 0 0 1</matrix>"
    doubled = "".join(f'<node id="n{k}">' + f'<instance_node url="#n{k + 1}"/>' * 2 + "</node>" for k in range(6))
    texts = [
        scenes.collada(),
        scenes.collada(f"<node>{moved}{geometry}</node><node><scale>-1 1 1</scale><rotate>0 0 1 90</rotate>{geometry}</node>"),
        scenes.collada('<node><instance_node url="#n0"/></node>', doubled + f'<node id="n6">{geometry}</node>'),
        scenes.collada('<node><instance_controller url="#c"/></node>' + f"<node>{geometry}</node>"),
        scenes.collada(more='<polylist count="1"><input semantic="VERTEX" source="#vs" offset="0"/><vcount>4</vcount>'
                            "<p>0 1 3 2</p></polylist>"),
        scenes.collada(more='<polygons count="1"><input semantic="VERTEX" source="#vs" offset="0"/><p>0 1 3 2</p></polygons>'),
        scenes.collada(more='<tristrips count="1"><input semantic="VERTEX" source="#vs" offset="0"/><p>0 1 2 3</p></tristrips>'),
        scenes.collada(texture="../../x.png"),
    ]  # fmt: skip
    for text in texts:
        yield "dae", text.encode()
        yield "zae", zipped(manifest_dot_xml="<dae_root>a/m.dae</dae_root>", a__m_dot_dae=text)
    for given in (
        scenes.XAML,
        scenes.XAML.replace("#FF0A141E", "Red"),
        scenes.XAML.replace(' TriangleIndices="', ' a="'),
    ):
        yield "xaml", given.encode()
    for instances in (1, 3):
        yield "3dxml", scenes.product(folder, instances, image=b"%!PS").read_bytes()


def _packed() -> Iterator[Seed]:
    for suffix, text in (("stl", STL), ("obj", OBJ), ("ply", PLY), ("off", OFF)):
        for pack in (gzip, bz2, lzma):
            yield suffix, pack.compress(text.encode())
        for encoding in ("utf-16", "utf-16-be", "utf-8-sig", "utf-32"):
            yield suffix, text.encode(encoding)


def _foreign() -> Iterator[Seed]:
    """What is no mesh, under a mesh's name."""
    for data in (
        b"Kaydara FBX Binary  \x00", b"BLENDER-v300", b"ISO-10303-21;\nHEADER;", b"PXR-USDC\x00", b"#usda 1.0\n",
        b"1 2 3\n4 5 6\n7 8 9\n", b"x,y,z\n1,2,3\n", b"<svg/>", b"<?xml version='1.0'?><amf/>", b"{}", b"%!PS\n", b"G28\nG1 X0\n",
        b"x".ljust(72) + b"S      1\n", b"0\nSECTION\n", b"# .PCD v0.7\nVERSION 0.7\nFIELDS x y z\n", b"LASF", b"\x89HDF\r\n",
        zipped(scene_dot_usdc="PXR-USDC"), zipped(a_dot_obj=OBJ), zipped(x="y"), zipped(word__document_dot_xml="<a/>"),
    ):  # fmt: skip
        yield "obj", data
