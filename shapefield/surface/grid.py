"""The grid a surface is sought on: box, spacing, and the numbering of its nodes and bricks.

Legend: n cells along an axis of the box, h spacing, B cells along a brick's edge.
A *node* g = 0 … n lies at lower + g·h. A *brick* j owns the nodes B·j … B·j + B - 1 and the cells that start at them.
One ring of bricks lies around the box: nodes outside it count as outside the solid, which caps a surface at the box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shapefield.errors import UsageError
from shapefield.mesh.model import Similarity

Corner = tuple[float, float, float]

RING = 2  # bricks before the box along each axis: one for the cap, one so that a neighbour always has a number
COARSE = 32  # the coarse grid has at least so many cells along the longest edge, if bricks may be so small
FINE = 1024  # from this resolution on bricks are larger, or the coarse grid would dominate


def _largest_brick(resolution: int) -> int:
    return 8 if resolution < FINE else 16


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Box and numbering; see the module's legend.

    lower   : (3,) float64;  spacing : (3,) float64, nearly equal along the axes
    cells   : (3,) int64, n;  brick : B
    """

    lower: np.ndarray
    spacing: np.ndarray
    cells: np.ndarray
    brick: int

    @property
    def lattice(self) -> tuple[int, ...]:
        """Coarse nodes (brick corners inside the box) along each axis; the last one lies on the box."""
        return tuple(int(-(-n // self.brick)) + 1 for n in self.cells)

    @property
    def directory(self) -> tuple[int, ...]:
        """Bricks along each axis, the ring and a spare one at either end included."""
        return tuple(count + 2 * RING for count in self.lattice)

    def points(self, nodes: np.ndarray) -> np.ndarray:
        """(k, 3) node indices (whole or fractional) → (k, 3) float64 positions."""
        return self.lower + nodes * self.spacing

    def bricks(self, numbers: np.ndarray) -> np.ndarray:
        """(k,) directory numbers → (k, 3) int64 bricks."""
        return np.stack(np.unravel_index(numbers, self.directory), axis=1).astype(np.int64) - RING


def make_grid(resolution: int, lower: object, upper: object) -> Grid:
    """A grid of `resolution` cells along the box's longest edge, its other spacings as near to that as fits the box.

    Raises UsageError for a box that is empty or not finite, or a resolution below 1.
    """
    low, high = np.asarray(lower, dtype=np.float64).reshape(-1), np.asarray(upper, dtype=np.float64).reshape(-1)
    if low.shape != (3,) or high.shape != (3,) or not np.all(np.isfinite([low, high])) or not np.all(low < high):
        raise UsageError(f"box: expected three finite lower bounds below three upper ones, got {lower} and {upper}")
    if resolution < 1:
        raise UsageError(f"resolution: expected at least 1, got {resolution}")
    extent = high - low
    cells = np.maximum(1, np.ceil(extent / extent.max() * resolution - 1e-9)).astype(np.int64)
    brick = 1
    while brick < _largest_brick(resolution) and resolution // (2 * brick) >= COARSE:
        brick *= 2
    return Grid(low, extent / cells, cells, brick)


def cropped_box(frame: Similarity, half: float, crop: Sequence[Any] | None) -> tuple[Corner, Corner]:
    """Lowest and highest corner of the box [-half, half]³ of the unit frame, cut by the crop box (6,) of the input's.

    Raises UsageError where nothing is left of it.
    """
    if crop is None:
        return (-half, -half, -half), (half, half, half)
    corners = frame.to_unit(np.array(crop).reshape(2, 3))
    lower, upper = corners.clip(-half, half)
    if not (lower < upper).all():
        raise UsageError("crop: expected a box that meets the shape, got one beside it")
    (a, b, c), (x, y, z) = lower.tolist(), upper.tolist()
    return (a, b, c), (x, y, z)
