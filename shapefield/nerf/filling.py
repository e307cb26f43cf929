"""No picture shows the inside of things: what cannot be reached from outside through empty space is solid.

A radiance field learns a shell; without this its export would have an inner wall as well.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Value = Callable[[np.ndarray], np.ndarray]


def filled(value: Value, resolution: int, wall: float, deep: float) -> Value:
    """`value` (negative inside, points in [-1, 1]^3) with all that the outside cannot reach made negative.

    resolution : vertices along an edge of the grid that is flooded from the box's faces
    wall       : level below which a vertex stops the flood (a little above the surface's, so that thin spots hold)
    deep       : the value of unreachable places, negative
    """
    from scipy.ndimage import binary_propagation

    line = np.linspace(-1.0, 1.0, resolution, dtype=np.float32)
    grid = np.stack(np.meshgrid(line, line, line, indexing="ij"), axis=-1).reshape(-1, 3)
    values = np.concatenate([value(part) for part in np.array_split(grid, max(1, len(grid) >> 17))])
    free = (values > wall).reshape((resolution,) * 3)
    border = np.zeros_like(free)
    for axis in range(3):
        for end in (0, -1):
            border[(slice(None),) * axis + (end,)] = True
    closed = np.logical_not(binary_propagation(border & free, mask=free))
    sealed = np.ones((resolution - 1,) * 3, dtype=bool)
    for x in (0, 1):
        for y in (0, 1):
            for z in (0, 1):
                sealed &= closed[x : x + resolution - 1, y : y + resolution - 1, z : z + resolution - 1]

    def solid(points: np.ndarray) -> np.ndarray:
        cell = np.clip(((points + 1.0) * (0.5 * (resolution - 1))).astype(np.int64), 0, resolution - 2)
        inside = sealed[cell[:, 0], cell[:, 1], cell[:, 2]]
        found = value(points)
        return np.where(inside, np.minimum(found, deep), found).astype(np.float32)

    return solid
