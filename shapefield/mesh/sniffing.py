"""Which format a file is in, by its content: names lie."""

from __future__ import annotations

import re

from shapefield.mesh.decoding.source import Source
from shapefield.mesh.decoding.stl import looks_binary

FORMATS = {"obj": "obj", "ply": "ply", "stl": "stl", "off": "off", "glb": "gltf", "gltf": "gltf", "3mf": "threemf"}
"""Format → the module in `decoding` that reads it."""

SUPPORTED = "OBJ, PLY, STL, OFF, GLB, glTF, 3MF"

_FOREIGN: list[tuple[bytes, str, str]] = [
    (rb"\s*(<!doctype html|<html)", "a web page", "download the file itself"),
    (rb"version https://git-lfs", "a Git LFS pointer", "fetch the real file with git lfs pull"),
    (rb"\x1f\x8b", "a gzip archive", "unpack it first"),
    (rb"BZh|\xfd7zXZ|7z\xbc\xaf|Rar!|\x28\xb5\x2f\xfd", "a compressed archive", "unpack it first"),
    (rb"Kaydara FBX|; FBX", "an FBX scene", "export it as GLB or OBJ"),
    (rb"BLENDER", "a Blender file", "export it as PLY or GLB"),
    (rb"ISO-10303-21", "a STEP model", "export it as STL or 3MF from the CAD program"),
    (rb"\s*<\?xml[^<]*<COLLADA", "a COLLADA scene", "export it as GLB or OBJ"),
    (rb"\s*<\?xml|\s*<svg", "an XML document", "export it as PLY or OBJ"),
    (rb"#VRML|#X3D", "a VRML scene", "export it as GLB or OBJ"),
    (rb"# vtk DataFile", "a VTK file", "export it as PLY"),
    (rb"solid\b.*", "an ASCII STL that ends at once", "export it again"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8|BM", "a picture", "name the mesh instead"),
    (rb"%PDF", "a PDF", "name the mesh instead"),
    (rb"MM..\x00\x00\x02\x00|MM", "a 3DS scene", "export it as GLB or OBJ"),
    (rb"\{", "JSON that is no glTF", "name the mesh instead"),
]


def sniff(source: Source) -> str:
    """The format's key in `FORMATS`. Raises InputError that names what the file is instead, and the remedy."""
    data, head = source.data, source.data[:4096]
    suffix = source.path.suffix.lower().lstrip(".")
    if head[:4] == b"glTF":
        return "glb"
    if head[:2] == b"PK":
        return _zip(source)
    if re.match(rb"ply\s", head):
        return "ply"
    if looks_binary(data):
        return "stl"
    if re.match(rb"\s*solid\b", head) and (b"facet" in head or b"endsolid" in head):
        return "stl"
    if re.match(rb"\s*(?:#[^\n]*\n\s*)*(ST)?C?N?4?n?OFF\b", head):
        return "off"
    if re.match(rb"(\xef\xbb\xbf)?\s*\{", head) and (b'"asset"' in data or suffix == "gltf"):
        return "gltf"
    for pattern, what, remedy in _FOREIGN:
        if re.match(pattern, head, re.IGNORECASE | re.DOTALL):
            raise source.error(f"expected a mesh ({SUPPORTED}), got {what}: {remedy}")
    if _is_obj(data):
        return "obj"
    if suffix == "stl" and len(data) > 84 and b"\x00" in head:
        return "stl"  # its decoder says how many triangles are missing
    return _unknown(source, suffix)


def _is_obj(data: bytes) -> bool:
    """Text with a vertex or face line near its beginning, or anywhere if comments come first."""
    if b"\x00" in data[:4096]:
        return False
    return re.search(rb"(?:^|[\r\n])[ \t]*(?:v|f|vn|vt)[ \t]+[-+.\d]", data[: 1 << 20]) is not None


def _zip(source: Source) -> str:
    if b"3D/" in source.data or b"3dmodel" in source.data or source.path.suffix.lower() == ".3mf":
        return "3mf"
    raise source.error(f"expected a mesh ({SUPPORTED}), got a zip archive: unpack it first")


def _unknown(source: Source, suffix: str) -> str:
    if suffix in FORMATS:
        hint = "it is damaged or something else: copy or export it again"
        raise source.error(f"expected {suffix.upper()} data, got {_shown(source.data)}: {hint}")
    raise source.error(f"expected a mesh ({SUPPORTED}), got {_shown(source.data)}: export it in one of those formats")


def _shown(data: bytes) -> str:
    head = data[:24]
    printable = all(32 <= byte < 127 or byte in (9, 10, 13) for byte in head)
    return f"text that begins {head.decode('ascii').strip()!r}" if printable else "unknown binary data"
