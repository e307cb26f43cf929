"""3MF: a zip of XML parts, with a unit. Core, base materials, colour groups, several parts."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from array import array
from dataclasses import dataclass, field
from pyexpat import ExpatError
from xml.parsers import expat

import numpy as np

from shapefield.mesh.decoding.source import Geometry, Source

UNITS = {"micron": "um", "millimeter": "mm", "centimeter": "cm", "meter": "m", "inch": "in", "foot": "ft"}
PART_LIMIT = 4 << 30
RATIO_LIMIT = 200
"""How often a part may unpack to its packed size once it is above 64 MiB: real XML meshes reach about 20."""
DEPTH_LIMIT = 32
INSTANCE_LIMIT = 100_000
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    RuntimeError,
    OSError,
    ValueError,
)
"""What zipfile raises for archives that are damaged, encrypted or packed in unknown ways."""


@dataclass(slots=True)
class Object:
    """A mesh (flat coordinates, corners, and a property per triangle corner), or components of other objects."""

    coordinates: array = field(default_factory=lambda: array("d"))
    corners: array = field(default_factory=lambda: array("q"))
    paint: array = field(default_factory=lambda: array("q"))
    components: list[tuple[tuple[str, str], np.ndarray]] = field(default_factory=list)
    base_paint: int = -1


@dataclass(slots=True)
class Model:
    """All parts together. Objects are named by (part, id); colours by (part, group id) with a start in `colors`."""

    source: Source
    archive: zipfile.ZipFile
    unit: str = "millimeter"
    objects: dict[tuple[str, str], Object] = field(default_factory=dict)
    items: list[tuple[tuple[str, str], np.ndarray]] = field(default_factory=list)
    groups: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    colors: list[tuple[int, int, int]] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)


def decode(source: Source) -> Geometry:
    """Read a 3MF file. Raises InputError if it is cut short, unreasonably packed, or no 3MF."""
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            model = Model(source, archive)
            root = _root_part(model)
            pending = [root]
            while pending:
                part = pending.pop()
                model.parts.append(part)
                pending += [p for p in _read_part(model, part, part == root) if p not in model.parts + pending]
    except DAMAGE as error:
        end = source.data.rfind(b"PK\x05\x06")
        if end < 0 or end + 22 > len(source.data):
            raise source.truncated("a zip directory at the end", "none") from None
        raise source.error(
            f"expected a sound 3MF archive, got a damaged one ({_line(error)}): copy or export it again"
        ) from None
    return _assemble(model)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:80]


def _root_part(model: Model) -> str:
    """The model part that the package's relations name; else the first one there is."""
    names = [name for name in model.archive.namelist() if name.lower().endswith(".model")]
    if "_rels/.rels" in model.archive.namelist():
        found: list[str] = []

        def start(tag: str, given: dict[str, str]) -> None:
            if given.get("Type", "").endswith("/3dmodel"):
                found.append(given.get("Target", "").lstrip("/"))

        _parse(model, "_rels/.rels", start, lambda tag: None)
        names = [name for name in found if name in model.archive.namelist()] + names
    if not names:
        raise model.source.error("expected a 3MF model, got a zip archive without one: unpack it first")
    return names[0]


def _parse(model: Model, part: str, start, end) -> None:
    """Run `start(tag, attributes)` and `end(tag)` over a part; tags without their namespaces; no DTD, no entities."""
    try:
        info = model.archive.getinfo(part)
    except KeyError:
        raise model.source.error(f"expected part {part[:60]} in the archive, got none: export it again") from None
    packed = max(1, info.compress_size)
    if info.file_size > PART_LIMIT or (info.file_size > 64 << 20 and info.file_size / packed > RATIO_LIMIT):
        sizes = f"{info.file_size / 2**20:,.0f} MiB packed into {packed / 2**20:.2f}"
        raise model.source.error(f"expected a mesh, got {sizes}: it looks like a zip bomb, export it again")
    parser = expat.ParserCreate(namespace_separator="}")

    def refuse(*_: object) -> None:
        raise model.source.error("expected plain XML, got one with a DTD: export it again")

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda tag, given: start(tag.rpartition("}")[2], _plain(given))
    parser.EndElementHandler = lambda tag: end(tag.rpartition("}")[2])
    parser.buffer_text = True
    try:
        with model.archive.open(info) as stream:
            while block := stream.read(1 << 20):
                parser.Parse(block, False)
            parser.Parse(b"", True)
    except ExpatError as error:
        raise model.source.error(f"expected sound XML in {part[:60]}, got: {error}: copy or export it again") from None


def _plain(given: dict[str, str]) -> dict[str, str]:
    """Attributes without their namespaces (the production extension's `p:path`)."""
    if any("}" in key for key in given):
        return {key.rpartition("}")[2]: value for key, value in given.items()}
    return given


def _read_part(model: Model, part: str, root: bool) -> list[str]:
    """Collect a model part's objects, colours and build items; returns the other parts that it refers to."""
    source, current, group, others = model.source, Object(), "", []

    def start(tag: str, given: dict[str, str]) -> None:
        nonlocal current, group
        if tag == "vertex":
            current.coordinates.extend((float(given["x"]), float(given["y"]), float(given["z"])))
        elif tag == "triangle":
            current.corners.extend((int(given["v1"]), int(given["v2"]), int(given["v3"])))
            if "p1" in given or current.base_paint >= 0:
                _paint_triangle(model, part, current, given)
        elif tag == "object":
            current = model.objects.setdefault((part, given["id"]), Object())
            if "pid" in given:
                current.base_paint = _color(model, part, given["pid"], given.get("pindex", "0"))
        elif tag in ("component", "item"):
            place = given.get("path", "").lstrip("/") or part
            others.extend([place] if place != part else [])
            entry = ((place, given["objectid"]), _transform(given.get("transform")))
            (current.components if tag == "component" else model.items if root else []).append(entry)
        elif tag in ("basematerials", "colorgroup"):
            group = given["id"]
            model.groups[part, group] = (len(model.colors), 0)
        elif tag in ("base", "color") and group:
            first, count = model.groups[part, group]
            model.colors.append(_hex(given.get("displaycolor" if tag == "base" else "color", "")))
            model.groups[part, group] = (first, count + 1)
        elif tag == "model" and root:
            model.unit = given.get("unit", "millimeter")

    def end(tag: str) -> None:
        nonlocal group
        if tag in ("basematerials", "colorgroup"):
            group = ""

    try:
        _parse(model, part, start, end)
    except KeyError as error:
        raise source.error(f"expected attribute {_line(error)} in {part[:60]}, got none: export it again") from None
    except (ValueError, OverflowError) as error:
        raise source.error(f"expected numbers in {part[:60]}, got: {_line(error)}: export it again") from None
    return others


def _paint_triangle(model: Model, part: str, current: Object, given: dict[str, str]) -> None:
    """Colour numbers of a triangle's corners; triangles before the first painted one get the object's own."""
    missing = len(current.corners) - 3 - len(current.paint)
    current.paint.extend([current.base_paint] * missing)
    group = given.get("pid")
    if group is None or "p1" not in given:
        current.paint.extend([current.base_paint] * 3)
        return
    first = _color(model, part, group, given["p1"])
    current.paint.extend(
        (first, *(_color(model, part, group, given[k]) if k in given else first for k in ("p2", "p3")))
    )


def _color(model: Model, part: str, group: str, index: str) -> int:
    first, count = model.groups.get((part, group), (0, 0))
    k = int(index)
    return first + k if 0 <= k < count else -1


def _hex(text: str) -> tuple[int, int, int]:
    digits = text.lstrip("#")
    try:
        return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)
    except ValueError:
        return 200, 200, 200


def _transform(text: str | None) -> np.ndarray:
    """(4, 3) row-vector transform: x' = [x, 1] · T."""
    if text is None:
        return np.vstack([np.eye(3), np.zeros(3)])
    values = [float(word) for word in text.split()]
    if len(values) != 12:
        raise ValueError(f"a transform of {len(values)} numbers instead of 12")
    return np.array(values).reshape(4, 3)


def _assemble(model: Model) -> Geometry:
    """Every build item under its transform, components within objects, mirrored parts turned right side out."""
    vertices, faces, paints, base = [], [], [], 0
    stack = [(name, matrix, 0) for name, matrix in reversed(model.items)]
    if not model.items:
        stack = [(name, _transform(None), 0) for name in reversed(model.objects)]
    placed = 0
    while stack:
        name, matrix, depth = stack.pop()
        placed += 1
        if depth > DEPTH_LIMIT or placed > INSTANCE_LIMIT:
            raise model.source.error("expected components of finite depth, got a cycle or millions: export it again")
        part = model.objects.get(name)
        if part is None:
            raise model.source.error(f"expected object {name[1][:20]}, got none: export it again")
        for inner, local in reversed(part.components):
            joined = local @ matrix[:3]
            joined[3] += matrix[3]
            stack.append((inner, joined, depth + 1))
        points, corners = (
            np.array(part.coordinates).reshape(-1, 3),
            np.array(part.corners, dtype=np.int64).reshape(-1, 3),
        )
        if len(corners) and (corners.min() < 0 or corners.max() >= len(points)):
            bad = int(corners.max() if corners.max() >= len(points) else corners.min())
            there = f"object {name[1][:20]} has {len(points):,}"
            raise model.source.error(f"a face refers to vertex {bad}, but {there}: re-export the mesh")
        paint = np.array(part.paint, dtype=np.int64)
        paint = np.concatenate([paint, np.full(corners.size - len(paint), part.base_paint)]).reshape(-1, 3)
        if np.linalg.det(matrix[:3]) < 0:
            corners, paint = corners[:, ::-1], paint[:, ::-1]
        vertices.append(points @ matrix[:3] + matrix[3])
        faces.append(corners + base)
        paints.append(paint)
        base += len(points)
    return _joined(model, vertices, faces, paints)


def _joined(model: Model, vertices: list, faces: list, paints: list) -> Geometry:
    unit = UNITS.get(model.unit)
    if not faces:
        return Geometry(np.zeros((0, 3)), np.zeros((0, 3), np.int64), unit=unit)
    paint = np.concatenate(paints)
    corner_colors = None
    if model.colors and (paint >= 0).any():
        palette = np.array([*model.colors, (200, 200, 200)], dtype=np.uint8)
        corner_colors = palette[paint]  # -1, no colour, is the palette's last
    return Geometry(np.concatenate(vertices), np.concatenate(faces), corner_colors=corner_colors, unit=unit)
