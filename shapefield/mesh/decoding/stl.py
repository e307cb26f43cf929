"""STL, binary and ASCII: a soup of triangles in single precision (binary), with no shared vertices."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from shapefield.mesh.decoding.numbers import first_bad_word, parse
from shapefield.mesh.decoding.source import FileBytes, Geometry

RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
HEADER = 84
BLOCK = 8 << 20
UNSET = (0, 0xFFFFFFFF)
"""What a program leaves as the count that writes its triangles as they come and never goes back."""

_SOLID = re.compile(rb"(?:^|[\r\n])[ \t]*solid\b", re.IGNORECASE)
_NAMES = re.compile(rb"(?im)^[ \t]*(?:end[ \t]*)?solid\b(?:(?![^\r\n]*\bouter\b)[^\r\n]*|(?:(?!\bfacet\b)[^\r\n])*)")
"""What stands behind `solid` or `endsolid` is a name, whatever words it has: to the line's end, or to a facet."""
_NO_TEXT = bytes(set(range(9)) | set(range(14, 32)) - {27})


def looks_binary(data: bytes) -> bool:
    """Whether the size fits the triangle count of a binary header exactly: no ASCII file passes by chance."""
    return len(data) >= HEADER and len(data) == HEADER + RECORD.itemsize * binary_count(data)


def says_solid(data: bytes) -> bool:
    """Whether a file begins with `solid`, as ASCII files and many a binary do; text may have comments before it."""
    if data[:5].lower() == b"solid":
        return True
    found = _SOLID.search(data[:4096])
    return found is not None and _is_text(data) and _facets(data[found.start() : BLOCK].lower()) > 0


def _is_text(data: bytes) -> bool:
    """Whether no byte is one that text does not have, as far as a binary header and its first triangle would reach."""
    head = data[: HEADER + RECORD.itemsize]
    return len(head.translate(None, _NO_TEXT)) == len(head)


def binary_count(data: bytes) -> int:
    """The number of triangles that a binary header claims."""
    return int.from_bytes(data[80:84], "little")


def decode(source: FileBytes) -> Geometry:
    """Read an STL file. Raises InputError if it is truncated or malformed."""
    if not looks_binary(source.data) and says_solid(source.data) and _is_text(source.data):
        return _decode_ascii(source)
    return _decode_binary(source)


def _decode_binary(source: FileBytes) -> Geometry:
    data = source.data
    if len(data) < HEADER:
        raise source.truncated(f"a binary STL header of {HEADER} bytes", f"{len(data)} bytes")
    claimed, (there, rest) = binary_count(data), divmod(len(data) - HEADER, RECORD.itemsize)
    count = there if claimed in UNSET else claimed
    if there < count:
        raise source.truncated(f"{count:,} triangles as the header says", f"{there:,}")
    if rest == 0 and count < there and _go_on(data, count, there):
        count = there
    records = np.frombuffer(data, RECORD, count=count, offset=HEADER)
    geometry = _soup(records["corners"].reshape(-1, 3).astype(np.float64))
    geometry.single = True
    if count != claimed:
        geometry.notices.append(f"read {count:,} triangles, as many as there are: the header says {claimed:,}")
    if len(data) > HEADER + count * RECORD.itemsize:
        geometry.notices.append(
            f"ignored {len(data) - HEADER - count * RECORD.itemsize:,} bytes after the last triangle"
        )
    colors = _magics_colors(data, records["attribute"])
    if colors is not None:
        geometry.corner_colors = np.repeat(colors[:, None], 3, axis=1)
    return geometry


def _go_on(data: bytes, count: int, there: int) -> bool:
    """Whether what follows the counted triangles is more of them: each with an extent, and near the others."""
    points = np.frombuffer(data, RECORD, count=there, offset=HEADER)["corners"]
    first, more = points[:count].reshape(-1, 3), points[count:]
    low, high = first.min(axis=0), first.max(axis=0)
    room = 10.0 * float((high - low).max())
    near = bool(np.isfinite(more).all() and (more >= low - room).all() and (more <= high + room).all())
    return near and bool((np.ptp(more, axis=1).max(axis=1) > 0).all())


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


def _decode_ascii(source: FileBytes) -> Geometry:
    facets, parts, ended = 0, [], False
    for block in _blocks(source.data):
        ended = ended or re.search(rb"\bend\s*solid\b", block) is not None
        words = _NAMES.sub(b"", block)
        facets += _facets(words)
        numbers = b" ".join(re.findall(rb"\bvertex\s+(\S+\s+\S+\s+\S+)", words))
        values = parse(numbers)
        if values is None:
            raise source.error(f"expected coordinates, got {first_bad_word(numbers)!r}: export it again")
        parts.append(values)
    values = np.concatenate(parts) if parts else np.zeros(0)
    if len(values) != 9 * facets:
        raise source.truncated(f"3 vertices in each of {facets:,} facets", f"{len(values) / 3:g} in all")
    geometry = _soup(values.reshape(-1, 3))
    if facets and not ended:
        geometry.notices.append("it has no 'endsolid': if the file was cut short, faces are missing")
    return geometry


def _facets(text: bytes) -> int:
    """How many facets begin in lower-case `text`; the normal may be missing, and `end facet` be two words."""
    return len(re.findall(rb"\bfacet\b", text)) - len(re.findall(rb"\bend\s+facet\b", text))


def _blocks(data: bytes) -> Iterator[bytes]:
    """Lower-case slices of about 8 MiB that end between facets: memory does not grow with the words of the file."""
    at = 0
    while at < len(data):
        block = data[at : at + BLOCK].lower()
        if at + BLOCK < len(data):
            cut = block.rfind(b"endloop")
            block = block[:cut] if cut > 0 else data[at:].lower()
        yield block
        at += len(block)


def _soup(points: np.ndarray) -> Geometry:
    return Geometry(points, np.arange(len(points), dtype=np.int64).reshape(-1, 3), indexed=False)
