"""Wavefront OBJ: read in blocks of lines, each kind of line parsed as one array.

Kinds: v (with colours), vt, f (a, a/b, a//c, a/b/c; negative indices; any number of corners), usemtl, mtllib, o and g,
whose names are kept. Smoothing, lines, points and curves carry no surface and are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from shapefield.mesh.decoding.material import Material, read_library
from shapefield.mesh.decoding.numbers import first_bad_word, parse, spaces, words_per_line
from shapefield.mesh.decoding.polygons import left_out, triangulate
from shapefield.mesh.decoding.source import UNITS, FileBytes, Geometry, as_bytes
from shapefield.mesh.decoding.texture import PixelBudget, sample
from shapefield.mesh.partnames import PartNames
from shapefield.storage.mark import MARK

BLOCK = 8 << 20
_BLANK = np.zeros(256, dtype=bool)
_BLANK[[9, 11, 12, 13, 32]] = True
V, VT, F, MATERIAL, LIBRARY, PART, OTHER = range(7)
_NORMAL = re.compile(rb"^vn[ \t]", re.MULTILINE)
_CONTINUED = re.compile(
    rb"^[ \t]*(?:v[tnp]?|f|l|p)[ \t][^\r\n\\#]*(?:\\[ \t]*(?:\r\n|\n|\r)[^\r\n\\#]*)+", re.MULTILINE
)
"""A line of numbers that goes on after a backslash. Names and comments may end in one, and do not go on."""


@dataclass(slots=True)
class Blocks:
    """What the blocks gave so far; indices are absolute and count from 0.

    names, parts : the numbers of the materials, and of objects and groups;  current, part : those in use at the end
    """

    vertices: list[np.ndarray] = field(default_factory=list)
    colors: list[np.ndarray | None] = field(default_factory=list)
    uv: list[np.ndarray] = field(default_factory=list)
    corners: list[np.ndarray] = field(default_factory=list)
    corner_uv: list[np.ndarray] = field(default_factory=list)
    counts: list[np.ndarray] = field(default_factory=list)
    material: list[np.ndarray] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=lambda: {"": 0})
    current: int = 0
    parts: dict[str, int] = field(default_factory=lambda: {"": 0})
    part: int = 0
    part_of: list[np.ndarray] = field(default_factory=list)
    libraries: list[str] = field(default_factory=list)
    vertex_count: int = 0
    uv_count: int = 0
    face_count: int = 0


def decode(source: FileBytes) -> Geometry:
    """Read an OBJ file. Raises InputError naming the line's words or the face that is wrong."""
    data = _CONTINUED.sub(_joined_line, source.data) if b"\\" in source.data else source.data
    blocks = Blocks()
    for block in _line_blocks(data):
        _read_block(source, block, blocks)
    vertices = _joined(blocks.vertices, (0, 3))
    counts = _joined(blocks.counts, (0,), np.int64)
    corners = _joined(blocks.corners, (0,), np.int64)
    _check_range(source, corners, counts, len(vertices), "vertex")
    whole = data.endswith((b"\n", b"\r"))
    if not whole and len(counts) and counts[-1] < 3:
        raise source.truncated(f"3 corners or more for face {len(counts)}", f"{int(counts[-1])}")
    rows, polygon = triangulate(vertices[corners], counts)
    notices = left_out(counts) + _claims_missed(source, len(vertices), len(counts), len(rows))
    geometry = Geometry(vertices, corners[rows], _vertex_colors(blocks), unit=_unit(source.data), notices=notices)
    present = (
        ("texture coordinates", blocks.uv_count),
        ("materials", len(blocks.names) > 1),
        ("normals", _NORMAL.search(data)),
    )
    geometry.unread = [what for what, there in present if there]
    if len(blocks.parts) > 1:
        geometry.parts = PartNames.of_faces(list(blocks.parts), _joined(blocks.part_of, (0,), np.int64)[polygon])
    if not whole and len(counts):
        geometry.notices.append("the last line has no end: if the file was cut short, faces are missing")
    if geometry.colors is None and (blocks.libraries or len(blocks.names) > 1):
        _paint(source, geometry, blocks, rows, polygon)
    return geometry


def _joined_line(line: re.Match[bytes]) -> bytes:
    return re.sub(rb"\\[ \t]*(?:\r\n|\n|\r)", b" ", line.group())


def _line_blocks(data: bytes):
    """Slices of whole lines with LF ends only."""
    at = 0
    while at < len(data):
        end = min(at + BLOCK, len(data))
        if end < len(data):
            cut = max(data.rfind(b"\n", at, end), data.rfind(b"\r", at, end))
            if cut < 0:  # one line longer than a block
                found = [p for p in (data.find(b"\n", end), data.find(b"\r", end)) if p >= 0]
                cut = min(found, default=len(data) - 1)
            end = cut + 1
        block = data[at:end]
        if b"\r" in block:
            block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        yield block if block.endswith(b"\n") else block + b"\n"
        at = end


def _read_block(source: FileBytes, block: bytes, blocks: Blocks) -> None:
    raw = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(raw == 10)
    starts = np.concatenate([[0], ends[:-1] + 1])
    kinds = _kinds(block, raw, starts, ends)
    widths = ends + 1 - starts
    before_v = blocks.vertex_count + np.cumsum(kinds == V)
    before_vt = blocks.uv_count + np.cumsum(kinds == VT)
    if (kinds == V).any():
        text = _lines(raw, kinds == V, widths).replace(b"v", b" ")
        _add_vertices(source, text, int((kinds == V).sum()), blocks)
    if (kinds == VT).any():
        text = _lines(raw, kinds == VT, widths).replace(b"vt", b"  ")
        blocks.uv.append(_texture_coordinates(source, text, int((kinds == VT).sum())))
        blocks.uv_count += len(blocks.uv[-1])
    materials, parts = _switches(block, kinds, starts, ends, blocks)
    if (kinds == F).any():
        lines = np.flatnonzero(kinds == F)
        text = _lines(raw, kinds == F, widths).replace(b"f", b" ")
        _add_faces(source, text, before_v[lines], before_vt[lines], blocks)
        blocks.material.append(materials[lines])
        blocks.part_of.append(parts[lines])


def _kinds(block: bytes, raw: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """(lines,) which kind every line is, by its first two or three bytes."""
    padded = np.concatenate([raw, np.zeros(3, np.uint8)])
    starts = starts.copy()
    indented = _BLANK[padded[starts]]
    for k in np.flatnonzero(indented):  # rare; indentation is legal
        line = block[starts[k] : ends[k]]
        starts[k] += len(line) - len(line.lstrip())
    one, two, three = padded[starts], padded[starts + 1], padded[starts + 2]
    kinds = np.full(len(starts), OTHER)
    kinds[(one == ord("v")) & _BLANK[two]] = V
    kinds[(one == ord("v")) & (two == ord("t")) & _BLANK[three]] = VT
    kinds[(one == ord("f")) & _BLANK[two]] = F
    kinds[(one == ord("u")) & (two == ord("s"))] = MATERIAL
    kinds[(one == ord("m")) & (two == ord("t"))] = LIBRARY
    kinds[((one == ord("o")) | (one == ord("g"))) & (_BLANK[two] | (two == ord("\n")))] = PART
    return kinds


def _lines(raw: np.ndarray, which: np.ndarray, widths: np.ndarray) -> bytes:
    """The chosen lines, one after the other, comments at their ends removed."""
    text = raw.tobytes() if which.all() else raw[np.repeat(which, widths)].tobytes()
    return re.sub(rb"#[^\n]*", b"", text) if b"#" in text else text


def _add_vertices(source: FileBytes, text: bytes, count: int, blocks: Blocks) -> None:
    values = parse(text)
    if values is None:
        raise source.error(f"expected coordinates, got {first_bad_word(text)!r} in a vertex line: export it again")
    width = len(values) // count
    words = None if len(values) == 3 * count else words_per_line(text)
    if words is not None and (words < 3).any():
        k = blocks.vertex_count + int(np.flatnonzero(words < 3)[0]) + 1
        raise source.truncated(f"3 coordinates for vertex {k}", f"{int(words.min())}")
    if words is None or (words == width).all():
        rows = values.reshape(count, width)
        painted = rows[:, 3:6] if width == 6 else rows[:, 4:7] if width == 7 else None
        blocks.vertices.append(rows[:, :3].copy())
        blocks.colors.append(None if painted is None else painted.copy())
    else:
        first = np.cumsum(words) - words
        blocks.vertices.append(values[first[:, None] + np.arange(3)])
        blocks.colors.append(None)
    blocks.vertex_count += count


def _texture_coordinates(source: FileBytes, text: bytes, count: int) -> np.ndarray:
    values, words = parse(text), words_per_line(text)
    if values is None or (words < 1).any():
        raise source.error(f"expected texture coordinates, got {first_bad_word(text)!r} in a vt line: export it again")
    first = np.cumsum(words) - words
    second = np.where(words > 1, values[np.minimum(first + 1, len(values) - 1)], 0.0)
    return np.stack([values[first], second], axis=1)


def _add_faces(source: FileBytes, text: bytes, before_v: np.ndarray, before_vt: np.ndarray, blocks: Blocks) -> None:
    counts = words_per_line(text)
    total = int(counts.sum())
    corners, uv = _split_corners(source, text, total)
    corners = _absolute(corners, np.repeat(before_v, counts))
    blocks.corners.append(corners)
    blocks.corner_uv.append(np.full(0, -1) if uv is None else _absolute(uv, np.repeat(before_vt, counts)))
    if uv is None:
        blocks.corner_uv[-1] = np.full(total, -1, dtype=np.int64)
    blocks.counts.append(counts)
    blocks.face_count += len(counts)


def _split_corners(source: FileBytes, text: bytes, total: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Every corner's vertex and texture index as written (from 1, or negative; 0 where there is none)."""
    slashes, double = text.count(b"/"), text.count(b"//")
    if slashes in (0, total, 2 * total) and double in (0, total) and _regular(text, slashes // max(1, total)):
        per_corner = 1 if slashes == 0 else 2 if slashes == total or double else 3
        values = parse(text.replace(b"/", b" "), np.int64)
        if values is not None and len(values) == per_corner * total:
            rows = values.reshape(total, per_corner)
            return rows[:, 0].copy(), rows[:, 1].copy() if slashes and not double else None
    return _split_words(source, text)


def _regular(text: bytes, slashes: int) -> bool:
    """Whether every corner has this many slashes, none of them at its beginning or end."""
    if slashes == 0:
        return True
    raw = np.frombuffer(text, np.uint8)
    gap = spaces(text)
    slash = raw == ord("/")
    if (slash[1:] & gap[:-1]).any() or (slash[:-1] & gap[1:]).any():
        return False
    begins = ~gap
    begins[1:] &= gap[:-1]
    return bool((np.add.reduceat(slash.astype(np.int8), np.flatnonzero(begins)) == slashes).all())


def _split_words(source: FileBytes, text: bytes) -> tuple[np.ndarray, np.ndarray]:
    """The slow way, for corners written in several ways in one block."""
    vertex, texture = [], []
    for word in text.split():
        parts = word.split(b"/")
        try:
            vertex.append(_limited(parts[0]))
            texture.append(_limited(parts[1]) if len(parts) > 1 and parts[1] else 0)
        except ValueError:
            shown = word[:40].decode("utf-8", "replace")
            raise source.error(
                f"expected corners such as 3, 3/1 or 3//2 in a face, got {shown!r}: export it again"
            ) from None
    return np.array(vertex, dtype=np.int64), np.array(texture, dtype=np.int64)


def _limited(word: bytes) -> int:
    """An index as written, `7.0` included. Raises ValueError if it is no whole number."""
    try:
        index = int(word[:40])
    except ValueError:
        value = float(word)
        if value % 1 != 0:
            raise ValueError("no whole number") from None
        index = int(value)
    return max(-(2**62), min(2**62, index))


def _absolute(index: np.ndarray, before: np.ndarray) -> np.ndarray:
    """From 1 or from the end (negative) → from 0; what is written as 0 becomes -1."""
    return np.where(index > 0, index - 1, np.where(index < 0, before + index, -1))


def _check_range(source: FileBytes, corners: np.ndarray, counts: np.ndarray, there: int, what: str) -> None:
    wrong = np.flatnonzero((corners < 0) | (corners >= there))
    if len(wrong):
        face = int(np.searchsorted(np.cumsum(counts), wrong[0], side="right")) + 1
        bad = int(corners[wrong[0]]) + 1
        raise source.error(f"face {face} refers to {what} {bad}, but the file has {there:,}: re-export the mesh")


def _claims_missed(source: FileBytes, vertices: int, polygons: int, triangles: int) -> list[str]:
    """Hold the counts against those in the comments: ours are true, other programs count in ways of their own."""
    head, notices = source.data[:2048], []
    for pattern, there, what in (
        (rb"^#\s*[Vv]ertices:\s*(\d{1,15})\s*$", vertices, "vertices"),
        (rb"^#\s*[Ff]aces:\s*(\d{1,15})\s*$", max(polygons, triangles), "faces"),
    ):
        claim = re.search(pattern, head, re.MULTILINE)
        if claim and there < int(claim.group(1)):
            if head.startswith(f"# {MARK}".encode("ascii")):
                raise source.truncated(f"{int(claim.group(1)):,} {what} as its comment says", f"{there:,}")
            notices.append(f"a comment counts {int(claim.group(1)):,} {what}, the file has {there:,}: is it whole?")
    return notices


def _unit(data: bytes) -> str | None:
    """The unit that we write into a comment."""
    found = re.search(rb"^# unit (%b)\s*$" % UNITS, data[:512], re.MULTILINE)
    return found.group(1).decode("ascii") if found else None


def _vertex_colors(blocks: Blocks) -> np.ndarray | None:
    if not blocks.colors or any(part is None for part in blocks.colors):
        return None
    return as_bytes(np.concatenate([part for part in blocks.colors if part is not None]))


def _switches(
    block: bytes, kinds: np.ndarray, starts: np.ndarray, ends: np.ndarray, blocks: Blocks
) -> tuple[np.ndarray, np.ndarray]:
    """(lines,) which material, and which object or group, is in use at each line; remembers names and libraries."""
    at, number, begun, part = [0], [blocks.current], [0], [blocks.part]
    for k in np.flatnonzero((kinds == MATERIAL) | (kinds == LIBRARY) | (kinds == PART)):
        words = block[starts[k] : ends[k]].strip().split(None, 1)
        text = words[1].decode("utf-8", "replace").strip() if len(words) > 1 else ""
        if words[0] == b"usemtl":
            at.append(int(k))
            number.append(blocks.names.setdefault(text, len(blocks.names)))
        elif words[0] in (b"o", b"g"):
            begun.append(int(k))
            part.append(blocks.parts.setdefault(text, len(blocks.parts)))
        elif words[0] == b"mtllib" and text and len(blocks.libraries) < 100:
            blocks.libraries.append(text)
    blocks.current, blocks.part = number[-1], part[-1]
    used = np.repeat(np.array(number), np.diff([*at, len(kinds)]))
    return used, np.repeat(np.array(part), np.diff([*begun, len(kinds)]))


def _paint(source: FileBytes, geometry: Geometry, blocks: Blocks, rows: np.ndarray, polygon: np.ndarray) -> None:
    """Corner colours from materials and their textures, where at least one material has any."""
    library = _library(source, geometry, blocks)
    known = [library.get(name) for name in blocks.names]
    if not any(known) or not blocks.material:
        return
    used = np.concatenate(blocks.material)[polygon]
    plain = np.array([[200, 200, 200] if material is None else material.color for material in known], np.uint8)
    if not np.isin(used, [k for k, material in enumerate(known) if material is not None]).any():
        return
    painted = np.repeat(plain[used][:, None], 3, axis=1)
    index = _joined(blocks.corner_uv, (0,), np.int64)[rows]
    uv = _joined(blocks.uv, (0, 2))
    mapped = (index >= 0) & (index < len(uv))
    spread = np.flatnonzero(mapped.any(axis=1))
    for picture, which in _textures(source, geometry, known, used[spread]):
        which = spread[which]
        colors, there = painted[which], mapped[which]
        colors[there] = sample(picture, uv[index[which][there]] * [1.0, -1.0] + [0.0, 1.0])
        painted[which] = colors
    geometry.corner_colors = painted


def _library(source: FileBytes, geometry: Geometry, blocks: Blocks) -> dict[str, Material]:
    library: dict[str, Material] = {}
    for reference in dict.fromkeys(blocks.libraries):
        try:
            library.update(read_library(source.beside(reference)))
        except (OSError, ValueError) as error:
            geometry.notices.append(f"colours left out: {error}")
    return library


def _textures(
    source: FileBytes, geometry: Geometry, known: list[Material | None], used: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(picture, rows of `used` that it paints), each picture decoded once and one at a time."""
    order = np.argsort(used, kind="stable")
    first = np.searchsorted(used[order], np.arange(len(known) + 1))
    pictures: dict[str, tuple[str, list[np.ndarray]]] = {}
    missing: dict[str, None] = {}
    for k in np.flatnonzero(np.diff(first)):
        material = known[k]
        if material is None or not material.texture:
            continue
        try:
            place = source.place(material.texture)
        except (OSError, ValueError) as error:
            missing.setdefault(f"texture left out: {error}")
            continue
        pictures.setdefault(place, (material.texture, []))[1].append(order[first[k] : first[k + 1]])
    budget = PixelBudget()
    for reference, parts in pictures.values():
        try:
            picture = budget.load(source.beside(reference))
        except (OSError, ValueError) as error:
            missing.setdefault(f"texture left out: {error}")
            continue
        yield picture, np.concatenate(parts)
    geometry.notices += list(missing)[:3]
    if len(missing) > 3:
        geometry.notices.append(f"{len(missing) - 3:,} more textures left out")


def _joined(parts: list[np.ndarray], empty: tuple[int, ...], dtype: type = np.float64) -> np.ndarray:
    return np.concatenate(parts) if parts else np.zeros(empty, dtype)
