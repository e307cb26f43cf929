"""Draco in glTF: a primitive's corners and attributes, decoded by DracoPy in a process of its own."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import Any

import numpy as np

from shapefield.errors import InputError
from shapefield.machine.children import ChildFailed, answer_of
from shapefield.mesh.decoding.gltf.accessors import component_type
from shapefield.mesh.decoding.gltf.document import Document, extension, whole
from shapefield.mesh.decoding.gltf.primitives import Primitive, has_plain_data

DRACO = "KHR_draco_mesh_compression"
CHILD = "shapefield.mesh.decoding.gltf.dracochild"
SECONDS, SECONDS_A_BYTE = 30.0, 1e-5
"""Measured: a megabyte, which is a million triangles, takes 0.1 s of the processor."""
A_ROW = 200
"""Bytes that a vertex or a triangle takes in the child with all its attributes, with some to spare."""
AT_REST = 300 << 20
"""Bytes that the child may take before it has decoded anything."""


def decompress(document: Document, primitives: list[Primitive]) -> None:
    """Give compressed primitives their faces and attributes, unless the same data lies there as it is.

    Raises InputError if one can be had neither way.
    """
    wanted = [primitive for primitive in primitives if _is_wanted(document, primitive)]
    if not wanted:
        return
    views = list(
        dict.fromkeys(whole((extension(primitive.spec, DRACO) or {}).get("bufferView")) for primitive in wanted)
    )
    try:
        arrays = _arrays(document, views, wanted)
    except ChildFailed as failure:
        arrays, why = {}, str(failure)
    else:
        why = "it is damaged"
    for primitive in wanted:
        spec = extension(primitive.spec, DRACO) or {}
        found = _of(arrays, views.index(whole(spec.get("bufferView"))))
        if not _fill(primitive, spec, found):
            _without(document, primitive, why)


def _is_wanted(document: Document, primitive: Primitive) -> bool:
    compressed = extension(primitive.spec, DRACO) is not None
    return compressed and (document.requires(DRACO) or not has_plain_data(primitive))


def _without(document: Document, primitive: Primitive, why: str) -> None:
    """Go on with plain data where there is some."""
    if not has_plain_data(primitive):
        raise document.source.error(f"expected sound Draco data, cannot read it ({why}): export it uncompressed")
    notice = f"Draco data cannot be read ({why}): the plain data beside it is used"
    if notice not in document.notices:
        document.notices.append(notice)


def _arrays(document: Document, views: list[int], primitives: list[Primitive]) -> dict[str, np.ndarray]:
    blobs = []
    for view in views:
        data, offset, length, _ = document.view(view)
        blobs.append(data[offset : offset + length])
    rows = _claimed(document, primitives)
    document.expansion.take(24 * rows, "Draco data")
    question = b"".join(struct.pack("<Q", len(blob)) + blob for blob in blobs)
    seconds, memory = SECONDS + SECONDS_A_BYTE * len(question), AT_REST + 4 * len(question) + A_ROW * rows
    answer = answer_of(CHILD, question, seconds=seconds, memory=memory)
    try:
        with np.load(io.BytesIO(answer), allow_pickle=False) as found:
            return {key: found[key] for key in found.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        raise ChildFailed("its process gave no answer") from None


def _claimed(document: Document, primitives: list[Primitive]) -> int:
    """Vertices and triangles as the accessors describe them."""
    rows = 0
    for primitive in primitives:
        accessors = [primitive.accessors["POSITION"], primitive.spec.get("indices")]
        counts = [whole(document.item("accessors", index).get("count")) for index in accessors if index is not None]
        rows += sum(counts)
    return rows


def _of(arrays: dict[str, np.ndarray], number: int) -> dict[str, np.ndarray]:
    begin = f"{number} "
    return {key.removeprefix(begin): array for key, array in arrays.items() if key.startswith(begin)}


def _fill(primitive: Primitive, spec: dict[str, Any], found: dict[str, np.ndarray]) -> bool:
    """Whether the arrays hold together and hold positions; they are then the primitive's."""
    names = spec.get("attributes")
    if "faces" not in found or not isinstance(names, dict):
        return False
    attributes = {}
    for name, unique in names.items():
        array = found.get(str(unique))
        if array is not None and name in primitive.accessors and array.ndim == 2:
            attributes[name] = _typed(primitive, name, array)
    points, faces = attributes.get("POSITION"), found["faces"].astype(np.int64)
    if points is None or points.shape[1] != 3 or any(len(array) != len(points) for array in attributes.values()):
        return False
    if faces.ndim != 2 or faces.shape[1] != 3 or (faces.size and int(faces.max()) >= len(points)):
        return False
    primitive.faces, primitive.attributes = faces, attributes
    return True


def _typed(primitive: Primitive, name: str, array: np.ndarray) -> np.ndarray:
    """Numbers of the type that the accessor names: the library widens whole numbers, and an accessor may scale them."""
    try:
        kind = component_type(primitive.document.item("accessors", primitive.accessors[name]))
    except InputError:
        kind = None
    return array if kind is None else array.astype(kind)
