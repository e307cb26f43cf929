"""Storage of the nodes near the surface: bricks of B³ nodes, each node owned by exactly one brick.

A brick that is not stored is *uniform*: all its nodes share one certain sign, and the coarse grid's bound stands for
their values. A stored node is *known* (evaluated) or holds its certain sign times a lower bound of |f|.
"""

from __future__ import annotations

from collections.abc import Generator
from itertools import product

import numpy as np

from shapefield.events import Progress
from shapefield.machine.compiling import compiled
from shapefield.surface.coarse import OUTSIDE, Coarse
from shapefield.surface.grid import RING, Grid
from shapefield.surface.sampler import Sampler

BATCH = 1 << 19  # nodes handled at a time: bounded memory, and progress between

OFFSETS = [np.array(o) for o in product((0, 1), repeat=3)]  # brick of a cell → bricks that own its corners


@compiled
def look_around(numbers, directory, strides, slot, around, owners):
    """The eight bricks that own the corners of a brick's cells: their directory numbers and their slots, both (8,).

    Number x + 2 y + 4 z lies at the offset (x, y, z); a slot is -1 where the brick is not stored.
    """
    for bits in range(8):
        number = numbers[slot] + (bits & 1) * strides[0] + (bits >> 1 & 1) * strides[1] + (bits >> 2) * strides[2]
        around[bits] = number
        owners[bits] = directory[number]


@compiled
def gather(values, numbers, directory, strides, bound, slot, step, around, owners, cube):
    """Into cube (B/step + 1,)³: every `step`-th node of a brick, and those that close its last cells.

    around, owners : (8,), filled as `look_around` does. → whether there are both signs
    """
    look_around(numbers, directory, strides, slot, around, owners)
    side, negative = values.shape[1] // step, 0
    for i in range(side + 1):
        for j in range(side + 1):
            bits = (1 if i == side else 0) + (2 if j == side else 0)
            p, q = i % side * step, j % side * step
            for k in range(side + 1):
                if k == side:
                    bits += 4
                owner = owners[bits]
                value = values[owner, p, q, k % side * step] if owner >= 0 else bound[around[bits]]
                cube[i, j, k] = value
                negative += value < 0
    return 0 < negative < (side + 1) ** 3


@compiled
def corner_signs(cube, cases):
    """Into cases (B, B, B) uint8: bit x + 2 y + 4 z is set where that corner of the cell is negative.

    cube : (B + 1,)³ node values
    """
    edge = cases.shape[0]
    for i in range(edge):
        for j in range(edge):
            below = 0
            for k in range(edge + 1):
                above = (
                    (1 if cube[i, j, k] < 0 else 0)
                    | (2 if cube[i + 1, j, k] < 0 else 0)
                    | (4 if cube[i, j + 1, k] < 0 else 0)
                    | (8 if cube[i + 1, j + 1, k] < 0 else 0)
                )
                if k > 0:
                    cases[i, j, k - 1] = below | above << 4
                below = above


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
    def tables(self) -> tuple[np.ndarray, ...]:
        """(values, known, numbers, directory, strides, bound): what compiled loops read; not to be kept."""
        bound = self.coarse.bound.reshape(-1)
        return self._values, self._known, self._numbers, self._directory, self.strides, bound

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

    def keep(self, slots: np.ndarray) -> None:
        """Store only these slots (k,), ascending and numbered anew, and no longer which nodes are known.

        All nodes of a brick that goes must have one sign: it is uniform from here on, its first node its bound.
        """
        edge = self.grid.brick
        self._known = np.empty((0, edge, edge, edge), dtype=bool)
        gone = np.ones(self.count, dtype=bool)
        gone[slots] = False
        self.coarse.bound.reshape(-1)[self.numbers[gone]] = self.values[gone, 0, 0, 0]
        self._directory[self.numbers] = -1
        self._numbers, self._values, self.count = self._numbers[slots], self._values[slots], len(slots)
        self._directory[self._numbers] = np.arange(self.count, dtype=np.int32)

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

    def positions(self, flat: np.ndarray) -> np.ndarray:
        """Flat indices into `values` → (k, 3) float32 positions."""
        grid, found = self.grid, np.empty((len(flat), 3), dtype=np.float32)
        _place_nodes(flat, self._numbers, np.array(grid.directory), grid.brick, grid.lower, grid.spacing, found)
        return found

    def fill(self, flat: np.ndarray, values: np.ndarray) -> None:
        """Write evaluated values at flat indices into `values`."""
        self._values.reshape(-1)[flat] = values
        self._known.reshape(-1)[flat] = True


@compiled
def _place_nodes(flat, numbers, directory, edge, lower, spacing, found):
    """positions (k, 3) of the nodes at flat indices (k,)."""
    for row in range(len(flat)):
        slot, local = flat[row] // edge**3, flat[row] % edge**3
        number = numbers[slot]
        x, y, z = number // (directory[1] * directory[2]), number // directory[2] % directory[1], number % directory[2]
        found[row, 0] = lower[0] + ((x - RING) * edge + local // (edge * edge)) * spacing[0]
        found[row, 1] = lower[1] + ((y - RING) * edge + local // edge % edge) * spacing[1]
        found[row, 2] = lower[2] + ((z - RING) * edge + local % edge) * spacing[2]


def evaluate(bricks: Bricks, sampler: Sampler, wanted: list[np.ndarray]) -> Generator[Progress, None, None]:
    """Ask the field at nodes given by flat indices, each once, and write its values."""
    flat = np.concatenate(wanted) if wanted else np.empty(0, dtype=np.int64)
    if len(flat):
        flat.sort()
        for first in range(0, len(flat), sampler.chunk):
            part = flat[first : first + sampler.chunk]
            bricks.fill(part, (yield from sampler(bricks.positions(part))))


def parts(bricks: Bricks, slots: np.ndarray) -> list[np.ndarray]:
    """Slots in portions of about BATCH nodes."""
    size = max(1, BATCH // bricks.grid.brick**3)
    return [slots[first : first + size] for first in range(0, len(slots), size)]
