"""Damaged mesh files by the thousand: small valid files of every format, and byte mutations of them.

Used by the tests for a few hundred cases, and by the benchmarks for as many as one likes.
"""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

import numpy as np

from shapefield.errors import ShapefieldError
from shapefield.mesh.decoding.source import FileBytes
from shapefield.mesh.model import Mesh
from shapefield.mesh.reading import decode
from shapefield.mesh.writing import write

SUFFIXES = ("ply", "obj", "stl", "off", "glb", "3mf")
NASTY = (
    b"-1",
    b"nan",
    b"1e999",
    b"99999999999999999999",
    b"\x00",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"[",
    b'"',
    b"/",
)


def seeds(folder: Path) -> list[tuple[str, bytes]]:
    """(suffix, bytes) of valid files: every format, with and without colours, text and binary."""
    points = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], dtype=np.float64)
    faces = np.array([[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]])
    colors = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]], dtype=np.uint8)
    normals = points / np.sqrt(3.0)
    made = []
    for suffix in SUFFIXES:
        for mesh in (Mesh(points, faces, unit="mm"), Mesh(points, faces, colors, normals, unit="mm")):
            write(mesh, folder / f"seed.{suffix}", force=True)
            made.append((suffix, (folder / f"seed.{suffix}").read_bytes()))
    return made + _written_by_hand(points, faces)


def _written_by_hand(points: np.ndarray, faces: np.ndarray) -> list[tuple[str, bytes]]:
    rows = _rows(points)
    mixed = "4 0 1 2 3\n3 0 3 1\n"
    facets = "".join(
        "facet normal 0 0 0\nouter loop\n" + _rows(points[face], "vertex ") + "endloop\nendfacet\n" for face in faces
    )
    axes = "property float x\nproperty float y\nproperty float z\n"
    header = "ply\nformat ascii 1.0\nelement vertex 4\n" + axes + "element face 2\n"
    header += "property list uchar int vertex_indices\nend_header\n"
    lines = _rows(points, "v ")
    obj = f"mtllib a.mtl\nusemtl a\n{lines}vt 0 0\nf 1/1 2/1 3/1 4/1\nf -4//1 2 3/1/1\n"
    data = points.astype("<f4").tobytes() + faces.astype("<u2").tobytes()
    tree = {
        "asset": {"version": "2.0"},
        "nodes": [{"children": [1]}, {"mesh": 0, "rotation": [0, 0, 1, 0], "scale": [1, 2, 3]}],
        "scenes": [{"nodes": [0]}],
        "materials": [{"pbrMetallicRoughness": {"baseColorFactor": [1, 0, 0, 1], "baseColorTexture": {"index": 0}}}],
        "textures": [{"source": 0}],
        "images": [{"uri": "data:image/png;base64,iVBORw0KGgo="}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 2}, "indices": 1, "material": 0}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5123, "count": 12, "type": "SCALAR"},
            {"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC2"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": 48},
            {"buffer": 0, "byteOffset": 48, "byteLength": 24},
        ],
        "buffers": [{"byteLength": len(data), "uri": "data:;base64," + base64.b64encode(data).decode()}],
    }
    return [
        ("stl", f"solid a\n{facets}endsolid a\n".encode()),
        ("off", f"OFF\n4 2 0\n{rows}{mixed}".encode()),
        ("ply", (header + rows + mixed).encode()),
        ("ply", header.replace("ascii", "binary_big_endian").encode() + points.astype(">f4").tobytes() + _lists(">")),
        ("obj", obj.encode()),
        ("gltf", json.dumps(tree).encode()),
    ]


def _rows(table: np.ndarray, before: str = "") -> str:
    return "".join(before + " ".join(f"{x:g}" for x in row) + "\n" for row in table)


def _lists(order: str) -> bytes:
    quad, triangle = np.array([0, 1, 2, 3]), np.array([0, 3, 1])
    return b"\x04" + quad.astype(order + "i4").tobytes() + b"\x03" + triangle.astype(order + "i4").tobytes()


def mutate(data: bytes, generator: np.random.Generator, others: list[bytes]) -> bytes:
    """One to six random edits: flips, cuts, repeats, insertions, digits, words that parsers fear, splices."""
    made = bytearray(data)
    for _ in range(int(generator.integers(1, 7))):
        at = int(generator.integers(0, len(made) + 1))
        length = int(generator.integers(1, 17))
        kind = int(generator.integers(0, 8))
        if kind == 0 and at < len(made):
            made[at] ^= 1 << int(generator.integers(0, 8))
        elif kind == 1:
            del made[at : at + length]
        elif kind == 2:
            del made[at:]
        elif kind == 3:
            made[at:at] = made[at : at + length] * int(generator.integers(1, 5))
        elif kind == 4:
            made[at:at] = generator.bytes(length)
        elif kind == 5:
            digits = [k for k in range(at, min(at + 200, len(made))) if 48 <= made[k] <= 57]
            if digits:
                made[digits[0]] = int(generator.integers(48, 58))
        elif kind == 6:
            made[at : at + length] = NASTY[int(generator.integers(0, len(NASTY)))]
        else:
            other = others[int(generator.integers(0, len(others)))]
            made[at : at + length] = other[at : at + length]
    return bytes(made)


def survives(folder: Path, suffix: str, data: bytes, seconds: float = 5.0) -> str | None:
    """Decode `data`; None if it gave a sound mesh or a one-line error, else what was wrong.

    seconds : of the processor's time, for the clock would measure what else the machine does
    """
    started = time.process_time()
    try:
        mesh = decode(FileBytes(folder / f"case.{suffix}", data))
    except ShapefieldError as error:
        if "\n" in str(error) or len(str(error)) > 400:
            return f"an error of several lines or too long: {error}"
    except Exception as error:  # the whole point: anything else is the bug being looked for
        return f"{type(error).__name__}: {error}"
    else:
        if not np.isfinite(mesh.vertices).all() or not len(mesh.faces):
            return "a mesh that is not finite or has no faces"
        if mesh.faces.min() < 0 or mesh.faces.max() >= len(mesh.vertices):
            return "a mesh with indices out of range"
    if time.process_time() - started > seconds:
        return f"took more than {seconds:g} s"
    return None
