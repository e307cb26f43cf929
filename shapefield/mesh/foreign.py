"""What a file is that is none of ours: other formats by their first bytes, and what to do about each."""

from __future__ import annotations

import io
import re
import zipfile
from typing import NamedTuple

import numpy as np

from shapefield.mesh.decoding.numbers import parse
from shapefield.mesh.decoding.splatheader import SPLATS_REMEDY


class Foreign(NamedTuple):
    """What a file is and the remedy. `weak`: told by so few bytes that a binary STL's header may begin with them."""

    what: str
    remedy: str
    weak: bool = False


_SCENE = "export it as GLB or OBJ"
_CAD = "export it as STL or 3MF from the CAD program"
_DATA = "export its surface as PLY or STL"
TABLE = "a table of numbers, as a point cloud has (XYZ, PTS, CSV)"
_CLOUD = "make a mesh of it first (e.g. Poisson in MeshLab)"
_OTHER = "name the mesh instead"
_UNPACK = "unpack it first"

_PROLOGUE = rb"(?:\s*(?:<\?xml[^>]*>|<!--(?:(?!-->).)*-->|<!(?!--)[^>]*>))*\s*"
"""What may stand before the root of XML. Every text is matched in one way only, so that none takes for ever."""

_KNOWN: list[tuple[bytes, str, str]] = [
    (rb"\s*(<!doctype html|<html)", "a web page", "download the file itself"),
    (rb"version https://git-lfs", "a Git LFS pointer", "fetch the real file with git lfs pull"),
    (rb"7z\xbc\xaf|Rar!|\x28\xb5\x2f\xfd", "a compressed archive", _UNPACK),
    (rb"Kaydara FBX|; FBX", "an FBX scene", _SCENE),
    (rb"BLENDER", "a Blender file", "export it as PLY or GLB"),
    (rb"PXR-USDC|#usda ", "a USD scene", _SCENE),
    (rb"\s*ISO-10303-21", "a STEP model", _CAD),
    (rb".{72}S {0,6}0*1 *[\r\n]", "an IGES model", _CAD),
    (rb"(AC10|AC1\.)", "an AutoCAD drawing (DWG)", _CAD),
    (rb"\s*(999\r?\n[^\n]*\n\s*)?0\r?\n\s*SECTION", "an AutoCAD drawing (DXF)", _CAD),
    (rb"3D Geometry File Format", "a Rhino model", "export it as STL or OBJ from Rhino"),
    (rb"\*\*ABCDEFGHIJ|\*\*PART1;|PS\x00\x00", "a Parasolid model", _CAD),
    (rb"DBRep_DrawableShape|CASCADE Topology", "an OpenCASCADE model", _CAD),
    (rb"Version \d+\.\d+ +JT", "a JT model", _CAD),
    (rb"ACIS BinaryFile|ASM BinaryFile|\d+ \d+ \d+ \d+ *\r?\n\d+ .*ACIS", "an ACIS model", _CAD),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a CAD or office document (SolidWorks, Inventor, 3ds Max, ...)", _CAD),
    (rb"\xff\xfe\xff\x0eS\x00k\x00e", "a SketchUp model", _SCENE),
    (rb"//Maya ASCII|FOR[48].{4,16}Maya", "a Maya scene", _SCENE),
    (_PROLOGUE + rb"<(\w+:)?amf\b", "an AMF model", "export it as 3MF or STL"),
    (_PROLOGUE + rb"<X3D\b", "an X3D scene", _SCENE),
    (_PROLOGUE + rb"<svg\b", "an SVG drawing", "it is flat: name the mesh instead"),
    (_PROLOGUE + rb"<VTKFile\b", "a VTK file", _DATA),
    (rb"\s*<\?xml", "an XML document", "export it as PLY or OBJ"),
    (rb"#VRML|#X3D", "a VRML scene", _SCENE),
    (rb"# vtk DataFile", "a VTK file", _DATA),
    (rb"\$MeshFormat", "a Gmsh file", _DATA),
    (rb"(MeshVersionFormatted|\s*MeshVersionFormatted)", "a MEDIT file", _DATA),
    (rb"\*HEADING|\*Heading|\*NODE\b|\*Node\b", "an Abaqus model", _DATA),
    (rb"OCTM", "an OpenCTM mesh", "export it as PLY or OBJ"),
    (rb"NGSP", "Gaussian splats (SPZ)", SPLATS_REMEDY),
    (rb"LASF", "a point cloud (LAS or LAZ)", _CLOUD),
    (rb"ASTM-E57", "a point cloud (E57)", _CLOUD),
    (rb"# \.PCD|VERSION \.?\d+(\.\d+)?\r?\nFIELDS", "a point cloud (PCD)", _CLOUD),
    (rb"\x89HDF", "an HDF5 file", _DATA),
    (rb"Ogawa", "an Alembic scene", _SCENE),
    (rb" BDV", "an OpenVDB volume", _DATA),
    (rb"\x93NUMPY", "a NumPy array", "write its mesh with Mesh.save"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP|II\*\x00|MM\x00\*", "a picture", _OTHER),
    (rb"%PDF", "a PDF", _OTHER),
    (rb"%!PS", "a PostScript document", _OTHER),
    (rb"\x7fELF|MZ.{56}", "a program", _OTHER),
    (rb".{128}DICM", "a DICOM picture", _DATA),
    (rb".{257}ustar", "a tar archive", _UNPACK),
    (rb".{8}\{\"__metadata__\"", "a field or another program's tensors", "name a mesh, or use `shapefield extract`"),
    (rb"\{", "JSON that is no glTF", _OTHER),
    (rb"[;%(].*?\n[ \t]*G\d+\s|G\d+\s", "G-code", "name the mesh that it was sliced from"),
]
_WEAK: list[tuple[bytes, str, str]] = [
    (rb"BM.{4}\x00\x00\x00\x00", "a picture", _OTHER),
    (rb"MM.{2}\x00\x00\x02\x00|MM", "a 3DS scene", _SCENE),
]
"""Two bytes: also what a binary STL's free text may begin with."""

MESHES = (".obj", ".stl", ".ply", ".off", ".glb", ".gltf", ".dae", ".fbx", ".step", ".stp")


def identified(data: bytes) -> Foreign | None:
    """What a file is by its beginning; None if nothing is known of it."""
    head = data[:4096]
    for known, weak in ((_KNOWN, False), (_WEAK, True)):
        for pattern, what, remedy in known:
            if re.match(pattern, head, re.DOTALL | re.IGNORECASE if pattern.startswith(rb"\s*(<!d") else re.DOTALL):
                return Foreign(what, remedy, weak)
    return _cloud(head, whole=len(data) <= len(head))


def _cloud(head: bytes, whole: bool) -> Foreign | None:
    """A table of numbers is a point cloud: XYZ, PTS, TXT, ASC, CSV; a count or the columns' names may stand first."""
    lines = [line for line in head.replace(b"\r", b"\n").split(b"\n") if line.strip()][: None if whole else -1]
    rows = [parse(re.sub(rb"[,;]", b" ", line)) for line in lines[:50]]
    if rows and (rows[0] is None or len(rows[0]) == 1):
        rows = rows[1:]
    numbers = [row for row in rows if row is not None]
    if not numbers or len(numbers) < len(rows) or len({len(row) for row in numbers}) > 1:
        return None
    if len(numbers[0]) < 3 or not np.isfinite(np.concatenate(numbers)).all():
        return None
    return Foreign(TABLE, _CLOUD)


def names_of(data: bytes) -> list[str]:
    """The names in a zip archive: its directory's, or those that stand in its beginning if that cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            return opened.namelist()
    except Exception:  # damaged in one of zipfile's many ways; its decoder says how
        found = re.findall(rb"PK\x03\x04.{22}(..)..(?=(.{1,200}))", data[: 1 << 16], re.DOTALL)
        return [name[: int.from_bytes(size, "little")].decode("utf-8", "replace") for size, name in found]


def archive(names: list[str]) -> tuple[str, str, str]:
    """What a zip archive with these names is, the remedy, and the first mesh in it (or "")."""
    lower = [name.lower() for name in names]
    inner = next((name for name in lower if name.endswith(MESHES)), "")
    if any(name.endswith((".usd", ".usda", ".usdc")) for name in lower):
        return "a USDZ scene", f"{_SCENE} (Reality Converter, Blender)", ""
    if "[content_types].xml" in lower:
        return "an office document", _OTHER, ""
    if any(name.endswith(".fcstd") or name == "document.xml" for name in lower):
        return "a FreeCAD document", _CAD, ""
    if any(name == "doc.kml" or name.endswith(".kml") for name in lower):
        return "a KMZ scene", f"unpack it, and name {inner}" if inner else _SCENE, ""
    if inner:
        shown = next(name for name in names if name.lower() == inner)
        return "a zip archive", f"unpack it, and name {shown[:80]}", inner
    return "a zip archive without a mesh", _UNPACK, ""
