"""From coarse to fine: evaluate the nodes whose sign is not certain, then follow every crossing to its end.

Refinement halves the step inside active bricks; a new node is evaluated unless its parents make its sign certain.
The flood then evaluates every corner of every cell that changes sign, storing neighbours as the surface enters them,
until nothing is left to do: whatever the slope really was, the surface it has met is not torn.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from itertools import product

import numpy as np

from shapefield.events import Progress
from shapefield.machine.threads import side_by_side
from shapefield.surface.bricks import OFFSETS, Bricks
from shapefield.surface.sampler import Sampler

BATCH = 1 << 19  # nodes handled at a time: bounded memory


def refine_bricks(bricks: Bricks, sampler: Sampler) -> Generator[Progress, None, None]:
    """Store the active bricks and evaluate, step by step, their nodes of uncertain sign."""
    grid = bricks.grid
    slots = bricks.store(np.flatnonzero(bricks.coarse.active))
    skin = np.zeros(len(slots), dtype=bool)
    for part in _parts(bricks, slots):
        skin[part - slots[0]] = bricks.nodes_beyond(part).any(axis=(1, 2, 3))
    yield from _evaluate(bricks, sampler, [np.flatnonzero(~bricks.known[s]) + s * grid.brick**3 for s in slots[skin]])
    slots, step = slots[~skin], grid.brick
    while step > 1 and len(slots):
        wanted, open_slots, calm = [], [], []
        parts = _parts(bricks, slots)
        # a part writes nodes at half steps of its own bricks, and reads whole steps of others: they do not meet, as
        # long as what is settled is written only when all are done
        halves = side_by_side(partial(_halve, bricks, step=step), parts)
        for part, (flat, settled, least) in zip(parts, halves, strict=True):
            wanted.append(flat)
            open_slots.append(part[~settled])
            calm.append((part[settled], least))
            yield sampler.progress()
        for settled, least in calm if step > 2 else []:
            values = bricks.values[settled]
            bricks.values[settled] = np.where(bricks.known[settled], values, least[:, None, None, None])
        yield from _evaluate(bricks, sampler, wanted)
        slots, step = np.concatenate(open_slots), step // 2


def _halve(bricks: Bricks, slots: np.ndarray, *, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give certain signs to the nodes at half of `step`.

    → (flat indices of those to evaluate, which of the bricks are settled: all their nodes have one certain sign,
    and for those the bound that stands for each of their unknown nodes).
    """
    grid, half = bricks.grid, step // 2
    parents = bricks.gather(slots, step)
    slope = bricks.coarse.slope.reshape(-1)[bricks.numbers[slots]][:, None, None, None]
    wanted = []
    lowest, highest = parents.min(axis=(1, 2, 3)), parents.max(axis=(1, 2, 3))
    for parity in list(product((0, 1), repeat=3))[1:]:
        least = greatest = parents
        for axis, odd in enumerate(parity, start=1):
            low = tuple(slice(None, -1) if k == axis else slice(None) for k in range(4))
            high = tuple(slice(1, None) if k == axis else slice(None) for k in range(4))
            least = np.minimum(least[low], least[high]) if odd else least[low]
            greatest = np.maximum(greatest[low], greatest[high]) if odd else greatest[low]
        reach = slope * np.float32(np.linalg.norm(np.array(parity) * half * grid.spacing))
        outside, inside = greatest - reach, least + reach
        bound = np.where(least > 0, np.maximum(outside, 0), np.where(greatest < 0, np.minimum(inside, 0), 0))
        picked = [slice(p * half, None, step) for p in parity]
        fresh = ~bricks.known[:, *picked][slots]
        view = bricks.values[:, *picked]
        bound = np.where(fresh, bound, view[slots])
        view[slots] = bound
        np.minimum(lowest, bound.min(axis=(1, 2, 3)), out=lowest)
        np.maximum(highest, bound.max(axis=(1, 2, 3)), out=highest)
        where = np.nonzero((bound == 0) & fresh)
        local = [w * step + p * half for w, p in zip(where[1:], parity, strict=True)]
        wanted.append(((slots[where[0]] * grid.brick + local[0]) * grid.brick + local[1]) * grid.brick + local[2])
    # every node is within half a small cell's diagonal of one whose |f| is now known or bounded
    reach = slope[:, 0, 0, 0] * np.float32(0.5 * half * np.linalg.norm(grid.spacing))
    settled = (lowest > reach) | (highest < -reach)
    return np.concatenate(wanted), settled, np.where(lowest > 0, lowest - reach, highest + reach)[settled]


def flood(bricks: Bricks, sampler: Sampler) -> Generator[Progress, None, np.ndarray]:
    """Evaluate until no cell that changes sign has an unknown corner; → slots of the bricks with such cells."""
    crossed = np.zeros(0, dtype=bool)
    dirty = np.arange(bricks.count)
    volume = bricks.grid.brick**3
    while len(dirty):
        wanted, entered = [], []
        crossed = np.pad(crossed, (0, bricks.count - len(crossed)))
        for part in _parts(bricks, dirty):
            entered.append(_entered(bricks, part))
            flat, crossed[part] = _incomplete(bricks, part)
            wanted.append(flat)
            yield sampler.progress()
        fresh = bricks.store(np.concatenate(entered))
        flat = _distinct(np.concatenate(wanted))
        yield from _evaluate(bricks, sampler, [flat])
        touched = _distinct(flat // volume)
        around = [bricks.slots(bricks.neighbours(touched, -offset)) for offset in OFFSETS]
        dirty = _distinct(np.concatenate([fresh, *around]))
        dirty = dirty[dirty >= 0]
        # a brick stored late may have been entered through nodes that its own cells never see
        dirty = np.union1d(dirty, np.arange(len(crossed), bricks.count))
    return np.flatnonzero(crossed)


def _entered(bricks: Bricks, slots: np.ndarray) -> np.ndarray:
    """Numbers of bricks that are not stored although their cells change sign at nodes owned by these slots."""
    negative = bricks.values[slots] < 0
    found = []
    for offset in OFFSETS[1:]:
        numbers = bricks.neighbours(slots, -offset)
        missing = np.flatnonzero(bricks.slots(numbers) < 0)
        face = negative[missing][:, *(slice(0, 1) if o else slice(None) for o in offset)]
        uniform = bricks.coarse.bound.reshape(-1)[numbers[missing]] < 0
        differs = (face != uniform[:, None, None, None]).any(axis=(1, 2, 3))
        found.append(numbers[missing[differs]])
    return np.concatenate(found)


def _incomplete(bricks: Bricks, slots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(flat indices of unknown corners of sign-changing cells, which of these bricks have such cells).

    Owners that are not stored yet are stored.
    """
    edge = bricks.grid.brick
    negative = bricks.gather(slots, what="negative")
    some: np.ndarray = negative
    every: np.ndarray = negative
    for axis in range(1, 4):
        low = tuple(slice(None, -1) if k == axis else slice(None) for k in range(4))
        high = tuple(slice(1, None) if k == axis else slice(None) for k in range(4))
        some, every = some[low] | some[high], every[low] & every[high]
    crossing = some & ~every
    crossed = np.asarray(crossing.reshape(len(slots), -1).any(axis=1))
    slots, corners = slots[crossed], crossing[crossed]
    for axis in range(1, 4):
        pad = np.zeros_like(corners[tuple(slice(0, 1) if k == axis else slice(None) for k in range(4))])
        corners = np.concatenate([corners, pad], axis=axis) | np.concatenate([pad, corners], axis=axis)
    where = np.nonzero(corners & ~bricks.gather(slots, what="known"))
    local = np.stack(where[1:], axis=1)
    carry, local = local // edge, local % edge
    numbers = bricks.numbers[slots][where[0]] + carry @ bricks.strides
    missing = bricks.slots(numbers) < 0
    if missing.any():
        bricks.store(numbers[missing])
    owner = bricks.slots(numbers).astype(np.int64)
    flat = ((owner * edge + local[:, 0]) * edge + local[:, 1]) * edge + local[:, 2]
    # in bricks just stored, nodes beyond the box are known after all
    return flat[~bricks.known.reshape(-1)[flat]], crossed


def _evaluate(bricks: Bricks, sampler: Sampler, wanted: list[np.ndarray]) -> Generator[Progress, None, None]:
    flat = np.concatenate(wanted) if wanted else np.empty(0, dtype=np.int64)
    if len(flat):
        flat.sort()
        points = bricks.grid.points(bricks.nodes(flat)).astype(np.float32)
        bricks.fill(flat, (yield from sampler(points)))


def _distinct(numbers: np.ndarray) -> np.ndarray:
    """Sorted and each once (numpy's own `unique` hashes, which is slower here)."""
    numbers = np.sort(numbers)
    return numbers[np.concatenate([[True], numbers[1:] != numbers[:-1]])] if len(numbers) else numbers


def _parts(bricks: Bricks, slots: np.ndarray) -> list[np.ndarray]:
    size = max(1, BATCH // bricks.grid.brick**3)
    return [slots[first : first + size] for first in range(0, len(slots), size)]
