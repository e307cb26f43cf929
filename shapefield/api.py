"""The Python API: the same jobs as the command line, as functions that return."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shapefield.distance.signed import finish
from shapefield.errors import UsageError
from shapefield.events import Done
from shapefield.mesh.model import Mesh
from shapefield.settings import fit_config

if TYPE_CHECKING:
    from shapefield.mending.repaired import Repaired
    from shapefield.metrics import Report
    from shapefield.result import Result
    from shapefield.sampling import InputSamples


def fit(mesh: str | Path | Mesh, *, mesh_path: str | Path | None = None, **settings: Any) -> Result:
    """Fit a field to a mesh file or a Mesh, and measure it.

    mesh     : in any units and pose; an input without an inside is thickened, holes in a solid are closed
    settings : those of the command line by name: method="deepsdf", budget=30 (seconds; 20 where neither budget nor
               steps are given), resolution=128, level and crop in input units, omega=20.0, …
    mesh_path: where to write the surface as well, or None
    Returns a Result: `.field(points)`, `.gradient(points)`, `.mesh()`, `.report`, `.save(path)`, `.torch()`.
    Raises UsageError for a setting, InputError for a mesh, ResourceError where memory or the device is not there,
    DivergedError where training runs away twice, OutputError where `mesh_path` cannot be written.
    """
    from shapefield.fitting.pipeline import reconstruct

    where = Path(mesh_path) if mesh_path is not None else None
    result: Any = None
    for event in reconstruct(_given(mesh), fit_config(**settings), mesh=where):
        result = event.result if isinstance(event, Done) else result
    return result


def load(path: str | Path) -> Result:
    """The Result in a `.field` file; runs no code of the file's. Raises InputError."""
    from shapefield.result import Result

    return Result.load(_path(path, "a .field file"))


def read_mesh(path: str | Path) -> Mesh:
    """The mesh in a file (OBJ, PLY, STL, OFF, GLB/GLTF, 3MF). Raises InputError."""
    from shapefield.mesh.reading import read

    return read(_path(path, "a mesh file"))


def evaluate(mesh: str | Path | Mesh, reference: str | Path | Mesh, seed: int = 0) -> Report:
    """Exact figures of a mesh against a reference, as `shapefield eval` prints them.

    Both in the same units and pose. The reference is repaired as a fit would repair it; the mesh is taken as it is.
    Lengths in the Report are in R, the reference's bounding radius, and in input units under `input`.
    seed : of the points at which both are compared
    Raises InputError for a file that is no mesh, or a reference that encloses nothing.
    """
    from shapefield.metrics import compare
    from shapefield.solid import solid_of

    first, second = (m if isinstance(m, Mesh) else read_mesh(m) for m in map(_given, (mesh, reference)))
    return finish(compare(first, solid_of(second), seed=seed))


def sample(mesh: str | Path | Mesh, samples: int = 500_000, mix: str = "instant-ngp", seed: int = 0) -> InputSamples:
    """Signed samples of a mesh: what `shapefield sample` writes.

    samples : how many in all, at least 1 000
    mix     : shares of surface, near and uniform points: "instant-ngp", "balanced" or "deepsdf" (`sampling.MIXES`)
    Returns InputSamples: points and distances in the input's units, and the similarity to the unit frame beside;
    distances are exact, negative inside. Raises UsageError for a number or mix that does not fit, InputError for a
    mesh that encloses nothing.
    """
    from shapefield.config import SamplingConfig
    from shapefield.sampling import draw, in_input_units
    from shapefield.solid import solid_of

    mesh = _given(mesh)
    solid = solid_of(mesh if isinstance(mesh, Mesh) else read_mesh(mesh))
    return in_input_units(finish(draw(solid, SamplingConfig(samples=samples, mix=mix), seed)), solid.similarity)


def repair(mesh: Any, *, mesh_path: str | Path | None = None, **settings: Any) -> Repaired:
    """The closed mesh that a mesh means, without training, as `shapefield repair` makes it.

    mesh     : a file, a Mesh, a trimesh.Trimesh, or (vertices (n, 3), faces (m, 3)); what is given is not changed
    settings : those of the command line by name: mode="remesh", resolution=512, voxel, level, thicken, largest=True …
    mesh_path: where to write the mesh as well, or None
    Returns Repaired: `.mesh` (a clean closed mesh comes back as it was), `.record` with the place of every repair,
    `.report`, `.marks`. Raises UsageError for a setting, InputError for what is no mesh or has no inside.
    """
    from shapefield.mending.config import mending_config
    from shapefield.mending.job import repairing

    where = Path(mesh_path) if mesh_path is not None else None
    result: Any = None
    for event in repairing(_adopted(mesh), mending_config(**settings), where):
        result = event.result if isinstance(event, Done) else result
    return result


def _adopted(mesh: Any) -> str | Path | Mesh:
    """A mesh as other libraries have it as a Mesh of ours, with its colours. Raises UsageError."""
    if isinstance(mesh, tuple | list) and len(mesh) == 2:
        return _made_of(*mesh)
    if not isinstance(mesh, Mesh) and hasattr(mesh, "vertices") and hasattr(mesh, "faces"):
        other: Any = mesh
        visual: Any = getattr(other, "visual", None)
        colours = visual.vertex_colors if getattr(visual, "kind", None) == "vertex" else None
        made = _made_of(other.vertices, other.faces, None if colours is None else np.asarray(colours)[:, :3])
        units = {"millimeters": "mm", "centimeters": "cm", "meters": "m", "inches": "in"}
        return made.labelled(units.get(str(getattr(other, "units", None))))
    return _given(mesh)


def _made_of(vertices: Any, faces: Any, colours: np.ndarray | None = None) -> Mesh:
    """A Mesh of arrays. Raises UsageError for what is no (n, 3) numbers and (m, 3) whole ones."""
    try:
        places, corners = np.array(vertices, dtype=np.float64), np.array(faces)
    except (TypeError, ValueError):
        raise UsageError("mesh: expected vertices (n, 3) and faces (m, 3) of numbers, got something else") from None
    whole = corners.dtype.kind in "iu" or corners.size == 0
    if places.ndim != 2 or places.shape[1] != 3 or corners.ndim != 2 or corners.shape[1:] != (3,) or not whole:
        got = f"{places.shape} and {corners.shape} {corners.dtype}"
        raise UsageError(f"mesh: expected vertices (n, 3) and faces (m, 3) of whole numbers, got {got}")
    return Mesh(places, corners, colors=colours)


def _given(mesh: Any) -> str | Path | Mesh:
    """A mesh, or the path of one. Raises UsageError, with what to do, for another library's object."""
    if isinstance(mesh, str | os.PathLike | Mesh):
        return mesh if isinstance(mesh, Mesh) else Path(mesh)
    got = f"{type(mesh).__module__.partition('.')[0]}.{type(mesh).__name__}".removeprefix("builtins.")
    raise UsageError(f"mesh: expected a path or a shapefield Mesh, got {got}: sf.Mesh(vertices, faces) makes one")


def _path(path: Any, what: str) -> str | Path:
    if isinstance(path, str | os.PathLike):
        return path if isinstance(path, str) else Path(path)
    raise UsageError(f"path: expected the path of {what}, got {type(path).__name__}")
