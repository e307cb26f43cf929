"""`read`: a mesh file of any supported format → a checked Mesh in the file's own units and pose."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np

from shapefield.errors import InputError, ResourceError, content_guarded
from shapefield.machine.memory import require
from shapefield.mesh.decoding.source import FileBytes, Geometry
from shapefield.mesh.model import Mesh, MeshFile
from shapefield.mesh.precision import lost
from shapefield.mesh.sniffing import FORMATS, NAMES, sniff
from shapefield.mesh.unpacking import as_utf8, unpacked
from shapefield.mesh.welding import boundary_edge_count, groups_of_equal_rows

LARGEST, SMALLEST = 1e100, 1e-100
"""Coordinates and extents beyond these are refused: their cubes leave the range of float64."""


def read(path: str | os.PathLike[str]) -> Mesh:
    """Read a triangle mesh of any format in `sniffing.FORMATS`, told apart by content and not by name.

    Polygons are triangulated, scenes merged with their transforms, textures and materials become vertex colours, and
    vertices at exactly equal positions become one where the format splits them; gzip, bzip2 and xz are unpacked.
    What was done is in `Mesh.notices`, what the file was in `Mesh.file`.
    Raises InputError in one line for anything that is not a whole mesh with an area; ResourceError out of memory.
    """
    source = load(path)
    return replace(decode(source), file=MeshFile(str(source.path.resolve()), source.sha256))


def load(path: str | os.PathLike[str]) -> FileBytes:
    """The file's bytes, unpacked. Raises InputError if there is no such regular file, ResourceError if too large."""
    place = Path(path)
    data = stored(place, "a mesh file")
    if not data:
        raise InputError(f"{place.name}: expected a mesh, got an empty file: copy or export it again")
    with _shortage_told(place.name):
        return FileBytes(place, as_utf8(unpacked(place.name, data)), hashlib.sha256(data).hexdigest())


def stored(place: Path, what: str) -> bytes:
    """A regular file's bytes as they lie on the disk; `what` it should be. Raises as `load` does."""
    try:
        if place.is_dir():
            raise InputError(f"{place}: expected {what}, got a folder: name a file inside it")
        if place.exists() and not place.is_file():
            raise InputError(f"{place}: expected {what}, got a device or pipe: save it to a file first")
        size = place.stat().st_size
        _check_memory(place, size)
        return place.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{place}: expected {what}, got no such file: check the name{_similar(place)}") from None
    except MemoryError as error:
        raise ResourceError(f"{place.name}: not enough memory to read the file: simplify the mesh first") from error
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise InputError(f"{place}: expected a readable file, got: {reason}: check its name and permissions") from error


def decode(source: FileBytes) -> Mesh:
    """A file in memory → Mesh; what `read` does after the disk. Same errors."""
    with _shortage_told(source.name), content_guarded(source.name, "a mesh"):
        found = sniff(source)
        with content_guarded(source.name, f"sound {NAMES[found]} data"), np.errstate(all="ignore"):
            # damaged numbers are found by the checks, not by NumPy's warnings
            decoder: Callable[[FileBytes], Geometry] = import_module(
                f"shapefield.mesh.decoding.{FORMATS[found]}"
            ).decode
            mesh = _checked(source, decoder(source))
    if source.suffix != found and source.suffix in FORMATS:
        note = f"{source.name} holds {NAMES[found]}, whatever its name says: read as such"
        object.__setattr__(mesh, "notices", (note, *mesh.notices))
    return mesh


@contextmanager
def _shortage_told(name: str) -> Iterator[None]:
    try:
        yield
    except MemoryError as error:
        raise ResourceError(f"{name}: not enough memory for this mesh: simplify it first") from error


def _similar(place: Path) -> str:
    import difflib

    try:
        names = os.listdir(place.parent)
    except OSError:
        return f" (there is no folder {place.parent} either)"
    names = [name for name in names if FileBytes(Path(name), b"").suffix in FORMATS]
    close = difflib.get_close_matches(place.name, names, n=1)
    return f" (there is {close[0]})" if close else ""


def _check_memory(place: Path, size: int) -> None:
    """Refuse a file that cannot fit: bytes, arrays and welding together take about four times the file."""
    if size >= 16 << 20:
        require(4 * size, f"{place.name}: to read it", "simplify the mesh, or close other programs")


def _checked(source: FileBytes, geometry: Geometry) -> Mesh:
    vertices, faces = geometry.vertices, geometry.faces
    if len(vertices) == 0:
        raise source.error("expected vertices and faces, got none: export it again")
    if len(faces) == 0:
        remedy = "make a mesh of it first (e.g. Poisson in MeshLab)"
        raise source.error(f"expected faces, got a point cloud of {len(vertices):,} points: {remedy}")
    _check_indices(source, faces, len(vertices))
    vertices, faces, colors, normals = _finite(source, geometry)
    used = np.zeros(len(vertices), dtype=bool)
    used[faces.reshape(-1)] = True
    _check_area(source, vertices, faces, used)
    rounding = lost(vertices[used], geometry.single)
    colors = (
        _to_vertices(faces, geometry.corner_colors, len(vertices)) if geometry.corner_colors is not None else colors
    )
    notices = [*geometry.notices, *([rounding] if rounding else [])]
    unread = [*geometry.unread, *(["the colours of faces"] if geometry.corner_colors is not None else [])]
    count = len(vertices)
    vertices, faces, colors = _welded(vertices, faces, colors, geometry.indexed, notices)
    if normals is not None and (len(vertices) != count or not np.isfinite(normals).all()):
        normals, unread = None, [*unread, "normals"]
    told = {"unit": geometry.unit, "name": source.name, "notices": tuple(notices), "unread": tuple(unread)}
    return Mesh(vertices, faces, colors, normals, **told, parts=geometry.parts)


def _check_indices(source: FileBytes, faces: np.ndarray, there: int) -> None:
    if faces.min() < 0 or faces.max() >= there:
        k = int(np.flatnonzero(((faces < 0) | (faces >= there)).any(axis=1))[0])
        bad = next(int(i) for i in faces[k] if not 0 <= i < there)
        raise source.error(f"face {k} refers to vertex {bad}, but the file has {there:,} (from 0): re-export the mesh")


def _finite(
    source: FileBytes, geometry: Geometry
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, np.ndarray | None]:
    """Refuse NaN, infinity and absurd sizes in faces; drop such vertices where no face uses them."""
    vertices, faces, colors, normals = geometry.vertices, geometry.faces, geometry.colors, geometry.normals
    bad = np.logical_not((np.abs(vertices) < LARGEST).all(axis=1))
    if not bad.any():
        return vertices, faces, colors, normals
    if bad[faces].any():
        face, corner = (int(x[0]) for x in np.nonzero(bad[faces]))
        k = int(faces[face, corner])
        shown = ", ".join(f"{x:g}" for x in vertices[k])
        more = f" and {int(bad.sum()) - 1:,} more" if bad.sum() > 1 else ""
        raise source.error(
            f"expected finite coordinates, got ({shown}) at vertex {k}{more}: delete those vertices, or export it again"
        )
    geometry.notices.append(f"left out {int(bad.sum()):,} vertices that are not finite and that no face uses")
    new = np.cumsum(~bad) - 1
    colors, normals = (None if values is None else values[~bad] for values in (colors, normals))
    return vertices[~bad], new[faces], colors, normals


def _check_area(source: FileBytes, vertices: np.ndarray, faces: np.ndarray, used: np.ndarray) -> None:
    axes = [vertices[used, axis] for axis in range(3)]
    low = np.array([values.min() for values in axes])
    extent = float(max(values.max() - values.min() for values in axes))
    if extent < SMALLEST:
        raise source.error("expected a mesh with an extent, got all faces in a single point: export it again")
    for block in range(0, len(faces), 1 << 14):  # most meshes pass in the first block
        a, b, c = ((vertices[faces[block : block + (1 << 14), k]] - low) / extent for k in range(3))
        if (np.abs(np.cross(b - a, c - a)).max(axis=1) > 1e-30).any():
            return
    raise source.error(f"expected faces with an area, got {len(faces):,} without any: export it again")


def _to_vertices(faces: np.ndarray, corner_colors: np.ndarray, count: int) -> np.ndarray:
    """Corner colours → the mean at every vertex, (n, 3) uint8."""
    return _means(corner_colors.reshape(-1, 3), faces.reshape(-1), count)


def _means(colors: np.ndarray, group: np.ndarray, count: int) -> np.ndarray:
    number = np.maximum(np.bincount(group, minlength=count), 1)
    sums = [np.bincount(group, weights=colors[:, k], minlength=count) / number for k in range(3)]
    return np.rint(np.stack(sums, axis=1)).astype(np.uint8)


def _welded(
    vertices: np.ndarray, faces: np.ndarray, colors: np.ndarray | None, indexed: bool, notices: list[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Merge equal positions: always where the format splits them, elsewhere only if that closes edges."""
    first, group = groups_of_equal_rows(vertices)
    if len(first) == len(vertices):
        return vertices, faces, colors
    merged = group[faces]
    if indexed:
        open_before, open_after = boundary_edge_count(faces), boundary_edge_count(merged)
        if open_after >= open_before:
            return vertices, faces, colors
        count = len(vertices) - len(first)
        notices.append(
            f"merged {count:,} vertices at equal positions, which closed {open_before - open_after:,} open edges"
        )
    if colors is not None:
        colors = _means(colors, group, len(first))
    return vertices[first], merged, colors
