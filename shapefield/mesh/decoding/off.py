"""OFF: the Object File Format of Geomview, text and binary, with the prefixes ST, C, N, 4 and n."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from shapefield.mesh.decoding.numbers import first_bad_word, parse, words_per_line
from shapefield.mesh.decoding.polygons import left_out, triangulate
from shapefield.mesh.decoding.source import FileBytes, Geometry, as_bytes

MAGIC = re.compile(
    rb"\s*(?:#[^\r\n]*[\r\n]\s*)*((?i:ST))?((?i:C))?(N|n(?=4?off))?(4)?(n(?=OFF))?(?i:OFF)(?=[\s\d#]|\Z)"
    rb"(?:[ \t]+((?i:BINARY))[ \t]*\r?\n)?"
)


@dataclass(frozen=True, slots=True)
class VertexLayout:
    """What the first word says of a vertex: x y z [w] [normal] [colour] [texture], in this order."""

    texture: bool
    color: bool
    normal: bool
    weight: bool

    @property
    def base(self) -> int:
        """Numbers before the colour."""
        return 3 + self.weight + (3 + self.weight) * self.normal


@dataclass(frozen=True, slots=True)
class NumberTable:
    """All numbers of a file, and where the rows begin: `rows` (k,) of them and their `widths` (k,)."""

    values: np.ndarray
    rows: np.ndarray
    widths: np.ndarray

    def slice(self, first: int, count: int) -> NumberTable:
        """Some of the rows."""
        return NumberTable(self.values, self.rows[first : first + count], self.widths[first : first + count])

    def columns(self, first: int, count: int) -> np.ndarray:
        """(k, count) numbers of every row."""
        return self.values[self.rows[:, None] + np.arange(first, first + count)]


def decode(source: FileBytes) -> Geometry:
    """Read an OFF file: mixed polygons and vertex or face colours included. Raises InputError."""
    magic = MAGIC.match(source.data)
    if magic is None:
        raise source.error("expected a file that begins with OFF, got something else: export it again")
    kind = VertexLayout(*(magic.group(k) is not None for k in (1, 2, 3, 4)))
    body = source.data[magic.end() :]
    read = _binary if magic.group(6) else _text
    table, n, m = read(source, body, kind, magic.group(5) is not None)
    vertices, colors = _vertices(table.slice(0, n), kind)
    return _faces(source, table.slice(n, m), vertices, colors)


def _text(source: FileBytes, body: bytes, kind: VertexLayout, sized: bool) -> tuple[NumberTable, int, int]:
    """The rows of a text file, as its lines have them, or by counting where the lines mean nothing."""
    body = re.sub(rb"#[^\r\n]*", b"", body).replace(b"\r", b"\n") if b"#" in body or b"\r" in body else body
    values = parse(body)
    if values is None:
        raise source.error(f"expected numbers after OFF, got {first_bad_word(body)!r}: export it again")
    words = words_per_line(body)
    words = words[words > 0]
    if sized:
        _check_dimensions(source, values[0] if len(values) else np.nan)
        values, words = values[1:], _without_first(words)
    if len(values) < 2 or not _whole(values[:2]):
        got = " ".join(f"{x:g}" for x in values[:3]) or "nothing"
        raise source.error(f"expected the counts of vertices and faces after OFF, got {got!r}: export it again")
    n, m = int(values[0]), int(values[1])
    if n * kind.base + m > len(values):
        raise source.truncated(f"{n:,} vertices and {m:,} faces as the header says", f"{len(values):,} numbers")
    table = _by_lines(values, words, n, m, kind)
    return table or _by_counting(source, values, 2 if words[0] == 2 else 3, n, m, kind), n, m


def _without_first(words: np.ndarray) -> np.ndarray:
    words = words.copy()
    words[0] -= 1
    return words[words > 0]


def _check_dimensions(source: FileBytes, dimensions: float) -> None:
    if dimensions != 3:
        raise source.error(f"expected 3 dimensions after nOFF, got {dimensions:g}: export it as a 3D mesh")


def _whole(values: np.ndarray) -> bool:
    return bool(((values >= 0) & (values < 2**53) & (values % 1 == 0)).all())


def _by_lines(values: np.ndarray, words: np.ndarray, n: int, m: int, kind: VertexLayout) -> NumberTable | None:
    """One row a line, the counts' line left out; None if the lines do not hold what the rows must."""
    if len(words) < 1 + n + m or words[0] not in (2, 3):
        return None
    starts = np.cumsum(words) - words
    rows, widths = starts[1 : 1 + n + m], words[1 : 1 + n + m]
    sizes = values[rows[n:]]
    if (widths[:n] < kind.base).any() or not _whole(sizes) or (sizes + 1 > widths[n:]).any():
        return None
    return NumberTable(values, rows, widths)


def _by_counting(source: FileBytes, values: np.ndarray, at: int, n: int, m: int, kind: VertexLayout) -> NumberTable:
    """Rows as the header and each face's own count have them; the colour has what fits of 4, 3 or no numbers."""
    for color in (4, 3, 0) if kind.color else (0,):
        width = kind.base + color + 2 * kind.texture
        starts = _face_starts(values, at + n * width, m)
        if starts is not None:
            rows = np.concatenate([at + width * np.arange(n), starts])
            return NumberTable(values, rows, np.concatenate([np.full(n, width), values[starts].astype(np.int64) + 1]))
    raise source.truncated(f"{n:,} vertices and {m:,} faces as the header says", f"{len(values):,} numbers")


def _face_starts(values: np.ndarray, at: int, m: int) -> np.ndarray | None:
    """(m,) where each face begins if the faces lie behind each other; None if they do not fit."""
    starts = []
    for _ in range(m):
        if at >= len(values) or not (size := float(values[at])) % 1 == 0 or not 0 <= size < len(values) - at:
            return None
        starts.append(at)
        at += 1 + int(size)
    return np.array(starts, dtype=np.int64)


def _binary(source: FileBytes, body: bytes, kind: VertexLayout, sized: bool) -> tuple[NumberTable, int, int]:
    """The rows of a binary file: big-endian by Geomview's manual, little-endian by some."""
    order = ">"
    if len(body) >= 12 and _claims(body, "<") < _claims(body, ">") and _claims(body, ">") > len(body):
        order = "<"
    whole, real = (np.frombuffer(body[: len(body) // 4 * 4], order + code) for code in ("i4", "f4"))
    at = 1 if sized else 0
    if sized:
        _check_dimensions(source, float(whole[0]) if len(whole) else np.nan)
    n, m = (int(x) for x in whole[at : at + 2]) if len(whole) >= at + 3 else (-1, -1)
    width = kind.base + 4 * kind.color + 2 * kind.texture
    if n < 0 or m < 0 or n * width + 2 * m > len(whole) - at - 3:
        raise source.truncated(f"{max(n, 0):,} vertices and {max(m, 0):,} faces", f"{len(body):,} bytes")
    at += 3
    values = real.astype(np.float64)
    starts, sizes = [], []
    place = at + width * n
    for k in range(m):
        size = int(whole[place]) if place < len(whole) else -1
        end = place + 1 + size
        colors = int(whole[end]) if 0 <= size < len(whole) - place - 1 else -1
        if colors < 0 or colors > len(whole) - end - 1:
            raise source.truncated(f"{m:,} faces as the header says", f"{k:,}")
        values[place:end] = whole[place:end]
        values[end : end + colors] = values[end + 1 : end + 1 + colors]  # the colour's own count goes
        starts.append(place)
        sizes.append(1 + size + colors)
        place = end + 1 + colors
    rows, widths = (np.array(column, dtype=np.int64) for column in (starts, sizes))
    vertices = at + width * np.arange(n)
    return NumberTable(values, np.concatenate([vertices, rows]), np.concatenate([np.full(n, width), widths])), n, m


def _claims(body: bytes, order: str) -> int:
    """The fewest bytes that the counts ask for, read in this order."""
    n, m = (int(x) for x in np.frombuffer(body, order + "u4", count=2))
    return 12 * n + 8 * m


def _vertices(table: NumberTable, kind: VertexLayout) -> tuple[np.ndarray, np.ndarray | None]:
    points = table.columns(0, 3)
    if kind.weight:
        points = points / table.columns(3, 1)
    if not kind.color or not len(points) or (table.widths < kind.base + 3).any():
        return points, None
    return points, _colors(table.columns(kind.base, 3))


def _colors(values: np.ndarray) -> np.ndarray:
    """(k, 3) uint8: decimals or nothing above 1 mean 0..1, other whole numbers 0..255."""
    whole = not (values % 1).any() and values.max(initial=0) > 1
    return as_bytes(np.nan_to_num(values, posinf=255, neginf=0).clip(0, 255).astype(np.int64) if whole else values)


def _faces(source: FileBytes, table: NumberTable, vertices: np.ndarray, colors: np.ndarray | None) -> Geometry:
    counts = table.values[table.rows].astype(np.int64)
    total = int(counts.sum())
    within = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
    corners = table.values[np.repeat(table.rows + 1, counts) + within]
    wrong = np.flatnonzero(~((corners >= 0) & (corners < len(vertices)) & (corners % 1 == 0)))
    if len(wrong):
        face = int(np.searchsorted(np.cumsum(counts), wrong[0], side="right"))
        raise source.error(
            f"face {face} refers to vertex {corners[wrong[0]]:.15g}, but the file has {len(vertices):,} (from 0): "
            "re-export the mesh"
        )
    index = corners.astype(np.int64)
    rows, polygon = triangulate(vertices[index], counts)
    geometry = Geometry(vertices, index[rows], colors, notices=left_out(counts))
    if colors is None and len(counts) and (table.widths >= counts + 4).all():
        painted = _colors(table.values[(table.rows + 1 + counts)[:, None] + np.arange(3)])
        geometry.corner_colors = np.repeat(painted[polygon][:, None], 3, axis=1)
    return geometry
