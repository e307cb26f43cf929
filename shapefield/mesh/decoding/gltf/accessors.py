"""glTF accessors: typed, strided, normalised, sparse arrays, every size checked before a byte is touched."""

from __future__ import annotations

from typing import Any

import numpy as np

from shapefield.mesh.decoding.gltf.document import IMPOSSIBLE, Document, short, whole

COMPONENTS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


def has_data(document: Document, index: Any) -> bool:
    """Whether an accessor names a buffer view, and is not only a description of compressed data."""
    return "bufferView" in document.item("accessors", index)


def read_accessor(document: Document, index: Any, width: int | None, rows: np.ndarray | None = None) -> np.ndarray:
    """(count, width) of an accessor, or its `rows` (k,) only; normalised integers as float32. `width` None allows any.

    Raises InputError if it is of another type, or longer than the data behind it.
    """
    values = stored(document, index, width)
    chosen = np.ascontiguousarray(values) if rows is None else values[rows]
    return normalised(document.item("accessors", index), chosen)


def stored(document: Document, index: Any, width: int | None) -> np.ndarray:
    """(count, width): an accessor's numbers where they lie, without a copy unless it is sparse. Same errors."""
    entry = document.item("accessors", index)
    kind, found, count = component_type(entry), WIDTHS.get(_hashable(entry.get("type"))), whole(entry.get("count"))
    if kind is None or found is None or width not in (None, found) or count == IMPOSSIBLE:
        wanted = f"{width} numbers an entry" if width else "numbers"
        raise document.source.error(f"expected accessors[{index}] to hold {wanted}, got another type: export it again")
    if isinstance(entry.get("sparse"), dict) or "bufferView" not in entry:
        return _filled(document, index, entry, count, found, kind)
    return _strided(document, entry["bufferView"], entry.get("byteOffset", 0), count, found, kind)


def component_type(entry: dict[str, Any]) -> str | None:
    """NumPy's name of an accessor's numbers; None for an unknown type."""
    return COMPONENTS.get(_hashable(entry.get("componentType")))


def normalised(entry: dict[str, Any], values: np.ndarray) -> np.ndarray:
    """Integers of an accessor that says so as float32 in [-1, 1]; anything else as it is."""
    if entry.get("normalized") is True and values.dtype.kind in "iu":
        scaled = values.astype(np.float32) / np.float32(np.iinfo(values.dtype).max)
        return np.maximum(scaled, -1.0)
    return values


def _hashable(value: Any) -> Any:
    return value if isinstance(value, int | str) else None


def _strided(document: Document, view: Any, extra: Any, count: int, width: int, kind: str) -> np.ndarray:
    """(count, width) view of the buffer's own bytes."""
    data, offset, length, stride = document.view(view)
    size = np.dtype(kind).itemsize * width
    step, extra = stride or size, whole(extra)
    if step < size or (count and extra + step * (count - 1) + size > length):
        raise document.source.truncated(f"{short(count)} entries behind bufferViews[{view}]", f"{length:,} bytes")
    if count == 0:
        return np.zeros((0, width), kind)
    step = size if count == 1 else step
    return np.ndarray((count, width), kind, buffer=data, offset=offset + extra, strides=(step, np.dtype(kind).itemsize))


def _filled(document: Document, index: int, entry: dict[str, Any], count: int, width: int, kind: str) -> np.ndarray:
    """All of a sparse accessor, or of one without data, which is all zeros; made once."""
    if index not in document.filled:
        if "bufferView" in entry:
            values = _strided(document, entry["bufferView"], entry.get("byteOffset", 0), count, width, kind)
        elif count > max(1 << 16, len(document.source.data)):
            raise document.source.truncated(f"data behind an accessor of {short(count)} entries", "none")
        else:
            values = np.broadcast_to(np.zeros(1, kind), (count, width))
        document.expansion.take(count * width * np.dtype(kind).itemsize, "sparse accessors")
        values = values.copy()
        if isinstance(entry.get("sparse"), dict):
            _set_sparse(document, entry["sparse"], values, kind)
        document.filled[index] = values
    return document.filled[index]


def _set_sparse(document: Document, sparse: dict[str, Any], values: np.ndarray, kind: str) -> None:
    count, where, what = whole(sparse.get("count")), sparse.get("indices"), sparse.get("values")
    index_kind = component_type(where) if isinstance(where, dict) else None
    if index_kind in (None, "<f4") or not isinstance(where, dict) or not isinstance(what, dict):
        raise document.source.error("expected a sparse accessor with indices and values, got neither: export it again")
    rows = _strided(document, where.get("bufferView"), where.get("byteOffset", 0), count, 1, index_kind).reshape(-1)
    if len(rows) and (rows.min() < 0 or rows.max() >= len(values)):
        raise document.source.error(
            f"expected sparse entries below {len(values):,}, got {int(rows.max())}: export it again"
        )
    values[rows] = _strided(document, what.get("bufferView"), what.get("byteOffset", 0), count, values.shape[1], kind)
