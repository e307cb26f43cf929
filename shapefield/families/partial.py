"""A part of a shape as it was measured: points, perhaps with normals, of a mesh's faces or of a cloud's file.

Read are meshes of every format, and as clouds PLY without faces, `.npy`, and tables of numbers (XYZ, TXT, PTS, CSV).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shapefield.errors import InputError, UsageError, content_guarded
from shapefield.mesh.adopting import adopted
from shapefield.mesh.decoding.numbers import first_bad_word, parse, words_per_line
from shapefield.mesh.decoding.source import FileBytes
from shapefield.mesh.foreign import TABLE, identified
from shapefield.mesh.model import Mesh
from shapefield.mesh.reading import decode, load
from shapefield.mesh.surface_points import on_surface
from shapefield.storage.arrays import read_npy

LEAST_POINTS = 30
"""Fewer do not tell one shape from another."""
ON_FACES = 40_000
"""Points that are taken on the faces of a partial mesh."""
TABLES = ("xyz", "pts", "csv", "asc")
"""Suffixes of files that are taken for tables of numbers, whatever they begin with."""
EXPECTED = "points as numbers (n, 3), or (n, 6) with normals"


@dataclass(frozen=True, eq=False)
class Partial:
    """points (n, 3) float64, normals (n, 3) unit vectors outward or None: in input units and pose."""

    points: np.ndarray
    normals: np.ndarray | None = None
    name: str = "partial"
    unit: str | None = None

    def __post_init__(self) -> None:
        if len(self.points) < LEAST_POINTS:
            got = f"got {len(self.points)}"
            raise InputError(f"{self.name}: expected at least {LEAST_POINTS} points, {got}: scan more of the shape")
        if np.ptp(self.points, axis=0).max() <= 0:
            raise InputError(f"{self.name}: expected points apart from each other, got one place: scan it again")


def partial_of(given: Any, seed: int = 0) -> Partial:
    """What was measured: of a file, of any mesh that `adopted` takes, or of points (n, 3) or (n, 6).

    Raises InputError in one line for what holds no points, UsageError for an array of another shape.
    """
    if isinstance(given, Partial):
        return given
    if isinstance(given, np.ndarray):
        return _of_table("points", given, UsageError)
    made = adopted(given)
    return _of_mesh(made, seed) if isinstance(made, Mesh) else _of_file(made, seed)


def _of_file(path: str | Path, seed: int) -> Partial:
    if Path(path).suffix.lower() == ".npy":
        name = Path(path).name
        return _of_table(name, np.asarray(read_npy(path, EXPECTED, "save it by np.save"), np.float64), InputError)
    source = load(path)
    if re.match(rb"ply\s", source.data[:8], re.IGNORECASE):
        return _of_ply(source, seed)
    found = identified(source.data)
    if source.suffix in TABLES or (found is not None and found.what == TABLE):
        return _of_table(source.name, _table(source), InputError)
    return _of_mesh(decode(source), seed)


def _of_ply(source: FileBytes, seed: int) -> Partial:
    from shapefield.mesh.decoding.ply import decode as geometry_of

    with content_guarded(source.name, "sound PLY data"):
        geometry = geometry_of(source)
    if len(geometry.faces):
        return _of_mesh(decode(source), seed)
    table = geometry.vertices if geometry.normals is None else np.hstack([geometry.vertices, geometry.normals])
    return _of_table(source.name, table, InputError, geometry.unit)


def _table(source: FileBytes) -> np.ndarray:
    """The numbers of a text whose lines all have as many, but for a heading of one line and comments."""
    text = re.sub(rb"[,;]", b" ", source.data.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    text = b"\n".join(line for line in text.split(b"\n") if line.strip() and not line.lstrip().startswith(b"#"))
    first, _, rest = text.partition(b"\n")
    heading = parse(first)
    text = rest if heading is None or len(heading) == 1 else text
    words = words_per_line(text)
    odd = np.flatnonzero(words != words[0])
    if len(odd):
        raise source.error(
            f"expected {words[0]} numbers in every line, got {words[odd[0]]} in row {odd[0] + 1}: export it again"
        )
    values = parse(text)
    if values is None:
        raise source.error(f"expected numbers, got {first_bad_word(text)!r}: export it again")
    return values.reshape(len(words), -1)


def _of_table(name: str, table: np.ndarray, error: type[Exception], unit: str | None = None) -> Partial:
    """Columns x y z, and normals where the three behind them are unit vectors; others (colours) are left out."""
    if table.ndim != 2 or table.shape[1] < 3:
        raise error(f"{name}: expected {EXPECTED}, got {table.shape}")
    table = np.asarray(table, dtype=np.float64)
    if not np.isfinite(table[:, :3]).all():
        raise error(f"{name}: expected finite coordinates, got NaN or infinity: delete those points")
    normals = table[:, 3:6] if table.shape[1] >= 6 else None
    if normals is not None:
        length = np.linalg.norm(normals, axis=1)
        normals = normals / length[:, None] if np.all(np.abs(length - 1) < 0.05) else None
    return Partial(table[:, :3], normals, name, unit)


def _of_mesh(mesh: Mesh, seed: int) -> Partial:
    generator = np.random.Generator(np.random.PCG64(seed))
    points, face = on_surface(mesh, ON_FACES, generator)
    return Partial(points, mesh.normals_of(face), mesh.name, mesh.unit)
