"""The named reference: the whole grid evaluated, and scikit-image's marching cubes (Lewiner's table) on it.

What the sparse extraction finds can be held against it: the same surface, for many more evaluations and all of the
grid in memory. It does not move vertices onto the level set, and where the field is exactly 0 at nodes its mesh may
be open or have faces without area (docs/decisions/marching.md).
"""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from shapefield.events import Progress
from shapefield.mesh.model import Mesh
from shapefield.surface.forecasting import require
from shapefield.surface.grid import Grid
from shapefield.surface.sampler import Sampler

REFERENCE = "scikit-image"
BYTES_A_NODE = 24
"""Values, the padded copy and scikit-image's own, measured."""


def whole_grid(grid: Grid, sampler: Sampler) -> Generator[Progress, None, tuple[Mesh, bool]]:
    """The level set on every cell of the box, capped flat at it, and whether that capped it.

    A mesh without faces where there is no surface. Raises ResourceError where the grid does not fit into memory.
    """
    from skimage.measure import marching_cubes

    shape = tuple(int(n) + 1 for n in grid.cells)
    require(BYTES_A_NODE * int(np.prod(shape)), int(grid.cells.max()))
    sampler.expected = float(np.prod(shape))
    values = np.empty(shape, dtype=np.float32)
    across = np.stack(np.meshgrid(*map(np.arange, shape[1:]), indexing="ij"), axis=-1).reshape(-1, 2)
    for x in range(shape[0]):
        nodes = np.concatenate([np.full((len(across), 1), x), across], axis=1)
        values[x] = (yield from sampler(grid.points(nodes))).reshape(shape[1:])
    outside = np.pad(values, 1, constant_values=max(float(values.max()), 1e-6))
    if values.min() >= 0:
        return Mesh(np.empty((0, 3)), np.empty((0, 3), dtype=np.int64)), False
    found, faces, _, _ = marching_cubes(outside, 0.0, gradient_direction="descent", allow_degenerate=False)
    capped = bool(((found < 1) | (found > np.array(shape))).any())
    vertices = grid.points((found.astype(np.float64) - 1).clip(0, grid.cells))
    return Mesh(vertices, faces.astype(np.int64)), capped
