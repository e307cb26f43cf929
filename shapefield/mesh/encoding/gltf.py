"""GLB: one node, one primitive, single precision."""

from __future__ import annotations

import json
import struct
from typing import IO, Any

import numpy as np

from shapefield.mesh.decoding.gltf.document import BINARY_CHUNK, JSON_CHUNK
from shapefield.mesh.encoding.precision import single_notices
from shapefield.mesh.model import Mesh

INDEX, FLOAT = 5125, 5126
VERTEX_BUFFER, INDEX_BUFFER = 34962, 34963


def encode(mesh: Mesh, file: IO[bytes], mark: str) -> list[str]:
    """Write `mesh`; returns one notice where single precision moves a vertex too far."""
    with np.errstate(over="ignore", under="ignore"):
        points = mesh.vertices.astype("<f4")
    tree: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": mark},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "surface"}],
        "accessors": [],
        "bufferViews": [],
    }
    finite = points[np.isfinite(points).all(axis=1)]
    bounds = {"min": finite.min(axis=0).tolist(), "max": finite.max(axis=0).tolist()} if len(finite) else {}
    pieces: list[bytes] = []
    attributes = {"POSITION": _add(tree, pieces, points, FLOAT, VERTEX_BUFFER, bounds)}
    if mesh.normals is not None:
        attributes["NORMAL"] = _add(tree, pieces, mesh.normals.astype("<f4"), FLOAT, VERTEX_BUFFER, {})
    if mesh.colors is not None:
        attributes["COLOR_0"] = _add(tree, pieces, _linear(mesh.colors), FLOAT, VERTEX_BUFFER, {})
    index = _add(tree, pieces, mesh.faces.reshape(-1, 1).astype("<u4"), INDEX, INDEX_BUFFER, {})
    material = {"pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 0.8}, "doubleSided": True}
    tree["materials"] = [material]
    tree["meshes"] = [{"primitives": [{"attributes": attributes, "indices": index, "material": 0}]}]
    tree["buffers"] = [{"byteLength": sum(len(piece) for piece in pieces)}]
    _write_chunks(file, json.dumps(tree, separators=(",", ":")).encode("utf-8"), pieces)
    return single_notices(mesh, "GLB")


def _add(tree: dict[str, Any], pieces: list[bytes], array: np.ndarray, kind: int, target: int, extra: dict) -> int:
    """Append an array as buffer view and accessor; returns the accessor's number. Pieces are whole words."""
    offset = sum(len(piece) for piece in pieces)
    pieces.append(array.tobytes())
    tree["bufferViews"].append({"buffer": 0, "byteOffset": offset, "byteLength": len(pieces[-1]), "target": target})
    shape = "SCALAR" if array.shape[1] == 1 else f"VEC{array.shape[1]}"
    view = len(tree["bufferViews"]) - 1
    tree["accessors"].append({"bufferView": view, "componentType": kind, "count": len(array), "type": shape, **extra})
    return view


def _linear(colors: np.ndarray) -> np.ndarray:
    """(n, 3) sRGB bytes → (n, 3) linear float32, which is what glTF multiplies by."""
    table = np.arange(256) / 255.0
    table = np.where(table <= 0.04045, table / 12.92, ((table + 0.055) / 1.055) ** 2.4)
    return table.astype("<f4")[colors]


def _write_chunks(file: IO[bytes], text: bytes, pieces: list[bytes]) -> None:
    text += b" " * (-len(text) % 4)
    binary = sum(len(piece) for piece in pieces)
    file.write(struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + binary))
    file.write(struct.pack("<II", len(text), JSON_CHUNK) + text)
    file.write(struct.pack("<II", binary, BINARY_CHUNK))
    file.writelines(pieces)
