"""glTF 2.0, text (.gltf) and binary (.glb): the scene's triangles under their nodes' transforms.

Buffers and pictures come from the file itself, from data URIs, or from files in its own folder; never from elsewhere.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

from shapefield.mesh.decoding.gltf.accessors import read_accessor
from shapefield.mesh.decoding.gltf.document import Document, whole
from shapefield.mesh.decoding.ply import unroll_strips
from shapefield.mesh.decoding.source import Geometry, Source, as_bytes
from shapefield.mesh.decoding.texture import load_picture, sample

READABLE = {
    "KHR_materials_unlit",
    "KHR_mesh_quantization",
    "KHR_texture_transform",
    "KHR_materials_pbrSpecularGlossiness",
    "EXT_texture_webp",
    "KHR_lights_punctual",
}
JSON_CHUNK, BINARY_CHUNK = 0x4E4F534A, 0x004E4942
TRIANGLES, STRIP, FAN = 4, 5, 6
CORNER_LIMIT = 1_500_000_000


def decode(source: Source) -> Geometry:
    """Read a .glb or .gltf file. Raises InputError if it is cut short, inconsistent, or needs an unknown extension."""
    document = _open(source)
    needed = document.tree.get("extensionsRequired") or []
    unknown = [str(name) for name in needed if name not in READABLE] if isinstance(needed, list) else ["?"]
    if unknown:
        raise source.error(f"expected plain glTF, got one that needs {', '.join(unknown)[:80]}: export it uncompressed")
    vertices, faces, colors, painted, base = [], [], [], False, 0
    for mesh_index, matrix in _instances(document):
        for primitive in _list(document.item("meshes", mesh_index).get("primitives")):
            points, triangles, paint = _primitive(document, primitive)
            if len(triangles) == 0:
                continue
            points = points @ matrix[:3, :3].T + matrix[:3, 3]
            if np.linalg.det(matrix[:3, :3]) < 0:
                triangles = triangles[:, ::-1]
            vertices.append(points)
            faces.append(triangles + base)
            painted |= paint is not None
            colors.append(np.full((len(points), 3), 200, np.uint8) if paint is None else paint)
            base += len(points)
            if base > CORNER_LIMIT:
                raise source.error("expected a mesh that fits into memory, got one instanced without end: re-export it")
    if not vertices:
        return _empty(document)
    return Geometry(
        np.concatenate(vertices),
        np.concatenate(faces),
        np.concatenate(colors) if painted else None,
        indexed=False,
        notices=document.notices,
    )


def _out_of_range(source: Source, index: np.ndarray, there: int) -> Exception:
    return source.error(f"a face refers to vertex {int(index.max())}, but its mesh has {there:,}: re-export the mesh")


def _empty(document: Document) -> Geometry:
    points = sum(
        whole(entry.get("count")) for entry in _list(document.tree.get("accessors")) if entry.get("type") == "VEC3"
    )
    placeholder = np.broadcast_to(
        0.0, (min(points, len(document.source.data)), 3)
    )  # a count for the message, no memory
    return Geometry(placeholder, np.zeros((0, 3), np.int64), notices=document.notices)


def _open(source: Source) -> Document:
    data, text, binary = source.data, source.data, None
    if data[:4] == b"glTF":
        if len(data) < 20:
            raise source.truncated("a GLB header of 20 bytes", f"{len(data)}")
        version, length = struct.unpack_from("<II", data, 4)
        if version != 2:
            raise source.error(f"expected glTF 2, got version {version}: export it again as glTF 2")
        if length > len(data):
            raise source.truncated(f"{length:,} bytes as the header says", f"{len(data):,}")
        text, binary = _chunks(source)
    try:
        tree = json.loads(text.decode("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise source.error(
            f"expected JSON, got damaged text ({type(error).__name__}): copy or export it again"
        ) from None
    if not isinstance(tree, dict) or not isinstance(tree.get("asset"), dict):
        raise source.error("expected a glTF document with an asset entry, got other JSON: export it again")
    if not str(tree["asset"].get("version", "2.0")).startswith("2"):
        raise source.error(
            f"expected glTF 2, got version {str(tree['asset']['version'])[:20]}: export it again as glTF 2"
        )
    return Document(source, tree, binary)


def _chunks(source: Source) -> tuple[bytes, bytes | None]:
    data, at = source.data, 12
    found: dict[int, bytes] = {}
    while at + 8 <= len(data):
        length, kind = struct.unpack_from("<II", data, at)
        if at + 8 + length > len(data):
            raise source.truncated(f"a chunk of {length:,} bytes", f"{len(data) - at - 8:,}")
        found.setdefault(kind, data[at + 8 : at + 8 + length])
        at += 8 + length
    if JSON_CHUNK not in found:
        raise source.error("expected a JSON chunk in the GLB, got none: export it again")
    return found[JSON_CHUNK], found.get(BINARY_CHUNK)


def _list(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _instances(document: Document) -> list[tuple[int, np.ndarray]]:
    """(mesh index, 4 by 4 world matrix) of every node of the scene. Each node counts once: glTF's nodes are a tree."""
    tree = document.tree
    nodes = tree.get("nodes")
    if not isinstance(nodes, list) or not nodes:
        return [(k, np.eye(4)) for k in range(len(_list(tree.get("meshes"))))]
    if _list(tree.get("scenes")):
        roots = document.item("scenes", tree.get("scene", 0)).get("nodes", [])
    else:
        children = {k for node in _list(nodes) for k in node.get("children", []) if isinstance(k, int)}
        roots = [k for k in range(len(nodes)) if k not in children]
    stack = [(k, np.eye(4)) for k in (roots if isinstance(roots, list) else [])][::-1]
    seen: set[int] = set()
    instances = []
    while stack:
        index, parent = stack.pop()
        node = document.item("nodes", index)
        if index in seen:
            raise document.source.error(f"expected a tree of nodes, got node {index} twice: export it again")
        seen.add(index)
        matrix = parent @ _local(document, node)
        if "mesh" in node:
            instances.append((node["mesh"], matrix))
        children = node.get("children", [])
        stack += [(k, matrix) for k in (children if isinstance(children, list) else [])][::-1]
    return instances


def _local(document: Document, node: dict[str, Any]) -> np.ndarray:
    """(4, 4): the node's matrix, or translation · rotation · scale."""
    if "matrix" in node:
        return numbers(document, node["matrix"], 16).reshape(4, 4).T
    x, y, z, w = numbers(document, node.get("rotation", [0, 0, 0, 1]), 4)
    norm = x * x + y * y + z * z + w * w
    s = 2.0 / norm if norm > 0 else 0.0
    matrix = np.eye(4)
    matrix[:3, :3] = [
        [1 - s * (y * y + z * z), s * (x * y - z * w), s * (x * z + y * w)],
        [s * (x * y + z * w), 1 - s * (x * x + z * z), s * (y * z - x * w)],
        [s * (x * z - y * w), s * (y * z + x * w), 1 - s * (x * x + y * y)],
    ]
    matrix[:3, :3] *= numbers(document, node.get("scale", [1, 1, 1]), 3)
    matrix[:3, 3] = numbers(document, node.get("translation", [0, 0, 0]), 3)
    return matrix


def numbers(document: Document, value: Any, count: int) -> np.ndarray:
    """A JSON list of `count` finite numbers as float64; InputError if it is anything else."""
    fits = isinstance(value, list) and len(value) == count
    if not fits or not all(isinstance(x, int | float) and abs(x) < 1e100 for x in value):
        raise document.source.error(f"expected {count} finite numbers, got {str(value)[:40]}: export it again")
    return np.array(value, dtype=np.float64)


def _primitive(document: Document, primitive: dict[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Points (n, 3), triangles (m, 3) and colours (n, 3) uint8 or None of one primitive; points and lines give none."""
    attributes = primitive.get("attributes")
    mode = primitive.get("mode", TRIANGLES)
    if not isinstance(attributes, dict) or "POSITION" not in attributes or mode not in (TRIANGLES, STRIP, FAN):
        return np.zeros((0, 3)), np.zeros((0, 3), np.int64), None
    extensions = primitive.get("extensions")
    if isinstance(extensions, dict) and "KHR_draco_mesh_compression" in extensions:
        raise document.source.error("expected plain glTF, got Draco compression: export it uncompressed")
    points = read_accessor(document, attributes["POSITION"], 3).astype(np.float64)
    if "indices" in primitive:
        index = read_accessor(document, primitive["indices"], 1).reshape(-1).astype(np.int64)
    else:
        index = np.arange(len(points), dtype=np.int64)
    if len(index) and index.max() >= len(points):
        raise _out_of_range(document.source, index, len(points))
    return points, _triangles(index, mode), _paint(document, primitive, attributes, len(points))


def _triangles(index: np.ndarray, mode: int) -> np.ndarray:
    if mode == STRIP:
        return unroll_strips(index, np.array([len(index)]))
    if mode == FAN:
        return np.stack(
            [np.full(max(0, len(index) - 2), index[0] if len(index) else 0), index[1:-1], index[2:]], axis=1
        )
    return index[: len(index) // 3 * 3].reshape(-1, 3)


def _paint(document: Document, primitive: dict, attributes: dict, count: int) -> np.ndarray | None:
    """Product of vertex colours, material colour and texture, as far as they are there; linear → sRGB."""
    color: np.ndarray | None = None
    material = document.item("materials", primitive["material"]) if "material" in primitive else {}
    surface = material.get("pbrMetallicRoughness")
    surface = surface if isinstance(surface, dict) else {}
    if "baseColorFactor" in surface:
        color = np.tile(np.clip(numbers(document, surface["baseColorFactor"], 4)[:3], 0, 1), (count, 1))
    if "COLOR_0" in attributes:
        values = read_accessor(document, attributes["COLOR_0"], None)
        if values.shape[0] == count and values.shape[1] >= 3:
            linear = as_bytes(values[:, :3]) / 255.0 if values.dtype.kind in "iu" else np.clip(values[:, :3], 0, 1)
            color = linear if color is None else color * linear
    texels = _texels(document, surface, attributes, count)
    if texels is None:
        return None if color is None else as_bytes(_to_srgb(color))
    return texels if color is None else as_bytes(_to_srgb(_to_linear(texels / 255.0) * color))


def _texels(document: Document, surface: dict, attributes: dict, count: int) -> np.ndarray | None:
    entry = surface.get("baseColorTexture")
    if not isinstance(entry, dict):
        return None
    name = f"TEXCOORD_{entry.get('texCoord', 0)}"
    if name not in attributes:
        return None
    uv = read_accessor(document, attributes[name], 2).astype(np.float64)
    if uv.shape[0] != count:
        return None
    transform = (
        (entry.get("extensions") or {}).get("KHR_texture_transform")
        if isinstance(entry.get("extensions"), dict)
        else None
    )
    if isinstance(transform, dict):
        angle = float(numbers(document, [transform.get("rotation", 0)], 1)[0])
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        scale, offset = transform.get("scale", [1, 1]), transform.get("offset", [0, 0])
        uv = (uv * numbers(document, scale, 2)) @ turn + numbers(document, offset, 2)
    picture = _picture(document, entry.get("index"))
    return None if picture is None else sample(picture, uv)


def _picture(document: Document, texture: Any) -> np.ndarray | None:
    """(h, w, 3) uint8 of a texture; None, with a notice, if it cannot be had."""
    entry = document.item("textures", texture)
    webp = (
        (entry.get("extensions") or {}).get("EXT_texture_webp") if isinstance(entry.get("extensions"), dict) else None
    )
    index = entry.get("source", webp.get("source") if isinstance(webp, dict) else None)
    if index is None:
        return None
    image = document.item("images", index)
    if index not in document.pictures:
        try:
            if "bufferView" in image:
                data, offset, length, _ = document.view(image["bufferView"])
                content = data[offset : offset + length]
            else:
                content = document.fetch(image.get("uri"))
            document.pictures[index] = load_picture(content)
        except (OSError, ValueError) as error:
            document.notices.append(f"texture left out: {error}")
            document.pictures[index] = None
    return document.pictures[index]


def _to_srgb(linear: np.ndarray) -> np.ndarray:
    linear = np.clip(linear, 0.0, 1.0)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def _to_linear(srgb: np.ndarray) -> np.ndarray:
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
