"""Marching cubes over the stored bricks: the crossed edges are numbered, and each cell's triangles name them.

A vertex belongs to the brick that owns the lower node of its grid edge, so that neighbouring bricks share it exactly.
Legend: c bricks that own crossed edges, n vertices, m triangles.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np

from shapefield.events import Progress
from shapefield.machine.compiling import compiled
from shapefield.machine.threads import side_by_side
from shapefield.surface.bricks import BATCH, Bricks, corner_signs, gather, look_around
from shapefield.surface.cases import table
from shapefield.surface.grid import RING
from shapefield.surface.sampler import Sampler

_NONE = np.uint16(65535)  # the entry of a cell whose corners have one sign


@dataclass(frozen=True, slots=True, eq=False)
class Crossings:
    """Topology of the surface, and between which nodes its vertices lie.

    nodes  : (n, 3) int32, lower node of each vertex's grid edge
    axis   : (n,) int8, direction of the edge
    ends   : (n, 2) float32, field at the edge's lower and upper node
    faces  : (m, 3) int32, counter-clockwise seen from outside
    """

    nodes: np.ndarray
    axis: np.ndarray
    ends: np.ndarray
    faces: np.ndarray


def march(bricks: Bricks, slots: np.ndarray, sampler: Sampler) -> Generator[Progress, None, Crossings]:
    """Triangulate the level set in these slots' cells, all corners of which are known where they change sign.

    slots : (k,) those of all bricks with such cells; of the others only those that own corners stay stored
    """
    edge = bricks.grid.brick
    batch = max(1, BATCH // edge**3)

    def shared(work: Callable[[slice], object], count: int) -> Generator[Progress, None, None]:
        rows = [slice(first, min(first + batch, count)) for first in range(0, count, batch)]
        for _ in side_by_side(work, rows):
            yield sampler.progress()

    own = np.zeros(bricks.count, dtype=bool)
    own[slots] = True
    yield from shared(lambda r: _mark_owners(*bricks.tables, slots[r], own), len(slots))
    bricks.keep(np.flatnonzero(own))
    slots = (np.cumsum(own) - 1)[slots]
    values, _, *around = bricks.tables
    owners = np.arange(bricks.count)
    ranks = np.empty((len(owners), edge, edge, edge), dtype=np.uint16)
    vertices = np.zeros(len(owners) + 1, dtype=np.int64)
    yield from shared(lambda r: _rank(values, *around, owners[r], ranks[r], vertices[1:][r]), len(owners))
    np.cumsum(vertices, out=vertices)
    count, lattice = int(vertices[-1]), np.array(bricks.grid.directory)
    nodes, axis = np.empty((count, 3), dtype=np.int32), np.empty(count, dtype=np.int8)
    ends = np.empty((count, 2), dtype=np.float32)
    listed = nodes, axis, ends
    yield from shared(lambda r: _list(values, *around, lattice, owners[r], vertices[r], *listed), len(owners))
    cases = table()
    entries = np.empty((len(slots), edge, edge, edge), dtype=np.uint16)
    triangles = np.zeros(len(slots) + 1, dtype=np.int64)
    judged = cases.sides, cases.first, cases.ambiguous, cases.start
    yield from shared(lambda r: _judge(values, *around, slots[r], *judged, entries[r], triangles[1:][r]), len(slots))
    np.cumsum(triangles, out=triangles)
    faces = np.empty((int(triangles[-1]), 3), dtype=np.int32)
    named = cases.edges, cases.start, cases.triangles, ranks, vertices
    yield from shared(lambda r: triangulate(*around[:3], slots[r], entries[r], *named, triangles[r], faces), len(slots))
    return Crossings(nodes, axis, ends, faces)


@compiled
def _mark_owners(values, known, numbers, directory, strides, bound, slots, own):
    """Mark in own (s,) the bricks that own corners of cells that change sign: all nodes of any other have one sign."""
    edge = values.shape[1]
    cube = np.empty((edge + 1, edge + 1, edge + 1), dtype=np.float32)
    cases = np.empty((edge, edge, edge), dtype=np.uint8)
    around, owners = np.empty(8, dtype=np.int64), np.empty(8, dtype=np.int64)
    for row in range(len(slots)):
        gather(values, numbers, directory, strides, bound, slots[row], 1, around, owners, cube)
        corner_signs(cube, cases)
        for i in range(edge):
            for j in range(edge):
                for k in range(edge):
                    if 0 < cases[i, j, k] < 255:
                        last = (i + 1 == edge) + 2 * (j + 1 == edge) + 4 * (k + 1 == edge)
                        for bits in range(1, 8):
                            if bits & last == bits:
                                own[owners[bits]] = True


@compiled
def _rank(values, numbers, directory, strides, bound, slots, ranks, counts):
    """Number the crossed edges of each brick from 0, in the order of their lower nodes and axes; count them.

    A node's word is four times the number of its first one, plus 1 if its x edge is crossed, plus 2 if its y edge is:
    `_rank_of` reads it. The largest brick, of 16³ nodes, has 12 288 edges, and 14 bits hold that.
    """
    edge = values.shape[1]
    cube = np.empty((edge + 1, edge + 1, edge + 1), dtype=np.float32)
    around, owners = np.empty(8, dtype=np.int64), np.empty(8, dtype=np.int64)
    for row in range(len(slots)):
        gather(values, numbers, directory, strides, bound, slots[row], 1, around, owners, cube)
        count = 0
        for i in range(edge):
            for j in range(edge):
                for k in range(edge):
                    inside = cube[i, j, k] < 0
                    x, y = (cube[i + 1, j, k] < 0) != inside, (cube[i, j + 1, k] < 0) != inside
                    ranks[row, i, j, k] = 4 * count + x + 2 * y
                    count += x + y + ((cube[i, j, k + 1] < 0) != inside)
        counts[row] = count


@compiled
def _rank_of(word, axis):
    """The number within its brick of a node's crossed edge along an axis."""
    return (word >> 2) + (word & 1 if axis > 0 else 0) + (word >> 1 & 1 if axis > 1 else 0)


@compiled
def _list(values, numbers, directory, strides, bound, lattice, slots, first, nodes, axes, ends):
    """Write the crossed edges of each brick, from its first number on. lattice : (3,) shape of the directory"""
    edge = values.shape[1]
    cube = np.empty((edge + 1, edge + 1, edge + 1), dtype=np.float32)
    around, owners = np.empty(8, dtype=np.int64), np.empty(8, dtype=np.int64)
    for row in range(len(slots)):
        gather(values, numbers, directory, strides, bound, slots[row], 1, around, owners, cube)
        number, at = numbers[slots[row]], first[row]
        x = (number // (lattice[1] * lattice[2]) - RING) * edge
        y = (number // lattice[2] % lattice[1] - RING) * edge
        z = (number % lattice[2] - RING) * edge
        for i in range(edge):
            for j in range(edge):
                for k in range(edge):
                    lower = cube[i, j, k]
                    for axis in range(3):
                        upper = cube[i + (axis == 0), j + (axis == 1), k + (axis == 2)]
                        if (lower < 0) != (upper < 0):
                            nodes[at, 0], nodes[at, 1], nodes[at, 2] = x + i, y + j, z + k
                            axes[at] = axis
                            ends[at, 0], ends[at, 1] = lower, upper
                            at += 1


@compiled
def _judge(values, numbers, directory, strides, bound, slots, sides, first, ambiguous, start, entries, counts):
    """The table's entry for every cell, _NONE where the corners have one sign; how many triangles each brick has."""
    edge = values.shape[1]
    cube = np.empty((edge + 1, edge + 1, edge + 1), dtype=np.float32)
    cases = np.empty((edge, edge, edge), dtype=np.uint8)
    around, owners = np.empty(8, dtype=np.int64), np.empty(8, dtype=np.int64)
    for row in range(len(slots)):
        gather(values, numbers, directory, strides, bound, slots[row], 1, around, owners, cube)
        corner_signs(cube, cases)
        count = 0
        for i in range(edge):
            for j in range(edge):
                for k in range(edge):
                    inside = cases[i, j, k]
                    entries[row, i, j, k] = _NONE
                    if 0 < inside < 255:
                        entry = first[inside]
                        for m in range(6):
                            if ambiguous[inside, m] < 0:
                                break
                            if _is_joined(cube, i, j, k, sides[ambiguous[inside, m]]):
                                entry += 1 << m
                        entries[row, i, j, k] = entry
                        count += start[entry + 1] - start[entry]
        counts[row] = count


@compiled
def _is_joined(cube, i, j, k, side):
    """Whether the saddle of an ambiguous side is inside: the product of its inside corners is the greater one."""
    a, b, c, d = side
    first = np.float64(cube[i + (a & 1), j + (a >> 1 & 1), k + (a >> 2)])
    other = np.float64(cube[i + (b & 1), j + (b >> 1 & 1), k + (b >> 2)])
    one = first * np.float64(cube[i + (c & 1), j + (c >> 1 & 1), k + (c >> 2)])
    two = other * np.float64(cube[i + (d & 1), j + (d >> 1 & 1), k + (d >> 2)])
    return one > two if first < 0 else two > one


@compiled
def triangulate(numbers, directory, strides, slots, entries, edges, start, triangles, ranks, vertices, at, faces):
    """Write the triangles of each brick's cells, from the row at[brick] on."""
    edge = ranks.shape[1]
    around, owners = np.empty(8, dtype=np.int64), np.empty(8, dtype=np.int64)
    for row in range(len(slots)):
        look_around(numbers, directory, strides, slots[row], around, owners)
        face = at[row]
        for i in range(edge):
            for j in range(edge):
                for k in range(edge):
                    entry = entries[row, i, j, k]
                    if entry == _NONE:
                        continue
                    for triangle in range(start[entry], start[entry + 1]):
                        for corner in range(3):
                            which = triangles[triangle, corner]
                            p, q, r = i + edges[which, 1], j + edges[which, 2], k + edges[which, 3]
                            bits = (p == edge) + 2 * (q == edge) + 4 * (r == edge)
                            brick = owners[bits]
                            word = ranks[brick, p % edge, q % edge, r % edge]
                            faces[face, corner] = vertices[brick] + _rank_of(word, edges[which, 0])
                        face += 1
