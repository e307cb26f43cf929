"""OFF: the Object File Format of Geomview, ASCII, with the C, N and ST prefixes."""

from __future__ import annotations

import re

import numpy as np

from shapefield.mesh.decoding.numbers import first_bad_word, parse
from shapefield.mesh.decoding.polygons import triangulate
from shapefield.mesh.decoding.source import Geometry, Source, as_bytes

MAGIC = re.compile(rb"\s*(?:#[^\n]*\n\s*)*(ST)?(C)?(N)?(4)?(n)?OFF\b(\s*BINARY)?")


def decode(source: Source) -> Geometry:
    """Read an OFF file: mixed polygons and vertex or face colours included. Raises InputError."""
    text = re.sub(rb"#[^\r\n]*", b"", source.data).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    magic = MAGIC.match(text)
    if magic is None or magic.group(4) or magic.group(5) or magic.group(6):
        raise source.error("expected a plain 3D text OFF file, got another kind of OFF: save it as OFF text, or as PLY")
    lines = [line for line in text[magic.end() :].split(b"\n") if line.strip()]
    counts = parse(lines[0]) if lines else None
    if counts is None or not 2 <= len(counts) <= 3 or (counts < 0).any() or (counts % 1).any():
        got = lines[0][:40].decode("utf-8", "replace") if lines else "nothing"
        raise source.error(f"expected the counts of vertices and faces after OFF, got {got!r}: export it again")
    n, m = int(counts[0]), int(counts[1])
    if len(lines) - 1 < n + m:
        raise source.truncated(f"{n:,} vertices and {m:,} faces as the header says", f"{len(lines) - 1:,} lines")
    vertices, colors = _vertices(source, lines[1 : 1 + n], magic)
    return _faces(source, lines[1 + n : 1 + n + m], vertices, colors)


def _vertices(source: Source, lines: list[bytes], magic: re.Match[bytes]) -> tuple[np.ndarray, np.ndarray | None]:
    text = b"\n".join(lines)
    values = parse(text)
    if values is None:
        raise source.error(f"expected coordinates, got {first_bad_word(text)!r}: export it again")
    width, rest = divmod(len(values), max(1, len(lines)))
    if lines and (rest or width < 3):
        raise source.truncated("3 or more numbers in every vertex line", f"{len(values):,} in {len(lines):,} lines")
    rows = values.reshape(len(lines), width) if lines else np.zeros((0, 3))
    at = 6 if magic.group(3) else 3
    if not magic.group(2) or width < at + 3:
        return rows[:, :3], None
    colors = rows[:, at : at + 3]
    return rows[:, :3], as_bytes(
        colors if (colors % 1).any() or colors.max(initial=0) <= 1 else colors.astype(np.int64)
    )


def _faces(source: Source, lines: list[bytes], vertices: np.ndarray, colors: np.ndarray | None) -> Geometry:
    text = b"\n".join(lines)
    plain = parse(text, np.int64)
    if plain is not None and len(plain) == 4 * len(lines) and (plain[::4] == 3).all():
        return Geometry(vertices, plain.reshape(-1, 4)[:, 1:].copy(), colors)
    counts, flat, painted = [], [], []
    for k, line in enumerate(lines):
        words = line.split()
        try:
            size = int(words[0])
            counts.append(size)
            corners = [int(word) for word in words[1 : 1 + size]]
            paint = [float(word) for word in words[1 + size : 4 + size]]
        except ValueError:
            raise source.error(
                f"expected numbers in face {k + 1}, got {first_bad_word(line)!r}: export it again"
            ) from None
        if size < 0 or len(corners) != size:
            raise source.truncated(f"{size} corners in face {k + 1}", f"{len(corners)}")
        flat.extend(corners)
        painted.append(paint if len(paint) == 3 else None)
    index = np.array(flat, dtype=object)
    if len(index) and not all(0 <= i < len(vertices) for i in flat):
        bad = next(i for i in flat if not 0 <= i < len(vertices))
        raise source.error(
            f"a face refers to vertex {bad}, but the file has {len(vertices):,} (from 0): re-export the mesh"
        )
    corners_of = index.astype(np.int64)
    rows, polygon = triangulate(vertices[corners_of], np.array(counts))
    geometry = Geometry(vertices, corners_of[rows], colors)
    if colors is None and painted and all(paint is not None for paint in painted):
        values = np.array(painted)
        face_colors = as_bytes(values if values.max() <= 1 else values.astype(np.int64))
        geometry.corner_colors = np.repeat(face_colors[polygon][:, None], 3, axis=1)
    return geometry
