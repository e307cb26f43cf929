"""From coarse to fine: evaluate, in the bricks that the surface may pass, the nodes whose sign is not certain.

The step is halved down to one cell; a new node is evaluated unless its parents make its sign certain, and then holds
that sign times a lower bound of |f|.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import partial

import numpy as np

from shapefield.events import Progress
from shapefield.machine.compiling import compiled
from shapefield.machine.threads import side_by_side
from shapefield.surface.bricks import Bricks, evaluate, gather, parts
from shapefield.surface.sampler import Sampler

F = np.float32
_CORNERS = np.array([[bits >> axis & 1 for axis in range(3)] for bits in range(8)])


def refine_bricks(bricks: Bricks, sampler: Sampler) -> Generator[Progress, None, None]:
    """Store the active bricks and evaluate, step by step, their nodes of uncertain sign."""
    grid, volume = bricks.grid, bricks.grid.brick**3
    slots = bricks.store(np.flatnonzero(bricks.coarse.active))
    skin = np.zeros(len(slots), dtype=bool)
    for part in parts(bricks, slots):
        skin[part - slots[0]] = bricks.nodes_beyond(part).any(axis=(1, 2, 3))
    yield from evaluate(bricks, sampler, [np.flatnonzero(~bricks.known[s]) + s * volume for s in slots[skin]])
    slots, step = slots[~skin], grid.brick
    while step > 1 and len(slots):
        reaches = np.linalg.norm(_CORNERS * (step // 2) * grid.spacing, axis=1).astype(np.float32)
        answers = []
        # a part writes nodes at half steps of its own bricks, and reads whole steps of others: they do not meet, as
        # long as what is settled is written only when all are done
        for answer in side_by_side(partial(_halve, bricks, step, reaches), parts(bricks, slots)):
            answers.append(answer)
            yield sampler.progress()
        settled = np.concatenate([answer[1] for answer in answers])
        if step > 2:
            _settle(*bricks.tables[:2], slots[settled], np.concatenate([answer[2] for answer in answers])[settled])
        yield from evaluate(bricks, sampler, [answer[0] for answer in answers])
        slots, step = slots[~settled], step // 2


def _halve(bricks: Bricks, step: int, reaches: np.ndarray, slots: np.ndarray) -> tuple[np.ndarray, ...]:
    """Give certain signs to the nodes at half of `step`. reaches : (8,) half a step's diagonals, by odd axes

    → (flat indices of those to evaluate, which of the bricks are settled: all their nodes have one certain sign,
    and for each brick the bound that then stands for its unknown nodes).
    """
    wanted = np.empty(len(slots) * bricks.grid.brick**3, dtype=np.int64)
    settled, least = np.empty(len(slots), dtype=bool), np.empty(len(slots), dtype=np.float32)
    slope = bricks.coarse.slope.reshape(-1)
    count = _halve_all(*bricks.tables, slope, slots, step, reaches, wanted, settled, least)
    return wanted[:count].copy(), settled, least


@compiled
def _halve_all(
    values, known, numbers, directory, strides, bound, slope, slots, step, reaches, wanted, settled, least
):  # fmt: skip
    edge, half, side = values.shape[1], step // 2, values.shape[1] // step
    cube = np.empty((side + 1, side + 1, side + 1), dtype=np.float32)
    around, owners = np.empty(8, dtype=np.int64), np.empty(8, dtype=np.int64)
    count = 0
    for row in range(len(slots)):
        slot = slots[row]
        gather(values, numbers, directory, strides, bound, slot, step, around, owners, cube)
        steep = slope[numbers[slot]]
        lowest = highest = cube[0, 0, 0]
        for node in cube.flat:
            lowest, highest = min(lowest, node), max(highest, node)
        for p in range(0, edge, half):
            i0, i1 = p // step, (p + half) // step
            for q in range(0, edge, half):
                j0, j1 = q // step, (q + half) // step
                for r in range(0, edge, half):
                    k0, k1 = r // step, (r + half) // step
                    odd = (i1 - i0) + 2 * (j1 - j0) + 4 * (k1 - k0)
                    if odd == 0:
                        continue
                    if known[slot, p, q, r]:
                        bounded = values[slot, p, q, r]
                    else:
                        low = high = cube[i0, j0, k0]
                        for i in range(i0, i1 + 1):
                            for j in range(j0, j1 + 1):
                                for k in range(k0, k1 + 1):
                                    low, high = min(low, cube[i, j, k]), max(high, cube[i, j, k])
                        reach = steep * reaches[odd]
                        # the nearest of known nodes and bounds is the parents' best: all are equally far
                        bounded = F(0)
                        if low > 0:
                            bounded = max(high - reach, F(0))
                        elif high < 0:
                            bounded = min(low + reach, F(0))
                        values[slot, p, q, r] = bounded
                        if bounded == 0:
                            wanted[count] = ((slot * edge + p) * edge + q) * edge + r
                            count += 1
                    lowest, highest = min(lowest, bounded), max(highest, bounded)
        # every node is within half a small cell's diagonal of one whose |f| is now known or bounded
        reach = steep * (F(0.5) * reaches[7])
        settled[row] = lowest > reach or highest < -reach
        least[row] = lowest - reach if lowest > 0 else highest + reach
    return count


@compiled
def _settle(values, known, slots, least):
    """The unknown nodes of these bricks hold their brick's bound."""
    for row in range(len(slots)):
        nodes, told = values[slots[row]].reshape(-1), known[slots[row]].reshape(-1)
        for node in range(len(nodes)):
            if not told[node]:
                nodes[node] = least[row]
