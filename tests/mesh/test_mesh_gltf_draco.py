"""glTF: Draco, decoded in a child process that may crash."""

import sys

import DracoPy
import numpy as np
import pytest
from glbfiles import FACES, POINTS, Glb, refused

from shapefield.machine.children import ChildFailed, answer_of
from shapefield.mesh.decoding.gltf import draco
from shapefield.mesh.reading import read


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
    seconds = 1.0 if why == "took too long" else 60.0
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
