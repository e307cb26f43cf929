"""Marching cubes' table, derived: the triangles of a cell from the signs at its corners (Lorensen & Cline 1987).

Corner x + 2 y + 4 z of a cell lies at (x, y, z). On each side of the cell where the sign changes the surface leaves
segments that end on the cell's edges; every crossed edge lies on two sides, so the segments close into loops, and each
loop is filled with triangles. A side whose corners alternate in sign is *ambiguous*: the saddle of the bilinear
interpolant decides whether its inside corners are joined (Nielson & Hamann 1991, the asymptotic decider). Both cells
at a side see the same four values and leave the same segments, so the surface is closed.

It is manifold too. A vertex has one corner of one loop in each of the four cells around its grid edge: one fan. And no
edge has four triangles: a diagonal that lies in an ambiguous side connects the two crossings at which the segments
start, which for the cell beyond are those at which they end.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

EDGES = [(axis, corner) for axis in range(3) for corner in range(8) if not corner >> axis & 1]
"""The 12 edges of a cell: their axis, and the corner at their lower end."""


def _corners(axis: int, high: int) -> tuple[int, ...]:
    """The corners of one side, counter-clockwise seen from outside the cell."""
    u, v, base = 1 << (axis + 1) % 3, 1 << (axis + 2) % 3, high << axis
    around = (base, base + u, base + u + v, base + v)
    return around if high else around[::-1]


SIDES = [_corners(axis, high) for axis in range(3) for high in (0, 1)]


def _edge(a: int, b: int) -> int:
    """Number of the edge between two corners."""
    return EDGES.index(((a ^ b).bit_length() - 1, min(a, b)))


_AROUND = [[_edge(side[k - 1], side[k]) for k in range(4)] for side in SIDES]  # edge k ends at the side's corner k


def ambiguous(inside: int) -> list[int]:
    """The sides whose corners alternate in sign. inside : bit c is set where corner c is inside the solid"""
    signs = [[inside >> corner & 1 for corner in side] for side in SIDES]
    return [number for number, (a, b, c, d) in enumerate(signs) if a == c != b == d]


def segments(inside: int, number: int, joined: bool) -> dict[int, int]:
    """Crossed edge → crossed edge on one side, the inside on the left seen from outside the cell.

    joined : the two inside corners of an ambiguous side are connected
    """
    side, around = SIDES[number], _AROUND[number]
    signs = [inside >> corner & 1 for corner in side]
    enters = [k for k in range(4) if signs[k] and not signs[k - 1]]
    found = {}
    for k in enters:
        last = k
        while signs[(last + 1) % 4]:
            last += 1
        found[around[k]] = around[(last + 1) % 4]
    if joined:
        (a, b), (c, d) = found.items()
        found = {a: d, c: b}
    return found


def loops(inside: int, joined: frozenset[int]) -> list[list[int]]:
    """The closed loops of crossed edges, counter-clockwise seen from outside the solid."""
    following: dict[int, int] = {}
    for number in range(6):
        following |= segments(inside, number, number in joined)
    found = []
    while following:
        loop = [next(iter(following))]
        while (edge := following.pop(loop[-1])) != loop[0]:
            loop.append(edge)
        found.append(loop)
    return found


def fill(loop: list[int], inside: int) -> list[tuple[int, int, int]]:
    """Triangles that fill a loop. Diagonals in a side connect starts of its segments only; raises where none are so."""
    starts = [set(segments(inside, number, False)) for number in range(6)]

    def allowed(first: int, last: int) -> bool:
        ends = {loop[first], loop[last]}
        shared = [begin for begin, around in zip(starts, _AROUND, strict=True) if ends <= set(around)]
        return last - first < 2 or all(ends <= begin for begin in shared)

    @cache
    def between(first: int, last: int) -> tuple[tuple[int, int, int], ...] | None:
        if last - first < 2:
            return ()
        for middle in range(first + 1, last):
            if allowed(first, middle) and allowed(middle, last):
                left, right = between(first, middle), between(middle, last)
                if left is not None and right is not None:
                    return (*left, *right, (loop[first], loop[middle], loop[last]))
        return None

    found = between(0, len(loop) - 1)
    if found is None:
        raise AssertionError(f"no triangulation of {loop}")
    return list(found)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """All cases as arrays. An entry is a case and a choice of joined sides: entry first[case] + Σ 2^m over the m-th
    ambiguous sides that are joined.

    sides     : (6, 4) int64 corners;  edges : (12, 4) int64 axis and lower corner (x, y, z)
    first     : (256,) int64, first entry;  ambiguous : (256, 6) int64 sides, -1 after the last
    start     : (e + 1,) int64 → rows of `triangles`;  triangles : (t, 3) int64 edges
    """

    sides: np.ndarray
    edges: np.ndarray
    first: np.ndarray
    ambiguous: np.ndarray
    start: np.ndarray
    triangles: np.ndarray


@cache
def table() -> Table:
    """The table, made once: 656 entries in about a tenth of a second."""
    first, doubtful, start, triangles = [], np.full((256, 6), -1), [0], []
    for inside in range(256):
        first.append(len(start) - 1)
        sides = ambiguous(inside)
        doubtful[inside, : len(sides)] = sides
        for choice in range(1 << len(sides)):
            joined = frozenset(side for m, side in enumerate(sides) if choice >> m & 1)
            for loop in loops(inside, joined):
                triangles += fill(loop, inside)
            start.append(len(triangles))
    edges = [(axis, corner & 1, corner >> 1 & 1, corner >> 2) for axis, corner in EDGES]
    return Table(np.array(SIDES), np.array(edges), np.array(first), doubtful, np.array(start), np.array(triangles))
