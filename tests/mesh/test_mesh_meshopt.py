"""meshopt compression against streams that the reference encoder made (meshoptimizer 1.3) of numbers known here."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from glbfiles import FACES, POINTS, Glb, refused

from shapefield.mesh.decoding.gltf.meshopt import Damaged, unpack
from shapefield.mesh.reading import read

STREAMS = {
    name: base64.b64decode(text)
    for name, text in json.loads((Path(__file__).parent / "meshopt_streams.json").read_text()).items()
}
K = np.arange(40)
CONTENTS = {
    "floats": np.stack([K / 8, 1 + (K * 37 % 64) / 1024, 0 * K - 3.5, (K * K % 97) * 1000], axis=1).astype("<f4"),
    "shorts": np.stack([K * 300, K * K * 7 % 65536, 40000 + K * 5 % 11, 0 * K + 9], axis=1).astype("<u2"),
    "bytes": np.stack(
        [K, K**3 * 31 % 251, K % 2, 0 * K + 7, np.where(K % 16 == 3, 200, K % 3), K * 97 % 256, 0 * K, K >> 3], axis=1
    ).astype(np.uint8),
}


def grid():
    """The corners of a grid of 5 by 5 squares, some scrambled, and four triangles more."""
    corners = []
    for y in range(5):
        for a in range(6 * y, 6 * y + 5):
            corners += [a, a + 1, a + 6, a + 6, a + 1, a + 7]
    corners = [k * k % 36 if k % 7 == 3 else corner for k, corner in enumerate(corners)]
    return np.array([*corners, 0, 1, 2, 70000, 5, 6, 2, 1, 0], dtype="<u4")


@pytest.mark.parametrize("name", [name for name in STREAMS if name.split()[0] in CONTENTS])
def test_attributes_of_both_versions_and_all_levels(name):
    expected = CONTENTS[name.split()[0]]
    stride = expected.strides[0]
    assert unpack(STREAMS[name], 40, stride, "ATTRIBUTES", "NONE") == expected.tobytes()


def test_the_streams_differ_in_what_they_use():
    """Versions 0 and 1, channels of bytes, of pairs and of turned words, and bytes in groups, constant, as they are."""
    assert {STREAMS[name][0] for name in STREAMS if name.startswith("floats")} == {0xA0, 0xA1}
    modes = {
        mode & 15 for mode in (*STREAMS["floats 1 3"][-4:], *STREAMS["shorts 1 3"][-2:], *STREAMS["bytes 1 3"][-2:])
    }
    assert modes == {0, 1, 2}
    packed = b"".join(STREAMS[f"{name} 1 3"][1:3] for name in CONTENTS)
    assert {byte >> turn & 3 for byte in packed for turn in (0, 2, 4, 6)} == {0, 1, 2, 3}


@pytest.mark.parametrize(("name", "mode"), [("triangles", "TRIANGLES"), ("indices", "INDICES")])
def test_indices(name, mode):
    corners = np.frombuffer(unpack(STREAMS[name], len(grid()), 4, mode, "NONE"), "<u4")
    if mode == "INDICES":
        np.testing.assert_array_equal(corners, grid())
        return
    for found, expected in zip(corners.reshape(-1, 3), grid().reshape(-1, 3), strict=True):
        turns = [np.roll(expected, k).tolist() for k in range(3)]  # the encoder may begin at another corner
        assert found.tolist() in turns


I = np.arange(12)  # noqa: E741
UNIT = np.stack([np.cos(0.7 * I) * np.cos(1.3 * I), np.sin(0.7 * I) * np.cos(1.3 * I), np.sin(1.3 * I)], axis=1)


@pytest.mark.parametrize(("stride", "kind", "error"), [(4, "i1", 0.02), (8, "i2", 2e-3)])
def test_octahedral_vectors(stride, kind, error):
    stored = np.frombuffer(unpack(STREAMS[f"octahedral {stride}"], 12, stride, "ATTRIBUTES", "OCTAHEDRAL"), "<" + kind)
    found = stored.reshape(-1, 4) / np.iinfo(kind).max
    np.testing.assert_allclose(found[:, :3], UNIT, atol=error)
    assert (np.sign(found[:, 3]) == np.where(I % 2, 1, -1)).all()


def test_quaternions():
    expected = np.stack([np.cos(I), np.sin(2 * I), np.cos(3 * I + 1), np.sin(I + 2)], axis=1)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    found = (
        np.frombuffer(unpack(STREAMS["quaternion"], 12, 8, "ATTRIBUTES", "QUATERNION"), "<i2").reshape(-1, 4) / 32767
    )
    same = np.sign((found * expected).sum(axis=1, keepdims=True))  # a quaternion and its negative turn alike
    np.testing.assert_allclose(found * same, expected, atol=2e-3)


@pytest.mark.parametrize(("stride", "kind", "error"), [(4, "u1", 0.02), (8, "u2", 2e-3)])
def test_colours(stride, kind, error):
    stored = np.frombuffer(unpack(STREAMS[f"color {stride}"], 12, stride, "ATTRIBUTES", "COLOR"), "<" + kind)
    expected = np.stack([I / 11, 1 - I / 11, (I * 5 % 12) / 11, I % 3 / 2], axis=1)
    np.testing.assert_allclose(stored.reshape(-1, 4) / np.iinfo(kind).max, expected, atol=error)


def compressed(points="box points", filtered="NONE", **more):
    """A GLB of the box of 2 x 3 x 5 whose data is compressed; its plain data stands in a buffer that is not there."""
    made = Glb(nodes=[{"mesh": 0}], extensionsRequired=["EXT_meshopt_compression"])
    position, corners = made.add(POINTS), made.add(FACES.reshape(-1), "u2")
    plain = made.data
    made.data = b""
    settings = [(points, 8, 12, "ATTRIBUTES", filtered), ("box corners", 36, 2, "TRIANGLES", "NONE")]
    for view, (name, count, stride, mode, chosen) in zip(made.tree["bufferViews"], settings, strict=True):
        view |= {"buffer": 1, "byteLength": count * stride}
        packed = {"buffer": 0, "byteOffset": len(made.data), "byteLength": len(STREAMS[name]), "byteStride": stride}
        view["extensions"] = {"EXT_meshopt_compression": packed | {"count": count, "mode": mode, "filter": chosen}}
        made.data += STREAMS[name] + b"\x00" * (-len(STREAMS[name]) % 4)
    made.tree["buffers"] = [{"byteLength": len(plain), "extensions": {"EXT_meshopt_compression": {"fallback": True}}}]
    made.tree["meshes"] = [{"primitives": [{"attributes": {"POSITION": position}, "indices": corners}]}]
    made.tree |= more
    return made, plain


@pytest.mark.parametrize(("points", "filtered"), [("box points", "NONE"), ("box points exponential", "EXPONENTIAL")])
def test_a_compressed_file(tmp_path, points, filtered):
    found = read(compressed(points, filtered)[0].save(tmp_path))
    assert found.volume == pytest.approx(30, rel=1e-6) and len(found.faces) == 12


def test_a_file_whose_plain_data_is_there_or_is_missing(tmp_path):
    made, plain = compressed(extensionsRequired=[])
    made.tree["buffers"][0]["uri"] = "plain.bin"
    path = made.save(tmp_path)
    assert read(path).volume == pytest.approx(30)  # from the compressed data
    (tmp_path / "plain.bin").write_bytes(plain)
    damaged = path.read_bytes().replace(STREAMS["box corners"], bytes(len(STREAMS["box corners"])))
    path.write_bytes(damaged)
    assert read(path).volume == pytest.approx(30)  # from the plain


def test_damage_is_one_line(tmp_path):
    path = compressed()[0].save(tmp_path)
    path.write_bytes(
        path.read_bytes().replace(STREAMS["box corners"], b"\xe1" + bytes(len(STREAMS["box corners"]) - 1))
    )
    refused(path, "expected sound meshopt compression in bufferViews")


def test_a_few_bytes_that_claim_gigabytes_are_refused(tmp_path):
    made, _ = compressed()
    made.tree["bufferViews"][0]["extensions"]["EXT_meshopt_compression"]["count"] = 1 << 30
    refused(made.save(tmp_path), "cut short")


@pytest.mark.parametrize(
    ("count", "stride", "mode", "filtered"),
    [
        (8, 12, "TRIANGLES", "NONE"),
        (8, 6, "ATTRIBUTES", "NONE"),
        (8, 12, "ATTRIBUTES", "OCTAHEDRAL"),
        (8, 12, "ATTRIBUTES", "SQUARE"),
        (9, 4, ["ATTRIBUTES"], "NONE"),
        (9, 12, "ATTRIBUTES", {}),
        (300, 12, "ATTRIBUTES", "NONE"),
    ],
)
def test_settings_that_do_not_fit_the_stream(count, stride, mode, filtered):
    with pytest.raises(Damaged):
        unpack(STREAMS["box points"], count, stride, mode, filtered)


def test_every_shortened_or_flipped_stream_is_refused_or_gives_as_many_bytes():
    for name, count, stride, mode in (("floats 1 3", 40, 16, "ATTRIBUTES"), ("triangles", 159, 4, "TRIANGLES")):
        for k in range(len(STREAMS[name])):
            with pytest.raises(Damaged):
                unpack(STREAMS[name][:k], count, stride, mode, "NONE")
            flipped = bytearray(STREAMS[name])
            flipped[k] ^= 0x55
            try:
                assert len(unpack(bytes(flipped), count, stride, mode, "NONE")) == count * stride
            except Damaged:
                continue
