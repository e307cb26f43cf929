"""Following the surface: every corner of every cell that changes sign is evaluated, until nothing is left to do.

Whatever the field's slope really is, the surface that refinement has met is then not torn: bricks are stored as the
surface enters them.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import partial

import numpy as np

from shapefield.events import Progress
from shapefield.machine.compiling import compiled
from shapefield.machine.threads import side_by_side
from shapefield.surface.bricks import OFFSETS, Bricks, corner_signs, evaluate, gather, parts
from shapefield.surface.sampler import Sampler


def flood(bricks: Bricks, sampler: Sampler) -> Generator[Progress, None, np.ndarray]:
    """Evaluate until no cell that changes sign has an unknown corner; → slots of the bricks with such cells."""
    crossed = np.zeros(bricks.count, dtype=bool)
    dirty = np.arange(bricks.count)
    while len(dirty):
        wanted, entered, again = [], [], []
        portions = parts(bricks, dirty)
        for part, answer in zip(portions, side_by_side(partial(_survey, bricks), portions), strict=True):
            flat, numbers, crossed[part], torn = answer
            wanted.append(flat)
            entered.append(numbers)
            again.append(part[torn])
            yield sampler.progress()
        bricks.store(np.concatenate(entered))
        flat = _distinct(np.concatenate(wanted))
        yield from evaluate(bricks, sampler, [flat])
        # bricks whose cells see what has changed: evaluated nodes, and bricks that are stored now
        changed = np.zeros(bricks.count, dtype=bool)
        changed[flat // bricks.grid.brick**3] = True
        changed[len(crossed) :] = True
        seen = [bricks.slots(bricks.neighbours(np.flatnonzero(changed), -offset)) for offset in OFFSETS]
        dirty = np.concatenate([*again, *seen])
        dirty = _distinct(dirty[dirty >= 0])
        crossed = np.pad(crossed, (0, bricks.count - len(crossed)))
    return np.flatnonzero(crossed)


def _survey(bricks: Bricks, slots: np.ndarray) -> tuple[np.ndarray, ...]:
    """→ (flat indices of stored unknown corners of sign-changing cells; numbers of bricks to store, as they own such
    corners or as the surface enters them; which of these bricks have sign-changing cells, and which miss an owner)."""
    wanted = np.empty(len(slots) * (bricks.grid.brick + 1) ** 3, dtype=np.int64)
    entered = np.empty(len(slots) * 14, dtype=np.int64)
    crossed, torn = np.empty(len(slots), dtype=bool), np.empty(len(slots), dtype=bool)
    count, new = _survey_all(*bricks.tables, slots, wanted, entered, crossed, torn)
    return wanted[:count].copy(), entered[:new].copy(), crossed, torn


@compiled
def _survey_all(values, known, numbers, directory, strides, bound, slots, wanted, entered, crossed, torn):
    edge = values.shape[1]
    side = edge + 1
    cube = np.empty((side, side, side), dtype=np.float32)
    cases = np.empty((edge, edge, edge), dtype=np.uint8)
    asked = np.empty((side, side, side), dtype=np.bool_)
    around, owners = np.empty(8, dtype=np.int64), np.empty(8, dtype=np.int64)
    count = new = 0
    for row in range(len(slots)):
        slot = slots[row]
        crossed[row] = torn[row] = False
        if gather(values, numbers, directory, strides, bound, slot, 1, around, owners, cube):
            asked.fill(False)
            corner_signs(cube, cases)
            for i in range(edge):
                for j in range(edge):
                    for k in range(edge):
                        if 0 < cases[i, j, k] < 255:
                            crossed[row] = True
                            for bits in range(8):
                                asked[i + (bits & 1), j + (bits >> 1 & 1), k + (bits >> 2)] = True
            missed = 0
            for i in range(side):
                for j in range(side):
                    for k in range(side):
                        if asked[i, j, k]:
                            bits = (i == edge) + 2 * (j == edge) + 4 * (k == edge)
                            owner, p, q, r = owners[bits], i % edge, j % edge, k % edge
                            if owner < 0:
                                missed |= 1 << bits
                            elif not known[owner, p, q, r]:
                                wanted[count] = ((owner * edge + p) * edge + q) * edge + r
                                count += 1
            torn[row] = missed > 0
            for bits in range(8):
                if missed >> bits & 1:
                    entered[new] = around[bits]
                    new += 1
        # bricks before this one that are not stored, although their last cells change sign at this brick's nodes
        for bits in range(1, 8):
            number = numbers[slot] - ((bits & 1) * strides[0] + (bits >> 1 & 1) * strides[1] + (bits >> 2) * strides[2])
            if directory[number] >= 0:
                continue
            uniform = bound[number] < 0
            differs = False
            for i in range(1 if bits & 1 else edge):
                for j in range(1 if bits >> 1 & 1 else edge):
                    for k in range(1 if bits >> 2 else edge):
                        differs |= (values[slot, i, j, k] < 0) != uniform
            if differs:
                entered[new] = number
                new += 1
    return count, new


def _distinct(numbers: np.ndarray) -> np.ndarray:
    """Sorted and each once (numpy's own `unique` hashes, which is slower here)."""
    numbers = np.sort(numbers)
    return numbers[np.concatenate([[True], numbers[1:] != numbers[:-1]])] if len(numbers) else numbers
