"""Storage of the nodes near the surface: bricks of B³ nodes, each node owned by exactly one brick.

A brick that is not stored is *uniform*: all its nodes share one certain sign, and the coarse grid's bound stands for
their values. A stored node is *known* (evaluated) or holds its certain sign times a lower bound of |f|.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from shapefield.surface.coarse import OUTSIDE, Coarse
from shapefield.surface.grid import Grid

OFFSETS = [np.array(o) for o in product((0, 1), repeat=3)]  # brick of a cell → bricks that own its corners


class Bricks:
    """The stored bricks of a grid. Slots number them in the order in which they were stored.

    numbers : (s,) int64 directory numbers;  values : (s, B, B, B) float32;  known : (s, B, B, B) bool
    """

    def __init__(self, grid: Grid, coarse: Coarse) -> None:
        self.grid = grid
        self.coarse = coarse
        self.count = 0
        self._directory = np.full(int(np.prod(grid.directory)), -1, dtype=np.int32)
        size = grid.directory
        self.strides = np.array([size[1] * size[2], size[2], 1], dtype=np.int64)
        edge = grid.brick
        self._numbers = np.empty(0, dtype=np.int64)
        self._values = np.empty((0, edge, edge, edge), dtype=np.float32)
        self._known = np.empty((0, edge, edge, edge), dtype=bool)

    @property
    def numbers(self) -> np.ndarray:
        return self._numbers[: self.count]

    @property
    def values(self) -> np.ndarray:
        return self._values[: self.count]

    @property
    def known(self) -> np.ndarray:
        return self._known[: self.count]

    def slots(self, numbers: np.ndarray) -> np.ndarray:
        """Directory numbers → slots, -1 where not stored."""
        return self._directory[numbers]

    def neighbours(self, slots: np.ndarray, offset: np.ndarray) -> np.ndarray:
        """Directory numbers of the bricks at an offset from these slots."""
        return self._numbers[slots] + int(offset @ self.strides)

    def store(self, numbers: np.ndarray) -> np.ndarray:
        """Store those of these bricks that are not yet stored; → the new slots. Nodes beyond the box are known."""
        fresh = np.unique(numbers)
        fresh = fresh[self._directory[fresh] < 0]
        first, last = self.count, self.count + len(fresh)
        self._reserve(last)
        self._numbers[first:last] = fresh
        self._directory[fresh] = np.arange(first, last, dtype=np.int32)
        values, known = self._values[first:last], self._known[first:last]
        values[:] = self.coarse.bound.reshape(-1)[fresh, None, None, None]
        known[:] = False
        values[:, 0, 0, 0] = self.coarse.values.reshape(-1)[fresh]
        known[:, 0, 0, 0] = True
        beyond = self.nodes_beyond(np.arange(first, last), fresh)
        values[beyond], known[beyond] = OUTSIDE, True
        self.count = last
        return np.arange(first, last)

    def _reserve(self, count: int) -> None:
        if count <= len(self._numbers):
            return
        room = max(count, int(1.25 * self.count))
        edge = self.grid.brick

        def grown(old: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
            new = np.empty(shape, dtype=old.dtype)
            new[: self.count] = old[: self.count]
            return new

        self._numbers = grown(self._numbers, (room,))
        self._values = grown(self._values, (room, edge, edge, edge))
        self._known = grown(self._known, (room, edge, edge, edge))

    def nodes_beyond(self, slots: np.ndarray, numbers: np.ndarray | None = None) -> np.ndarray:
        """(k, B, B, B) bool: nodes outside the box."""
        bricks = self.grid.bricks(self._numbers[slots] if numbers is None else numbers)
        nodes = bricks[:, :, None] * self.grid.brick + np.arange(self.grid.brick)
        out = (nodes < 0) | (nodes > self.grid.cells[:, None])
        return out[:, 0, :, None, None] | out[:, 1, None, :, None] | out[:, 2, None, None, :]

    def nodes(self, flat: np.ndarray) -> np.ndarray:
        """Flat indices into `values` → (k, 3) int64 nodes."""
        edge = self.grid.brick
        slot, local = np.divmod(flat, edge**3)
        corner = self.grid.bricks(self._numbers[slot]) * edge
        corner[:, 0] += local // (edge * edge)
        corner[:, 1] += local // edge % edge
        corner[:, 2] += local % edge
        return corner

    def gather(self, slots: np.ndarray, step: int = 1, *, what: str = "values") -> np.ndarray:
        """(k, B/step + 1, …) array of these bricks' nodes and of those that close their last cells.

        what : "values" (float32), "negative" (bool) or "known" (bool)
        """
        edge, side = self.grid.brick, self.grid.brick // step
        source = self._known if what == "known" else self._values
        result = np.empty((len(slots), side + 1, side + 1, side + 1), np.float32 if what == "values" else bool)
        for offset in OFFSETS:
            target = (slice(None), *(slice(side, None) if o else slice(0, side) for o in offset))
            inner = tuple(slice(0, 1) if o else slice(0, edge, step) for o in offset)
            if not offset.any():
                found = source[:, *inner][slots]
                result[target] = found < 0 if what == "negative" else found
                continue
            numbers = self.neighbours(slots, offset)
            owners = self._directory[numbers]
            found = source[:, *inner][owners]
            if what == "negative":
                found = found < 0
            missing = owners < 0
            if missing.any():
                fill = self.coarse.bound.reshape(-1)[numbers[missing]][:, None, None, None]
                found[missing] = False if what == "known" else fill < 0 if what == "negative" else fill
            result[target] = found
        return result

    def fill(self, flat: np.ndarray, values: np.ndarray) -> None:
        """Write evaluated values at flat indices into `values`."""
        self._values.reshape(-1)[flat] = values
        self._known.reshape(-1)[flat] = True
