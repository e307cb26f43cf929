"""glTF accessors: typed, strided, normalised, sparse arrays, every size checked before a byte is touched."""

from __future__ import annotations

from typing import Any

import numpy as np

from shapefield.mesh.decoding.gltf.document import Document

COMPONENTS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}


def read_accessor(document: Document, index: Any, width: int | None) -> np.ndarray:
    """(count, width) of an accessor; normalised integers as float32. `width` None allows any.

    Raises InputError if it is of another type, or longer than the data behind it.
    """
    entry = document.item("accessors", index)
    kind, found = COMPONENTS.get(_hashable(entry.get("componentType"))), WIDTHS.get(_hashable(entry.get("type")))
    count = entry.get("count")
    if kind is None or found is None or width not in (None, found) or not isinstance(count, int) or count < 0:
        wanted = f"{width} numbers an entry" if width else "numbers"
        raise document.source.error(f"expected accessors[{index}] to hold {wanted}, got another type: export it again")
    if "bufferView" in entry:
        values = _strided(document, entry["bufferView"], entry.get("byteOffset", 0), count, found, kind)
    else:
        values = _zeros(document, entry, count, found, kind)
    if isinstance(entry.get("sparse"), dict):
        values = _sparse(document, entry["sparse"], values.copy(), kind)
    if entry.get("normalized") is True and values.dtype.kind in "iu":
        scaled = values.astype(np.float32) / np.float32(np.iinfo(values.dtype).max)
        return np.maximum(scaled, -1.0)
    return values


def _hashable(value: Any) -> Any:
    return value if isinstance(value, int | str) else None


def _strided(document: Document, view: Any, extra: Any, count: int, width: int, kind: str) -> np.ndarray:
    data, offset, length, stride = document.view(view)
    size = np.dtype(kind).itemsize * width
    step = stride or size
    extra = extra if isinstance(extra, int) and extra >= 0 else 1 << 62
    if step < size or (count and extra + step * (count - 1) + size > length):
        raise document.source.truncated(f"{count:,} entries behind bufferViews[{view}]", f"{length:,} bytes")
    if count == 0:
        return np.zeros((0, width), kind)
    whole = np.ndarray(
        (count, width), kind, buffer=data, offset=offset + extra, strides=(step, np.dtype(kind).itemsize)
    )
    return np.ascontiguousarray(whole)


def _zeros(document: Document, entry: dict[str, Any], count: int, width: int, kind: str) -> np.ndarray:
    """An accessor without data is all zeros; it only makes sense as the ground of a sparse one."""
    if count > max(1 << 16, len(document.source.data)):
        raise document.source.truncated(f"data behind an accessor of {count:,} entries", "none")
    return np.zeros((count, width), kind)


def _sparse(document: Document, sparse: dict[str, Any], values: np.ndarray, kind: str) -> np.ndarray:
    count, where, what = sparse.get("count"), sparse.get("indices"), sparse.get("values")
    index_kind = COMPONENTS.get(_hashable(where.get("componentType"))) if isinstance(where, dict) else None
    if (
        not isinstance(count, int)
        or count < 0
        or index_kind is None
        or index_kind == "<f4"
        or not isinstance(where, dict)
        or not isinstance(what, dict)
    ):
        raise document.source.error("expected a sparse accessor with indices and values, got neither: export it again")
    rows = _strided(document, where.get("bufferView"), where.get("byteOffset", 0), count, 1, index_kind).reshape(-1)
    if len(rows) and (rows.min() < 0 or rows.max() >= len(values)):
        raise document.source.error(
            f"expected sparse entries below {len(values):,}, got {int(rows.max())}: export it again"
        )
    values[rows] = _strided(document, what.get("bufferView"), what.get("byteOffset", 0), count, values.shape[1], kind)
    return values
