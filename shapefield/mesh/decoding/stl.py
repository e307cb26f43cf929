"""STL, binary and ASCII: a soup of triangles in single precision (binary), with no shared vertices."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from shapefield.mesh.decoding.numbers import first_bad_word, parse
from shapefield.mesh.decoding.source import Geometry, Source

RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
HEADER = 84
BLOCK = 8 << 20


def looks_binary(data: bytes) -> bool:
    """Whether the size fits the triangle count of a binary header exactly: no ASCII file passes by chance."""
    return len(data) >= HEADER and len(data) == HEADER + RECORD.itemsize * binary_count(data)


def binary_count(data: bytes) -> int:
    """The number of triangles that a binary header claims."""
    return int.from_bytes(data[80:84], "little")


def decode(source: Source) -> Geometry:
    """Read an STL file. Raises InputError if it is truncated or malformed."""
    if not looks_binary(source.data) and re.match(rb"\s*solid\b", source.data[:512]):
        if b"facet" in source.data[:4096] or b"endsolid" in source.data[:4096]:
            return _decode_ascii(source)
    return _decode_binary(source)


def _decode_binary(source: Source) -> Geometry:
    data = source.data
    if len(data) < HEADER:
        raise source.truncated(f"a binary STL header of {HEADER} bytes", f"{len(data)} bytes")
    count = binary_count(data)
    there = (len(data) - HEADER) // RECORD.itemsize
    if there < count:
        raise source.truncated(f"{count:,} triangles as the header says", f"{there:,}")
    records = np.frombuffer(data, RECORD, count=count, offset=HEADER)
    geometry = _soup(records["corners"].reshape(-1, 3).astype(np.float64))
    if len(data) > HEADER + count * RECORD.itemsize:
        geometry.notices.append(
            f"ignored {len(data) - HEADER - count * RECORD.itemsize:,} bytes after the last triangle"
        )
    colors = _magics_colors(data, records["attribute"])
    if colors is not None:
        geometry.corner_colors = np.repeat(colors[:, None], 3, axis=1)
    return geometry


def _magics_colors(data: bytes, attribute: np.ndarray) -> np.ndarray | None:
    """(m, 3) uint8 face colours by the Materialise convention (header "COLOR=", 5 bits a channel), or None."""
    at = data.find(b"COLOR=", 0, 80)
    if at < 0 or at + 10 > 80:
        return None
    own = (attribute & 0x8000) == 0
    channels = [(attribute >> shift) & 31 for shift in (0, 5, 10)]
    colors = np.stack([(c * 255) // 31 for c in channels], axis=1).astype(np.uint8)
    colors[~own] = np.frombuffer(data, np.uint8, count=3, offset=at + 6)
    return colors


def _decode_ascii(source: Source) -> Geometry:
    data = source.data
    facets, ends = len(re.findall(rb"\bfacet\s+normal", data)), len(re.findall(rb"\bendfacet\b", data))
    if not re.search(rb"\bendsolid\b", data) or facets != ends:
        raise source.truncated("'endsolid' after the last facet", f"{facets:,} facets, {ends:,} of them finished")
    parts = []
    for block in _facet_blocks(data):
        numbers = b" ".join(re.findall(rb"\bvertex\s+(\S+\s+\S+\s+\S+)", block))
        values = parse(numbers)
        if values is None:
            raise source.error(f"expected coordinates, got {first_bad_word(numbers)!r}: export it again")
        parts.append(values)
    values = np.concatenate(parts) if parts else np.zeros(0)
    if len(values) != 9 * facets:
        raise source.truncated(f"3 vertices in each of {facets:,} facets", f"{len(values) / 3:g} in all")
    return _soup(values.reshape(-1, 3))


def _facet_blocks(data: bytes) -> Iterator[bytes]:
    """Slices of about 8 MiB that end after a facet, so that memory does not grow with the words of the file."""
    at = 0
    while at < len(data):
        end = at + BLOCK
        if end < len(data):
            cut = data.rfind(b"endfacet", at, end)
            end = cut if cut > at else len(data)
        yield data[at:end]
        at = end


def _soup(points: np.ndarray) -> Geometry:
    return Geometry(points, np.arange(len(points), dtype=np.int64).reshape(-1, 3), indexed=False)
