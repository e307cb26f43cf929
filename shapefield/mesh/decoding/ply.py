"""PLY (Turk 1994): ASCII and binary of either endianness, any elements, faces as lists or triangle strips."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field

import numpy as np

from shapefield.errors import InputError
from shapefield.mesh.decoding.numbers import first_bad_word, parse, words_per_line
from shapefield.mesh.decoding.polygons import left_out, triangulate
from shapefield.mesh.decoding.source import UNITS, FileBytes, Geometry, as_bytes
from shapefield.mesh.decoding.splatheader import END, HEADER_LIMIT, SPLATS_REMEDY, holds_splats

TYPES = {
    **dict.fromkeys(("char", "int8"), "i1"),
    **dict.fromkeys(("uchar", "uint8"), "u1"),
    **dict.fromkeys(("short", "int16"), "i2"),
    **dict.fromkeys(("ushort", "uint16"), "u2"),
    **dict.fromkeys(("int", "int32"), "i4"),
    **dict.fromkeys(("uint", "uint32"), "u4"),
    **dict.fromkeys(("float", "float32"), "f4"),
    **dict.fromkeys(("double", "float64"), "f8"),
    **dict.fromkeys(("int64", "long"), "i8"),
    **dict.fromkeys(("uint64", "ulong"), "u8"),
}
TEXTURED = {"s", "t", "u", "v", "texture_u", "texture_v", "texcoord"}
"""What texture coordinates of vertices and faces are called."""
CORNERS = ("vertex_indices", "vertex_index", "indices", "index", "vertex_ids", "vertices")
"""What the list of a face's corners is called, the specification's own names first."""


@dataclass(slots=True)
class Element:
    """One element of the header. `properties` are (name, type, type of a list's length or None)."""

    name: str
    count: int
    properties: list[tuple[str, str, str | None]] = field(default_factory=list)

    @property
    def lists(self) -> list[int]:
        """Which properties are lists."""
        return [k for k, (_, _, length) in enumerate(self.properties) if length]

    def smallest(self, text: bool) -> int:
        """The fewest bytes (in ASCII: words) that one of them can take."""
        return sum(1 if text else np.dtype(length or kind).itemsize for _, kind, length in self.properties)


Columns = dict[str, np.ndarray]
"""Plain properties: (count,) arrays. A list `x` is two: `x` (flat values) and `x#` (count,) lengths."""


def decode(source: FileBytes) -> Geometry:
    """Read a PLY file. Raises InputError if the header lies, the file is cut short, or there is no geometry."""
    if holds_splats(source.data[:HEADER_LIMIT]):
        raise source.error(f"expected a mesh, got Gaussian splats: {SPLATS_REMEDY}")
    notices: list[str] = []
    found = tables(source, notices)
    vertex = found.get("vertex", {})
    if not all(axis in vertex and axis + "#" not in vertex for axis in "xyz"):
        raise source.error("expected vertices with numbers x, y and z, got none: export it again")
    vertices = np.stack([vertex[axis] for axis in "xyz"], axis=1).astype(np.float64)
    corners, counts = _polygons(source, found)
    if len(corners) and (corners.min() < 0 or corners.max() >= len(vertices)):
        k = int(np.flatnonzero((corners < 0) | (corners >= len(vertices)))[0])
        face = int(np.searchsorted(np.cumsum(counts), k, side="right"))
        bad, there = int(corners[k]), len(vertices)
        raise source.error(
            f"face {face} refers to vertex {bad}, but the file has {there:,} (from 0): re-export the mesh"
        )
    rows, polygon = triangulate(vertices[corners], counts)
    unit = re.search(rb"^comment unit (%b)\s*$" % UNITS, source.data[:512], re.MULTILINE)
    geometry = Geometry(vertices, corners[rows], _colors(vertex), unit=unit.group(1).decode("ascii") if unit else None)
    geometry.notices += notices + left_out(counts)
    if all(f"n{axis}" in vertex and f"n{axis}#" not in vertex for axis in "xyz"):
        geometry.normals = np.stack([vertex[f"n{axis}"] for axis in "xyz"], axis=1).astype(np.float64)
    names = {name.rstrip("#") for table in ("vertex", "face") for name in found.get(table, {})}
    if names & TEXTURED:
        geometry.unread.append("texture coordinates")
    geometry.single = any(e.name == "vertex" and ("x", "f4", None) in e.properties for e in _header(source)[0])
    face_colors = _colors(found.get("face", {}))
    if geometry.colors is None and face_colors is not None and len(face_colors) == len(counts):
        geometry.corner_colors = np.repeat(face_colors[polygon][:, None], 3, axis=1)
    return geometry


def tables(source: FileBytes, notices: list[str]) -> dict[str, Columns]:
    """Every element's columns, whatever they mean. Raises InputError if the header lies or the file is cut short."""
    elements, order, start = _header(source)
    read = _read_text if order is None else _read_binary
    return read(source, elements, order or "", start, notices)


def _header(source: FileBytes) -> tuple[list[Element], str | None, int]:
    """Elements, byte order ("<", ">", or None for ASCII), and where the body begins."""
    head = source.data[:HEADER_LIMIT]
    found = END.search(head)
    if found is None:
        raise source.truncated("a PLY header that ends with end_header", "none")
    end, start = found.span()
    if not head.startswith(b"\r\n", 3) and head[end:start].endswith(b"\r\n"):
        start -= 1  # lines end in CR alone: the LF is the body's first byte
    elements: list[Element] = []
    order: str | None = "?"
    for line in head[:end].decode("latin-1").splitlines():
        words = line.split()
        try:
            if words[:1] == ["format"]:
                order = {"ascii": None, "binary_little_endian": "<", "binary_big_endian": ">"}[words[1]]
            elif words[:1] == ["element"]:
                elements.append(Element(words[1], int(words[2])))
            elif words[:2] == ["property", "list"]:
                elements[-1].properties.append((words[4], TYPES[words[3]], TYPES[words[2]]))
            elif words[:1] == ["property"]:
                elements[-1].properties.append((words[2], TYPES[words[1]], None))
        except (KeyError, IndexError, ValueError):
            raise source.error(f"expected a PLY header line, got {line[:60]!r}: export it again") from None
    if order == "?" or any(element.count < 0 for element in elements):
        raise source.error("expected a PLY format line and counts of 0 or more, got neither: export it again")
    return [element for element in elements if element.properties], order, start


def _read_binary(
    source: FileBytes, elements: list[Element], order: str, start: int, notices: list[str]
) -> dict[str, Columns]:
    tables: dict[str, Columns] = {}
    at = start
    for element in elements:
        if element.count * element.smallest(text=False) > len(source.data) - at:
            raise _short(source, element)
        if not element.lists:
            names = [f"{k}" for k in range(len(element.properties))]
            dtype = np.dtype([(n, order + kind) for n, (_, kind, _) in zip(names, element.properties, strict=True)])
            rows = np.frombuffer(source.data, dtype, count=element.count if dtype.itemsize else 0, offset=at)
            tables[element.name] = {p[0]: rows[n] for n, p in zip(names, element.properties, strict=True)}
            at += rows.nbytes
        else:
            columns, at = _uniform_lists(source, element, order, at) or _mixed_lists(source, element, order, at)
            tables[element.name] = columns
    return tables


def _uniform_lists(source: FileBytes, element: Element, order: str, at: int) -> tuple[Columns, int] | None:
    """Rows whose lists all have the lengths of the first row's: one array. None if they do not."""
    data, sizes, fields, place = source.data, {}, [], at
    for k, (_, kind, length) in enumerate(element.properties):
        if length:
            width = np.dtype(length).itemsize
            if element.count == 0 or place + width > len(data):
                return None
            size = _length(float(np.frombuffer(data, order + length, count=1, offset=place)[0]))
            if size < 0 or size * np.dtype(kind).itemsize > len(data) - place:
                return None
            sizes[k] = size
            fields += [(f"#{k}", order + length), (f"{k}", order + kind, (size,))]
            place += width + size * np.dtype(kind).itemsize
        else:
            fields.append((f"{k}", order + kind))
            place += np.dtype(kind).itemsize
    dtype = np.dtype(fields)
    if dtype.itemsize * element.count > len(data) - at:
        return None
    rows = np.frombuffer(data, dtype, count=element.count, offset=at)
    if any((rows[f"#{k}"] != size).any() for k, size in sizes.items()):
        return None
    columns: Columns = {}
    for k, (name, _, length) in enumerate(element.properties):
        columns[name] = rows[f"{k}"].reshape(-1) if length else rows[f"{k}"]
        if length:
            columns[name + "#"] = rows[f"#{k}"].astype(np.int64)
    return columns, at + rows.nbytes


def _mixed_lists(source: FileBytes, element: Element, order: str, at: int) -> tuple[Columns, int]:
    """Rows of different lengths: their places are found one after the other, their values gathered at once."""
    data = source.data
    kinds = [
        (np.dtype(kind).itemsize, struct.Struct(order + np.dtype(length).char) if length else None)
        for _, kind, length in element.properties
    ]
    places: list[list[int]] = [[] for _ in kinds]
    lengths: list[list[int]] = [[] for _ in kinds]
    for _ in range(element.count):
        for k, (width, length) in enumerate(kinds):
            size = 1
            if length is not None:
                if at + length.size > len(data) or (size := _length(length.unpack_from(data, at)[0])) < 0:
                    raise _short(source, element)
                at += length.size
            places[k].append(at)
            lengths[k].append(size)
            at += size * width
            if at > len(data):
                raise _short(source, element)
    columns: Columns = {}
    raw = np.frombuffer(data, np.uint8)
    for k, (name, kind, length) in enumerate(element.properties):
        sizes = np.array(lengths[k], dtype=np.int64)
        first = np.repeat(np.array(places[k], dtype=np.int64), sizes)
        within = np.arange(len(first)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        spots = (first + within * kinds[k][0])[:, None] + np.arange(kinds[k][0])
        columns[name] = raw[spots].reshape(-1).view(order + kind)
        if length:
            columns[name + "#"] = sizes
    return columns, at


def _read_text(
    source: FileBytes, elements: list[Element], order: str, start: int, notices: list[str]
) -> dict[str, Columns]:
    body = source.data[start:].replace(b"\r", b"\n") if b"\r" in source.data else source.data[start:]
    words = parse(body)
    if words is None:
        raise source.error(f"expected numbers after the header, got {first_bad_word(body)!r}: export it again")
    try:
        tables, used = _consumed(source, elements, words)
        fault = None
    except InputError as error:
        tables, used, fault = {}, -1, error
    if used != len(words):  # more numbers than the header declares, or fewer
        lines = words_per_line(body)
        kept = _declared(elements, words, lines[lines > 0])
        if kept is not None:
            notices.append(f"left out {len(words) - len(kept):,} numbers that the header does not declare")
            return _consumed(source, elements, kept)[0]
        if fault is not None:
            raise fault
        notices.append(f"ignored {len(words) - used:,} numbers after the last element")
    return tables


def _consumed(source: FileBytes, elements: list[Element], words: np.ndarray) -> tuple[dict[str, Columns], int]:
    """The elements' tables as their words lie behind each other, and how many words they took."""
    tables: dict[str, Columns] = {}
    at = 0
    for element in elements:
        if element.count * element.smallest(text=True) > len(words) - at:
            raise _short(source, element)
        if not element.lists:
            width = len(element.properties)
            rows = words[at : at + width * element.count].reshape(element.count, width)
            tables[element.name] = {p[0]: _typed(rows[:, k], p[1]) for k, p in enumerate(element.properties)}
            at += rows.size
        else:
            tables[element.name], at = _text_lists(source, element, words, at)
    return tables, at


def _declared(elements: list[Element], words: np.ndarray, lines: np.ndarray) -> np.ndarray | None:
    """`words` without those that stand on a line behind what the header declares; None if the lines hold too little.

    lines : (k,) words on each line; by the specification every line is one element
    """
    if len(lines) < sum(element.count for element in elements):
        return None
    starts = np.cumsum(lines) - lines
    wanted = np.zeros(len(lines), dtype=np.int64)
    at = 0
    for element in elements:
        rows = slice(at, at + element.count)
        for _, _, length in element.properties:
            wanted[rows] += 1
            if length:
                place = starts[rows] + wanted[rows] - 1
                sizes = words[np.minimum(place, len(words) - 1)]
                if not ((sizes >= 0) & (sizes <= len(words)) & (sizes % 1 == 0)).all():
                    return None
                wanted[rows] += sizes.astype(np.int64)
        at += element.count
    if (wanted > lines).any():
        return None
    within = np.arange(len(words)) - np.repeat(starts, lines)
    return words[within < np.repeat(wanted, lines)]


def _text_lists(source: FileBytes, element: Element, words: np.ndarray, at: int) -> tuple[Columns, int]:
    width = len(element.properties)
    if (
        width == 1
        and element.count
        and (size := _length(words[at])) >= 0
        and (size + 1) * element.count <= len(words) - at
    ):
        rows = words[at : at + (size + 1) * element.count].reshape(element.count, size + 1)
        if (rows[:, 0] == size).all():
            name, kind, _ = element.properties[0]
            lengths = np.full(element.count, size, dtype=np.int64)
            return {name: _typed(rows[:, 1:].reshape(-1), kind, listed=True), name + "#": lengths}, at + rows.size
    places: list[list[np.ndarray]] = [[] for _ in range(width)]
    for _ in range(element.count):
        for k, (_, _, length) in enumerate(element.properties):
            if at >= len(words):
                raise _short(source, element)
            size = _length(words[at]) if length else 1
            at += 1 if length else 0
            if not 0 <= size <= len(words) - at:
                raise _short(source, element)
            places[k].append(words[at : at + size])
            at += size
    columns: Columns = {}
    for k, (name, kind, length) in enumerate(element.properties):
        columns[name] = _typed(np.concatenate(places[k] or [np.zeros(0)]), kind, listed=length is not None)
        if length:
            columns[name + "#"] = np.array([len(part) for part in places[k]], dtype=np.int64)
    return columns, at


def _length(word: float) -> int:
    """A list's length as written; -1, which no list has, where it is not a whole number."""
    return int(word) if 0 <= word < 2**62 and word % 1 == 0 else -1


def _typed(values: np.ndarray, kind: str, listed: bool = False) -> np.ndarray:
    """ASCII numbers in the header's kind where it matters: colours of 8 and 16 bits, indices as int64."""
    if kind in ("u1", "u2") and not listed:
        top = np.iinfo(kind).max
        return np.clip(np.nan_to_num(values), 0, top).astype(kind)
    if kind[0] in "iu":
        return np.clip(np.nan_to_num(values, nan=-1.0), -(2.0**62), 2.0**62).astype(np.int64)
    return values


def _polygons(source: FileBytes, tables: dict[str, Columns]) -> tuple[np.ndarray, np.ndarray]:
    """Flat corners (k,) int64 and counts (p,) int64, from faces or strips."""
    face = tables.get("face", {})
    name = _corner_list(face)
    if name is not None:
        return _signed(source, face[name]), face[name + "#"]
    strips = tables.get("tristrips", {})
    name = _corner_list(strips)
    if name is not None:
        faces = unroll_strips(_signed(source, strips[name]), strips[name + "#"])
        return faces.reshape(-1), np.full(len(faces), 3, dtype=np.int64)
    return np.zeros(0, np.int64), np.zeros(0, np.int64)


def _corner_list(columns: Columns) -> str | None:
    """The name of the list that holds corners: a known one, else the only list of whole numbers."""
    lists = [name[:-1] for name in columns if name.endswith("#")]
    for known in CORNERS:
        if known in lists:
            return known
    whole = [name for name in lists if columns[name].dtype.kind in "iu"]
    return whole[0] if len(whole) == 1 else None


def _signed(source: FileBytes, corners: np.ndarray) -> np.ndarray:
    """Indices as int64, contiguous; 64-bit unsigned ones beyond its range wrap to negative and are refused later."""
    if corners.dtype.kind == "f":
        if not ((np.abs(corners) < 2**53) & (corners % 1 == 0)).all():
            raise source.error("expected whole numbers as vertex indices, got decimals: export it again")
        return corners.astype(np.int64)
    return np.ascontiguousarray(corners).astype(np.int64)


def unroll_strips(corners: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Triangle strips, with -1 as restart, → (m, 3) faces whose winding alternates as the strip does."""
    cuts = np.cumsum(lengths)[:-1]
    made = []
    for strip in np.split(corners, cuts):
        for part in np.split(strip, np.flatnonzero(strip == -1)):
            part = part[part != -1]
            if len(part) < 3:
                continue
            faces = np.stack([part[:-2], part[1:-1], part[2:]], axis=1)
            faces[1::2] = faces[1::2, [1, 0, 2]]
            made.append(faces)
    faces = np.concatenate(made) if made else np.zeros((0, 3), np.int64)
    repeated = (faces[:, 0] == faces[:, 1]) | (faces[:, 1] == faces[:, 2]) | (faces[:, 2] == faces[:, 0])
    return faces[~repeated]  # strips are stitched with degenerate faces by design


def _colors(columns: Columns) -> np.ndarray | None:
    for names in (("red", "green", "blue"), ("r", "g", "b"), ("diffuse_red", "diffuse_green", "diffuse_blue")):
        if all(name in columns and name + "#" not in columns for name in names):
            return as_bytes(np.stack([columns[name] for name in names], axis=1))
    return None


def _short(source: FileBytes, element: Element) -> Exception:
    return source.truncated(f"{element.count:,} of element '{element.name}' as the header says", "fewer")
