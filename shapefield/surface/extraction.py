"""callable → closed mesh: sparse marching cubes over a grid that is evaluated only where the surface can be."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np

from shapefield.errors import InputError
from shapefield.events import Progress
from shapefield.mesh.model import Mesh
from shapefield.surface.bricks import Bricks
from shapefield.surface.coarse import sample_coarse
from shapefield.surface.grid import Grid, make_grid
from shapefield.surface.marching import march
from shapefield.surface.refinement import flood, refine
from shapefield.surface.sampler import Sampler, Value
from shapefield.surface.vertices import place

CHUNK = 1 << 15


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """What extraction found.

    mesh        : closed, outward, in the frame of the box
    leaves_box  : the level set meets the box and was capped flat there
    evaluations : how many points the field was asked for
    seconds     : (in the field, elsewhere)
    """

    mesh: Mesh
    leaves_box: bool
    evaluations: int
    seconds: tuple[float, float]


def extract(
    value: Value,
    resolution: int = 256,
    *,
    level: float = 0.0,
    lower: tuple[float, float, float] = (-1.0, -1.0, -1.0),
    upper: tuple[float, float, float] = (1.0, 1.0, 1.0),
    gradient: Callable[[np.ndarray], np.ndarray] | None = None,
    refine_steps: int = 0,
    chunk: int = CHUNK,
) -> Generator[Progress, None, Surface]:
    """The level set f = level as a closed mesh."""
    grid = make_grid(resolution, lower, upper)
    sampler = Sampler(value, level, chunk)
    coarse = yield from sample_coarse(grid, sampler)
    bricks = Bricks(grid, coarse)
    yield from refine(bricks, sampler)
    slots = yield from flood(bricks, sampler)
    if not len(slots):
        raise InputError(f"no surface at level {level:g}: expected values on both sides of it in the box")
    crossings = yield from march(bricks, slots, sampler)
    vertices, capped = yield from place(grid, crossings, sampler, refine_steps)
    elapsed = sampler.progress().elapsed
    mesh = Mesh(vertices, crossings.faces)
    return Surface(mesh, bool(capped.any()), sampler.evaluations, (sampler.spent, elapsed - sampler.spent))
