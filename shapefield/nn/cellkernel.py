"""The same as `cells`, for compiled loops."""

from __future__ import annotations

import numpy as np
from numba import njit

F = np.float32


@njit(inline="always")
def place(coordinate, cells):
    """Cell along one axis and position inside it, for a coordinate in [-1, 1].

    The cell is clamped as an unsigned number: what NaN gives is then the last one, where it was far outside the table.
    """
    s = min(max((coordinate + F(1)) * (F(0.5) * F(cells)), F(0)), F(cells))
    i = min(np.uint32(np.int32(s)), np.uint32(cells - 1))
    return i, s - F(i)
