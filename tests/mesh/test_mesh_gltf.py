"""glTF: instances, hidden nodes, materials; what is too large is refused before it is made."""

import base64
import json
import struct
import zlib

import numpy as np
import pytest
from glbfiles import FACES, POINTS, Glb, box, refused

from shapefield.mesh.decoding import texture
from shapefield.mesh.reading import read


@pytest.mark.parametrize("how", ["extensionsUsed", "extensionsRequired"])
def test_instances_are_placed_within_their_node(tmp_path, how):
    made, _ = box()
    places = {
        "TRANSLATION": made.add([[0, 0, 0], [10, 0, 0], [20, 0, 0]]),
        "ROTATION": made.add([[0, 0, 0, 127]] * 3, "i1", normalized=True),
        "SCALE": made.add([[1, 1, 1], [2, 2, 2], [-1, 1, 1]]),
    }
    made.tree["nodes"] = [
        {"mesh": 0, "translation": [0, 0, 1], "extensions": {"EXT_mesh_gpu_instancing": {"attributes": places}}}
    ]
    found = read(made.save(tmp_path, **{how: ["EXT_mesh_gpu_instancing"]}))
    assert len(found.faces) == 36 and found.volume == pytest.approx(30 + 240 + 30)
    np.testing.assert_allclose(found.bounds, [[0, 0, 1], [20, 6, 11]], atol=1e-5)


def test_hidden_nodes_and_what_is_below_them_are_left_out_and_told(tmp_path):
    hide = {"KHR_node_visibility": {"visible": False}}
    nodes = [{"mesh": 0}, {"mesh": 0, "children": [2], "extensions": hide}, {"mesh": 0}]
    found = read(box()[0].save(tmp_path, nodes=nodes, scenes=[{"nodes": [0, 1]}]))
    assert len(found.faces) == 12 and found.notices == ("left out 2 hidden nodes with a mesh",)
    refused(box()[0].save(tmp_path, nodes=nodes, scenes=[{"nodes": [1]}]), "expected a visible mesh, got 2 hidden ones")


@pytest.mark.parametrize(
    "name",
    ["KHR_texture_basisu", "KHR_materials_transmission", "KHR_materials_variants", "ADOBE_materials_clearcoat_tint",
     "KHR_lights_punctual", "KHR_animation_pointer", "EXT_structural_metadata", "VRMC_materials_mtoon"],
)  # fmt: skip
def test_what_changes_no_triangle_never_refuses_one(tmp_path, name):
    assert read(box()[0].save(tmp_path, extensionsRequired=[name])).volume == pytest.approx(30)


def test_a_picture_of_a_kind_that_is_not_read_is_told(tmp_path):
    made, primitive = box(material=0)
    primitive["attributes"]["TEXCOORD_0"] = made.add(POINTS[:, :2])
    surface = {"baseColorFactor": [1, 0, 0, 1], "baseColorTexture": {"index": 0}}
    textures = [{"extensions": {"KHR_texture_basisu": {"source": 0}}}]
    found = read(made.save(tmp_path, materials=[{"pbrMetallicRoughness": surface}], textures=textures, images=[{}]))
    assert found.notices == ("texture left out: KHR_texture_basisu is not read",)
    np.testing.assert_array_equal(found.colors, [[255, 0, 0]] * 8)


def test_a_material_that_is_not_there_costs_the_colours_alone(tmp_path):
    found = read(box(material=7)[0].save(tmp_path))
    assert found.volume == pytest.approx(30) and "materials[7]" in found.notices[0]


def test_colours_of_the_older_model_of_materials(tmp_path):
    material = {"extensions": {"KHR_materials_pbrSpecularGlossiness": {"diffuseFactor": [0, 0, 1, 1]}}}
    found = read(box(material=0)[0].save(tmp_path, materials=[material]))
    np.testing.assert_array_equal(found.colors, [[0, 0, 255]] * 8)


def png(width, height):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = zlib.compress(b"\x00" * ((width + 7) // 8 + 1) * height)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def textured(folder, uris):
    made, primitive = box()
    primitive["attributes"]["TEXCOORD_0"] = made.add(POINTS[:, :2])
    primitives = [primitive | {"material": k} for k in range(len(uris))]
    return made.save(
        folder,
        meshes=[{"primitives": primitives}],
        materials=[{"pbrMetallicRoughness": {"baseColorTexture": {"index": k}}} for k in range(len(uris))],
        textures=[{"source": k} for k in range(len(uris))],
        images=[{"uri": uri} for uri in uris],
    )


def test_a_picture_that_forty_materials_use_is_decoded_once(tmp_path, monkeypatch):
    (tmp_path / "a.png").write_bytes(png(8, 8))
    decoded = []
    load = texture.PixelBudget.load
    monkeypatch.setattr(texture.PixelBudget, "load", lambda self, data: decoded.append(len(data)) or load(self, data))
    found = read(textured(tmp_path, ["a.png"] * 40))
    assert len(decoded) == 1 and len(found.faces) == 480 and (found.colors == 0).all()


def test_pictures_are_counted_before_they_are_decoded(tmp_path, monkeypatch):
    monkeypatch.setattr(texture, "PIXELS", 10_000_000)
    monkeypatch.setattr(texture.PixelBudget.__init__, "__defaults__", (10_000_000,))
    for k in range(9):
        (tmp_path / f"{k}.png").write_bytes(png(2000, 2000 + k))
    found = read(textured(tmp_path, [f"{k}.png" for k in range(9)]))
    assert any("more than 10 million pixels in small files" in notice for notice in found.notices)
    assert len(found.faces) == 9 * 12


def test_primitives_that_share_a_large_vertex_array_take_only_what_they_use(tmp_path):
    made = Glb(nodes=[{"mesh": 0}])
    position = made.add(np.concatenate([np.full((5000, 3), 99.0), POINTS]))
    corners = made.add((FACES + 5000).reshape(-1), "u2")
    primitive = {"attributes": {"POSITION": position}, "indices": corners}
    found = read(made.save(tmp_path, meshes=[{"primitives": [primitive] * 300}]))
    assert len(found.vertices) == 8 and len(found.faces) == 3600


def test_many_vertices_on_many_nodes_are_refused_before_they_are_made(tmp_path):
    made = Glb(meshes=[{"primitives": [{"attributes": {"POSITION": 0}}]}])
    made.add(np.zeros((40_000, 3)))
    refused(made.save(tmp_path, nodes=[{"mesh": 0}] * 1000), "it looks like a bomb")


def test_many_primitives_on_many_nodes_are_refused_before_they_are_made(tmp_path):
    made, primitive = box()
    made.tree["meshes"] = [{"primitives": [primitive] * 1000}]
    refused(made.save(tmp_path, nodes=[{"mesh": 0}] * 1500), "it looks like a bomb")


@pytest.mark.parametrize("stride", [1e20, 10**30, -4, "x", 3])
def test_a_stride_that_cannot_be(tmp_path, stride):
    made, _ = box()
    made.tree["bufferViews"][0]["byteStride"] = stride
    refused(made.save(tmp_path), "cut short")


def test_buffers_of_one_file_are_read_once(tmp_path, monkeypatch):
    made, _ = box()
    made.save(tmp_path)
    (tmp_path / "a.bin").write_bytes(made.data)
    tree = made.tree | {"buffers": [{"byteLength": len(made.data), "uri": "a.bin"}] * 50}
    tree["bufferViews"] = [view | {"buffer": 40 + k} for k, view in enumerate(made.tree["bufferViews"])]
    (tmp_path / "m.gltf").write_text(json.dumps(tree))
    from shapefield.mesh.decoding.source import FileBytes

    reads = []
    beside = FileBytes.beside
    monkeypatch.setattr(FileBytes, "beside", lambda self, name: reads.append(name) or beside(self, name))
    assert read(tmp_path / "m.gltf").volume == pytest.approx(30) and reads == ["a.bin"]
    uri = "data:;base64," + base64.b64encode(made.data).decode()
    (tmp_path / "m.gltf").write_text(json.dumps(tree | {"buffers": [{"byteLength": 1, "uri": uri}] * 50}))
    assert read(tmp_path / "m.gltf").volume == pytest.approx(30)
