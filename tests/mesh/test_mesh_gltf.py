"""glTF: skins, morph weights, instances, hidden nodes, Draco; what is too large is refused before it is made."""

import base64
import json
import struct
import sys
import tracemalloc
import zlib

import DracoPy
import numpy as np
import pytest

from shapefield.errors import InputError
from shapefield.machine.children import ChildFailed, answer_of
from shapefield.mesh.decoding import texture
from shapefield.mesh.decoding.gltf import draco
from shapefield.mesh.reading import read

QUADS = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
FACES = QUADS[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3)
POINTS = np.array([[x, y, z] for x in (0, 2) for y in (0, 3) for z in (0, 5)], dtype=np.float32)
TURN = [np.sqrt(0.5), 0, 0, np.sqrt(0.5)]
KINDS = {"f4": 5126, "u1": 5121, "u2": 5123, "i1": 5120, "u4": 5125}
TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}


class Glb:
    """A GLB file in the making: accessors are added one after the other."""

    def __init__(self, **tree):
        self.tree = {"asset": {"version": "2.0"}, "accessors": [], "bufferViews": []} | tree
        self.data = b""

    def view(self, data):
        self.tree["bufferViews"].append({"buffer": 0, "byteOffset": len(self.data), "byteLength": len(data)})
        self.data += data + b"\x00" * (-len(data) % 4)
        return len(self.tree["bufferViews"]) - 1

    def add(self, values, kind="f4", **more):
        values = np.asarray(values)
        width = 16 if values.ndim == 3 else 1 if values.ndim == 1 else values.shape[1]
        stored = values.transpose(0, 2, 1) if values.ndim == 3 else values
        entry = {"componentType": KINDS[kind], "count": len(values), "type": TYPES[width]} | more
        entry["bufferView"] = self.view(np.ascontiguousarray(stored).astype("<" + kind).tobytes())
        self.tree["accessors"].append(entry)
        return len(self.tree["accessors"]) - 1

    def save(self, folder, **tree):
        self.tree |= tree
        self.tree["buffers"] = [{"byteLength": len(self.data)}, *self.tree.get("buffers", [])]
        text = json.dumps(self.tree).encode()
        text += b" " * (-len(text) % 4)
        chunks = struct.pack("<II", len(text), 0x4E4F534A) + text
        chunks += struct.pack("<II", len(self.data), 0x004E4942) + self.data
        (folder / "m.glb").write_bytes(b"glTF" + struct.pack("<II", 2, 12 + len(chunks)) + chunks)
        return folder / "m.glb"


def box(copies=1, **more):
    """A Glb with one mesh, `copies` boxes of 2 x 3 x 5 in one primitive at one place."""
    made = Glb(nodes=[{"mesh": 0}])
    position = made.add(np.tile(POINTS, (copies, 1)))
    corners = made.add(np.concatenate([FACES + 8 * k for k in range(copies)]).reshape(-1), "u2")
    primitive = {"attributes": {"POSITION": position}, "indices": corners} | more
    made.tree["meshes"] = [{"primitives": [primitive]}]
    return made, primitive


def skinned(nodes, joints, index, weights, inverse=None, copies=1, kind="f4"):
    made, primitive = box(copies)
    primitive["attributes"] |= {
        "JOINTS_0": made.add(index, "u1"),
        "WEIGHTS_0": made.add(weights, kind, normalized=kind != "f4"),
    }
    skin = {"joints": joints} | ({} if inverse is None else {"inverseBindMatrices": made.add(np.asarray(inverse))})
    made.tree |= {"nodes": nodes, "skins": [skin]}
    return made


ONE = np.tile([1, 0, 0, 0], (8, 1))


def test_a_skinned_mesh_does_not_follow_its_own_node(tmp_path):
    nodes = [{"mesh": 0, "skin": 0, "scale": [100, 100, 100], "rotation": TURN, "translation": [7, 7, 7]}, {}]
    found = read(skinned(nodes, [1], 0 * ONE, ONE, [np.eye(4)]).save(tmp_path))
    np.testing.assert_allclose(found.bounds, [[0, 0, 0], [2, 3, 5]], atol=1e-6)


def test_joints_move_turn_and_scale_through_their_parents_and_bind_matrices(tmp_path):
    bind = np.diag([0.01, 0.01, 0.01, 1.0])
    nodes = [{"mesh": 0, "skin": 0}, {"children": [2], "translation": [10, 0, 0]}, {"rotation": TURN}]
    found = read(skinned(nodes, [2], 0 * ONE, ONE, [bind]).save(tmp_path, scenes=[{"nodes": [0, 1]}]))
    np.testing.assert_allclose(found.bounds, [[10, -0.05, 0], [10.02, 0, 0.03]], atol=1e-6)
    assert found.volume == pytest.approx(30e-6)


def test_every_vertex_follows_its_own_joints_by_their_weights(tmp_path):
    index = np.repeat([[0, 1, 0, 0], [1, 0, 0, 0]], 8, axis=0)
    nodes = [{"mesh": 0, "skin": 0}, {}, {"translation": [10, 0, 0]}]
    weights = np.repeat([[255, 0, 0, 0], [255, 0, 0, 0]], 8, axis=0)
    found = read(skinned(nodes, [1, 2], index, weights, copies=2, kind="u1").save(tmp_path))
    assert found.volume == pytest.approx(60)
    np.testing.assert_allclose(found.bounds, [[0, 0, 0], [12, 3, 5]], atol=1e-6)
    weights = np.repeat([[0.5, 0.5, 0, 0], [0.5, 0.5, 0, 0]], 8, axis=0)  # both boxes half way
    found = read(skinned(nodes, [1, 2], index, weights, copies=2).save(tmp_path))
    np.testing.assert_allclose(found.bounds, [[5, 0, 0], [7, 3, 5]], atol=1e-6)


def test_a_skin_that_mirrors_leaves_the_outside_outside(tmp_path):
    nodes = [{"mesh": 0, "skin": 0}, {"scale": [-1, 1, 1]}]
    found = read(skinned(nodes, [1], 0 * ONE, ONE).save(tmp_path))
    assert found.volume == pytest.approx(30)
    np.testing.assert_allclose(found.bounds, [[-2, 0, 0], [0, 3, 5]], atol=1e-6)


@pytest.mark.parametrize(
    ("joints", "index", "pattern"),
    [
        ([1], 3 + 0 * ONE, "bound to joint 3, but its skin has 1"),
        ([9], 0 * ONE, r"nodes\[9\]"),
        ([], ONE, "have joints"),
    ],
)
def test_skins_that_do_not_fit(tmp_path, joints, index, pattern):
    refused(skinned([{"mesh": 0, "skin": 0}, {}], joints, index, ONE).save(tmp_path), pattern)


@pytest.mark.parametrize(
    ("mesh", "node", "volume"),
    [
        ({"weights": [0.5]}, {}, 45),
        ({"weights": [0.0]}, {"weights": [1.0]}, 60),
        ({}, {}, 30),
        ({"weights": [1]}, {}, 60),
    ],
)
def test_morph_weights_of_the_node_go_before_those_of_the_mesh(tmp_path, mesh, node, volume):
    made, primitive = box()
    primitive["targets"] = [{"POSITION": made.add(POINTS * [1, 0, 0])}]  # twice as wide
    made.tree["meshes"][0] |= mesh
    made.tree["nodes"][0] |= node
    assert read(made.save(tmp_path)).volume == pytest.approx(volume)


def test_a_sparse_morph_target(tmp_path):
    made, primitive = box()
    where, what = (
        made.view(np.arange(4, 8, dtype="<u2").tobytes()),
        made.view(np.full((4, 3), [2, 0, 0], "<f4").tobytes()),
    )
    sparse = {"count": 4, "indices": {"bufferView": where, "componentType": 5123}, "values": {"bufferView": what}}
    made.tree["accessors"].append({"componentType": 5126, "count": 8, "type": "VEC3", "sparse": sparse})
    primitive["targets"] = [{"POSITION": len(made.tree["accessors"]) - 1}]
    made.tree["meshes"][0]["weights"] = [0.25]
    assert read(made.save(tmp_path)).volume == pytest.approx(37.5)


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


def refused(path, pattern):
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=pattern) as caught:
            read(path)
        assert tracemalloc.get_traced_memory()[1] < 200 << 20
    finally:
        tracemalloc.stop()
    assert "\n" not in str(caught.value)


def test_many_vertices_on_many_nodes_are_refused_before_they_are_made(tmp_path):
    made = Glb(meshes=[{"primitives": [{"attributes": {"POSITION": 0}}]}])
    made.add(np.zeros((40_000, 3)))
    refused(made.save(tmp_path, nodes=[{"mesh": 0}] * 1000), "it looks like a bomb")


def test_many_primitives_on_many_nodes_are_refused_before_they_are_made(tmp_path):
    made, primitive = box()
    made.tree["meshes"] = [{"primitives": [primitive] * 1000}]
    refused(made.save(tmp_path, nodes=[{"mesh": 0}] * 1500), "it looks like a bomb")


def test_many_morph_targets_are_refused_before_they_are_added(tmp_path):
    made = Glb(nodes=[{"mesh": 0}])
    position = made.add(np.zeros((30_000, 3)))
    primitive = {"attributes": {"POSITION": position}, "targets": [{"POSITION": position}] * 2000}
    refused(made.save(tmp_path, meshes=[{"primitives": [primitive], "weights": [1] * 2000}]), "it looks like a bomb")


@pytest.mark.parametrize("stride", [1e20, 10**30, -4, "x", 3])
def test_a_stride_that_cannot_be(tmp_path, stride):
    made, _ = box()
    made.tree["bufferViews"][0]["byteStride"] = stride
    refused(made.save(tmp_path), "cut short")


def compressed(attributes, faces=FACES, how="extensionsRequired", plain=False, **settings):
    """A GLB whose one primitive is compressed with Draco; `attributes` maps names to arrays and accessor fields."""
    points = attributes.pop("POSITION", POINTS)
    generic = {k: array for k, (array, _) in enumerate(attributes.values(), start=1)}
    blob = DracoPy.encode(
        points,
        faces.astype(np.uint32),
        preserve_order=True,
        quantization_bits=16,
        generic_attributes=generic,
        **settings,
    )
    ids = {entry["unique_id"]: entry["attribute_type"] for entry in DracoPy.decode(blob).attributes}
    position = next(number for number, kind in ids.items() if kind == 0)
    made = Glb(nodes=[{"mesh": 0}])
    names = {"POSITION": (made.add(points), position), "INDEX": (made.add(faces.reshape(-1), "u2"), None)}
    for k, (name, (array, fields)) in enumerate(attributes.items(), start=1):
        names[name] = (made.add(array, **fields), k)
    for entry in made.tree["accessors"]:
        if not plain:
            del entry["bufferView"]
    spec = {"bufferView": made.view(blob), "attributes": {n: u for n, (_, u) in names.items() if u is not None}}
    primitive = {
        "attributes": {name: accessor for name, (accessor, _) in names.items() if name != "INDEX"},
        "indices": names["INDEX"][0],
        "extensions": {"KHR_draco_mesh_compression": spec},
    }
    made.tree |= {"meshes": [{"primitives": [primitive]}], how: ["KHR_draco_mesh_compression"]}
    return made, blob


def test_draco_gives_corners_positions_and_colours(tmp_path):
    colors = np.arange(24, dtype=np.uint8).reshape(8, 3) * 10
    made, _ = compressed({"COLOR_0": (colors, {"kind": "u1", "normalized": True})})
    found = read(made.save(tmp_path))
    assert found.volume == pytest.approx(30, rel=1e-3) and len(found.faces) == 12 and found.notices == ()
    order = np.lexsort(np.rint(found.vertices).T[::-1])
    expected = np.where(colors / 255 <= 0.0031308, colors / 255 * 12.92, 1.055 * (colors / 255) ** (1 / 2.4) - 0.055)
    np.testing.assert_allclose(found.colors[order], expected * 255, atol=1)


def test_draco_with_plain_data_beside_it(tmp_path):
    made, _ = compressed({}, how="extensionsUsed", plain=True)
    made.tree["meshes"][0]["primitives"][0]["extensions"]["KHR_draco_mesh_compression"]["bufferView"] = 0  # no Draco
    found = read(made.save(tmp_path))
    assert found.volume == pytest.approx(30, rel=1e-6) and found.notices == ()
    found = read(made.save(tmp_path, extensionsRequired=["KHR_draco_mesh_compression"]))
    assert found.volume == pytest.approx(30, rel=1e-6)
    assert found.notices == ("Draco data cannot be read (it is damaged): the plain data beside it is used",)


def test_draco_data_that_is_only_used_but_the_only_one_is_read(tmp_path):
    made, _ = compressed({}, how="extensionsUsed")
    assert read(made.save(tmp_path)).volume == pytest.approx(30, rel=1e-3)


def test_damaged_draco_data_is_one_line(tmp_path):
    made, blob = compressed({})
    at = made.data.index(blob)
    for place in (5, 11, 20, 40, 60):
        made.data = made.data[: at + place] + bytes([255 - made.data[at + place]]) + made.data[at + place + 1 :]
    refused(made.save(tmp_path), "expected sound Draco data, cannot read it")


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import os; os.abort()", "its process ended"),
        ("while True: pass", "took too long"),
        ("x = bytearray(1 << 29)\nwhile True: pass", "GB of memory"),
        ("raise SystemExit(3)", r"ended \(code 3\)"),
    ],
)
def test_a_child_that_crashes_hangs_or_eats_memory(code, why):
    seconds = 60.0 if "memory" in why else 1.0
    with pytest.raises(ChildFailed, match=why):
        answer_of("", b"x" * 100, seconds=seconds, memory=200 << 20, command=[sys.executable, "-c", code])


def test_a_child_that_answers():
    code = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()[::-1])"
    data = bytes(range(256)) * 1000
    assert answer_of("", data, seconds=60, memory=1 << 30, command=[sys.executable, "-c", code]) == data[::-1]


def test_a_child_without_an_answer_leaves_plain_data_or_one_line(tmp_path, monkeypatch):
    def crashed(*given, **more):
        raise ChildFailed("its process ended (signal 11)")

    monkeypatch.setattr(draco, "answer_of", crashed)
    refused(compressed({})[0].save(tmp_path), r"cannot read it \(its process ended \(signal 11\)\): export it")
    found = read(compressed({}, plain=True)[0].save(tmp_path))
    assert found.volume == pytest.approx(30) and "the plain data beside it is used" in found.notices[0]


def test_buffers_of_one_file_are_read_once(tmp_path, monkeypatch):
    made, _ = box()
    made.save(tmp_path)
    (tmp_path / "a.bin").write_bytes(made.data)
    tree = made.tree | {"buffers": [{"byteLength": len(made.data), "uri": "a.bin"}] * 50}
    tree["bufferViews"] = [view | {"buffer": 40 + k} for k, view in enumerate(made.tree["bufferViews"])]
    (tmp_path / "m.gltf").write_text(json.dumps(tree))
    from shapefield.mesh.decoding.source import Source

    reads = []
    beside = Source.beside
    monkeypatch.setattr(Source, "beside", lambda self, name: reads.append(name) or beside(self, name))
    assert read(tmp_path / "m.gltf").volume == pytest.approx(30) and reads == ["a.bin"]
    uri = "data:;base64," + base64.b64encode(made.data).decode()
    (tmp_path / "m.gltf").write_text(json.dumps(tree | {"buffers": [{"byteLength": 1, "uri": uri}] * 50}))
    assert read(tmp_path / "m.gltf").volume == pytest.approx(30)
