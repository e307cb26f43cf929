"""GLB files in the making, for the tests of glTF."""

import json
import struct
import tracemalloc

import numpy as np
import pytest

from shapefield.errors import InputError
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


def refused(path, pattern):
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=pattern) as caught:
            read(path)
        assert tracemalloc.get_traced_memory()[1] < 200 << 20
    finally:
        tracemalloc.stop()
    assert "\n" not in str(caught.value)
