"""The levels of a multiresolution grid: their sizes, and which table entry a corner has (Müller et al. 2022, §3)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

PRIMES = (1, 2654435761, 805459861, 3674653429, 2097192037, 1434869437, 2165219737)
"""One for each axis, as the paper's code has them."""


@dataclass(frozen=True)
class GridLevels:
    """L levels over the box [-1, 1]^d.

    resolution : (L,) int64 cells along an edge, growing geometrically
    offset     : (L + 1,) int64 first table entry of each level; offset[L] is the number of entries in all
    dense      : (L,) bool, whether every corner has an entry of its own; otherwise corners are hashed
    """

    inputs: int
    features: int
    resolution: np.ndarray
    offset: np.ndarray
    dense: np.ndarray

    @property
    def outputs(self) -> int:
        """Numbers a point gets: levels times features."""
        return len(self.resolution) * self.features

    @property
    def loops(self) -> tuple[tuple[int, ...], np.ndarray, np.ndarray, np.ndarray]:
        """What the compiled loops ask for: F / 2 zeros, resolution, offset, dense.

        The zeros stand for F: a tuple's length is part of its type, so the compiler knows it and unrolls.
        """
        return (0,) * (self.features // 2), self.resolution, self.offset, self.dense

    @cached_property
    def rows(self) -> tuple[tuple[int, ...], ...]:
        """For each level its cells, 1 where it is dense, its entries and its first entry."""
        columns = (self.resolution, self.dense.astype(np.int64), np.diff(self.offset), self.offset[:-1])
        return tuple(zip(*(column.tolist() for column in columns), strict=True))

    @property
    def entries(self) -> int:
        """Table entries of all levels together."""
        return int(self.offset[-1])


def grid_levels(inputs: int, levels: int, features: int, table: int, coarsest: int, finest: int) -> GridLevels:
    """Levels whose resolutions grow from `coarsest` to `finest`; hashed where 2^table entries do not hold a level."""
    growth = (finest / coarsest) ** (1.0 / max(levels - 1, 1))
    resolution = np.array([round(coarsest * growth**k) for k in range(levels)], dtype=np.int64)
    corners = (resolution + 1) ** inputs
    sizes = np.minimum(corners, 2**table)
    offset = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return GridLevels(inputs, features, resolution, offset, corners <= 2**table)
