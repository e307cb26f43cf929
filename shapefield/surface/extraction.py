"""callable → closed mesh: sparse marching cubes over a grid that is evaluated only where the surface can be."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace

import numpy as np

from shapefield.errors import NoSurfaceError, UsageError
from shapefield.events import Progress
from shapefield.mesh.model import Mesh
from shapefield.surface.bricks import Bricks
from shapefield.surface.coarse import sample_coarse
from shapefield.surface.components import keep_largest, without_specks
from shapefield.surface.flooding import flood
from shapefield.surface.forecasting import of_crossings, require
from shapefield.surface.grid import Grid, make_grid
from shapefield.surface.marching import march
from shapefield.surface.reference import REFERENCE, whole_grid
from shapefield.surface.refinement import refine_bricks
from shapefield.surface.sampler import Sampler, Value
from shapefield.surface.simplification import simplify
from shapefield.surface.vertices import place

CHUNK = 1 << 15  # points a call of the field: enough to be efficient, few enough for half a second on a CPU


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """What extraction found.

    mesh         : closed, manifold, outward, in the frame of the box; normals if a gradient was given
    leaves_box   : the level set meets the box and was capped flat there
    specks       : components that were left out as too small
    evaluations  : how many points the field was asked for
    other_seconds : time outside the field
    """

    mesh: Mesh
    leaves_box: bool
    specks: int
    evaluations: int
    other_seconds: float


def extract(
    value: Value,
    resolution: int = 256,
    *,
    level: float = 0.0,
    lower: tuple[float, float, float] = (-1.0, -1.0, -1.0),
    upper: tuple[float, float, float] = (1.0, 1.0, 1.0),
    gradient: Callable[[np.ndarray], np.ndarray] | None = None,
    specks: float = 0.0,
    largest: bool = False,
    faces: int | None = None,
    refine: bool = True,
    chunk: int = CHUNK,
    engine: str = "shapefield",
) -> Generator[Progress, None, Surface]:
    """The level set f = level inside a box, as a closed mesh; a generator of Progress that returns a Surface.

    value      : (k, 3) float32 points → (k,) float32, negative inside
    resolution : cells along the box's longest edge
    level      : in the field's units; a positive level of a distance inflates by that length
    lower, upper : the box; a surface that leaves it is capped flat at it
    gradient   : (k, 3) float32 points → (k, 3); its directions become the vertex normals
    specks     : leave out components whose box has no side as long as this, but never the largest
    largest    : keep only the largest component (and its cavities)
    faces      : simplify to at most so many faces
    refine     : move each vertex along its grid edge onto the level set, for little over one evaluation a vertex
    chunk      : points a call
    engine     : "shapefield", or "scikit-image" for its marching cubes on the whole grid, without `refine`

    Every cell in which the evaluated signs change is evaluated whole and followed to its neighbours, so a surface
    that is met is complete, whatever the field's slope. What can be missed is a separate piece smaller than a coarse
    cell in a field whose values between samples change faster than anywhere around.

    Raises NoSurfaceError where there is no surface, InputError where the field is not finite, ResourceError where
    memory is too small, UsageError for values out of range.
    """
    if chunk < 1:
        raise UsageError(f"chunk: expected at least 1 point, got {chunk}")
    grid = make_grid(resolution, lower, upper)
    sampler = Sampler(value, level, chunk)
    found = whole_grid(grid, sampler) if engine == REFERENCE else _sparse(grid, sampler, refine)
    mesh, capped = yield from found
    if not len(mesh.faces):
        message = f"field: expected a surface, got no surface at level {level:g} in the box: change the level"
        raise NoSurfaceError(message)
    yield sampler.progress()
    mesh, left_out = without_specks(mesh, specks) if specks > 0 else (mesh, 0)
    if largest:
        mesh = keep_largest(mesh)
        yield sampler.progress()
    if faces is not None and faces < len(mesh.faces):
        mesh = simplify(mesh, faces)
        yield sampler.progress()
    if gradient is not None:
        mesh = yield from _with_normals(mesh, gradient, sampler)
    elapsed = sampler.progress().elapsed
    return Surface(mesh, capped, left_out, sampler.evaluations, elapsed - sampler.spent)


def _sparse(grid: Grid, sampler: Sampler, refine: bool) -> Generator[Progress, None, tuple[Mesh, bool]]:
    """The level set where it can be, and whether the box caps it; a mesh without faces where there is none."""
    coarse = yield from sample_coarse(grid, sampler)
    bricks = Bricks(grid, coarse)
    expected = of_crossings(grid, coarse.crossings * grid.brick**2, refine)
    require(expected.bytes, int(grid.cells.max()))
    sampler.expected = float(expected.evaluations)
    yield from refine_bricks(bricks, sampler)
    slots = yield from flood(bricks, sampler)
    if not len(slots):
        return Mesh(np.empty((0, 3)), np.empty((0, 3), dtype=np.int64)), False
    crossings = yield from march(bricks, slots, sampler)
    del bricks, coarse
    vertices, capped = yield from place(grid, crossings, sampler, refine)
    return Mesh(vertices, crossings.faces), bool(capped.any())


def _with_normals(
    mesh: Mesh, gradient: Callable[[np.ndarray], np.ndarray], sampler: Sampler
) -> Generator[Progress, None, Mesh]:
    """The mesh with the gradient's directions as normals, and the faces' own where the gradient vanishes."""
    normals = np.empty_like(mesh.vertices)
    for first in range(0, len(normals), sampler.chunk):
        part = mesh.vertices[first : first + sampler.chunk].astype(np.float32)
        normals[first : first + sampler.chunk] = gradient(part)
        yield sampler.progress()
    lengths = np.linalg.norm(normals, axis=1)
    flat = ~(np.isfinite(lengths) & (lengths > 0))
    if flat.any():
        vectors = mesh.face_vectors
        for axis in range(3):
            summed = np.bincount(mesh.faces.reshape(-1), np.repeat(vectors[:, axis], 3), len(normals))
            normals[flat, axis] = summed[flat]
        lengths = np.linalg.norm(normals, axis=1)
    return replace(mesh, normals=normals / np.maximum(lengths, 1e-300)[:, None])
