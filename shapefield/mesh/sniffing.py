"""Which format a file is in, by its content: names lie."""

from __future__ import annotations

import os
import re
from pathlib import Path

from shapefield.mesh.decoding.off import MAGIC as OFF
from shapefield.mesh.decoding.source import FileBytes
from shapefield.mesh.decoding.splatheader import SPLATS_REMEDY
from shapefield.mesh.decoding.stl import looks_binary, says_solid
from shapefield.mesh.foreign import archive, identified, names_of

FORMATS = {
    **{"obj": "obj", "ply": "ply", "stl": "stl", "off": "off", "glb": "gltf", "gltf": "gltf", "3mf": "threemf"},
    **dict.fromkeys(("dae", "zae", "3dxml", "xaml"), "scenes"),
}
"""Format → the module in `decoding` that reads it."""

NAMES = {key: key.upper() for key in FORMATS} | {"gltf": "glTF", "dae": "COLLADA", "zae": "zipped COLLADA"}
"""Format → what it is called."""

SUPPORTED = "OBJ, PLY, STL, OFF, GLB, glTF, 3MF, DAE, ZAE, 3DXML, XAML"


def named_as_mesh(path: str | os.PathLike[str]) -> bool:
    """Whether a file's name ends as those of meshes do, packed ones included; its content may be anything."""
    return FileBytes(Path(path), b"").suffix in FORMATS


def sniff(source: FileBytes) -> str:
    """The format's key in `FORMATS`. Raises InputError that names what the file is instead, and the remedy."""
    data, head = source.data, source.data[:4096]
    if head[:4] == b"glTF":
        return "glb"
    if head[:2] == b"PK":
        return _zip(source)
    if re.match(rb"ply\s", head, re.IGNORECASE):
        return "ply"
    if looks_binary(data) or says_solid(data):
        return "stl"
    if OFF.match(head):
        return "off"
    if re.match(rb"\s*\{", head) and (b'"asset"' in data or source.suffix == "gltf"):
        return "gltf"
    if (markup := _markup(head)) is not None:
        return markup
    found = identified(data)
    if found is None and _is_obj(data):
        return "obj"
    if source.suffix == "stl" and len(data) > 84 and b"\x00" in head and (found is None or found.weak):
        return "stl"  # its decoder says how many triangles are missing
    if found is not None:
        raise source.error(f"expected a mesh ({SUPPORTED}), got {found.what}: {found.remedy}")
    return _unknown(source)


def _markup(head: bytes) -> str | None:
    """The format of an XML document that is one of ours, by its root."""
    root = re.search(rb"<\s*(?:[\w.-]+:)?([A-Za-z][\w.-]*)", re.sub(rb"<[?!][^>]*>", b"", head))
    if root is None or not re.match(rb"\s*<", head):
        return None
    if root.group(1) == b"COLLADA":
        return "dae"
    return "xaml" if b"schemas.microsoft.com/winfx/2006/xaml" in head else None


def _is_obj(data: bytes) -> bool:
    """Text with a vertex or face line near its beginning, or anywhere if comments come first."""
    if b"\x00" in data[:4096]:
        return False
    return re.search(rb"(?:^|[\r\n])[ \t]*(?:v|f|vn|vt)[ \t]+[-+.\d]", data[: 1 << 20]) is not None


def _zip(source: FileBytes) -> str:
    """The format of a zip archive, by the names in its directory (its beginning, where the directory is missing)."""
    names = names_of(source.data)
    lower = [name.lower() for name in names]
    if any(name.endswith(".model") or name.startswith("3d/") for name in lower) or source.suffix == "3mf":
        return "3mf"
    if any(name.endswith((".3drep", ".3dxml")) for name in lower) or source.suffix == "3dxml":
        return "3dxml"
    what, remedy, inner = archive(names)
    if inner.endswith(".dae"):
        return "zae"
    raise source.error(f"expected a mesh ({SUPPORTED}), got {what}: {remedy}")


def _unknown(source: FileBytes) -> str:
    if source.suffix == "splat":
        raise source.error(f"expected a mesh ({SUPPORTED}), got Gaussian splats, by its name: {SPLATS_REMEDY}")
    if source.suffix in FORMATS:
        hint = "it is damaged or something else: copy or export it again"
        raise source.error(f"expected {NAMES[source.suffix]} data, got {_shown(source.data)}: {hint}")
    raise source.error(f"expected a mesh ({SUPPORTED}), got {_shown(source.data)}: export it in one of those formats")


def _shown(data: bytes) -> str:
    head = data[:24]
    printable = all(32 <= byte < 127 or byte in (9, 10, 13) for byte in head)
    return f"text that begins {head.decode('ascii').strip()!r}" if printable else "unknown binary data"
