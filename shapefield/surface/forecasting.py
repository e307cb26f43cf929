"""What an extraction will need, before it starts: evaluations and memory, and whether that memory is there."""

from __future__ import annotations

import math
from dataclasses import dataclass

from shapefield.machine import memory
from shapefield.surface.grid import Grid, make_grid

AREA = 6.0  # squared unit lengths: a guess of the surface's area; the unit sphere has 11, a scanned bunny 3
BASE = 60_000_000  # bytes for the libraries and the arrays that do not grow
BYTES_A_CROSSING = 40  # measured, with the next: 94 … 139 peak bytes a cell that the surface passes in bricks of 8³,
BYTES_A_CROSSING_AND_EDGE = 14  # and 215 … 244 in bricks of 16³, which store twice the nodes a cell; 72 are the mesh's
EVALUATIONS_A_CELL = 2.0  # measured: evaluations for each cell that the surface passes, coarse ones aside


@dataclass(frozen=True, slots=True)
class Forecast:
    """bytes : peak memory beyond what the field itself uses;  evaluations : points the field is asked for."""

    bytes: int
    evaluations: int


def forecast(
    resolution: int,
    *,
    area: float = AREA,
) -> Forecast:
    """What `extract` will need in the unit frame's box for a surface of the given area (squared unit lengths)."""
    grid = make_grid(resolution, (-1.0, -1.0, -1.0), (1.0, 1.0, 1.0))
    # a surface of random direction passes 1.5 cells for each h² of its area
    return of_crossings(grid, 1.5 * area / float(grid.spacing.max()) ** 2, refine=True)


def of_crossings(grid: Grid, cells: float, refine: bool) -> Forecast:
    """The forecast for so many cells that the surface passes."""
    cells = min(cells, float(math.prod(int(n) for n in grid.cells)))
    coarse = math.prod(grid.lattice)
    evaluations = coarse + cells * (EVALUATIONS_A_CELL + (1.0 if refine else 0.0))
    each = BYTES_A_CROSSING + BYTES_A_CROSSING_AND_EDGE * grid.brick
    return Forecast(int(BASE + 60 * coarse + each * cells), int(evaluations))


def require(needed: int, resolution: int) -> None:
    """Raise ResourceError unless `needed` bytes are free."""
    memory.require(needed, f"extraction at {resolution}", "choose a lower resolution or a smaller crop box")
