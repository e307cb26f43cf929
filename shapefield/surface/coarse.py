"""The coarse grid: the field at brick corners, how steep it is there, and which bricks the surface may pass.

A field is not trusted to be a distance: its slope L is estimated from the values, locally and overall.
A node x at distance d from a known node of value v has a *certain* sign if |v| > L·d, and then |f(x)| ≥ |v| - L·d.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from shapefield.events import Progress
from shapefield.surface.grid import RING, Grid
from shapefield.surface.sampler import Sampler

SAFETY = 1.25  # the slope between samples may exceed the one seen at them
OUTSIDE = np.float32(1.0)  # what nodes beyond the box hold: only the sign counts


@dataclass(frozen=True, slots=True, eq=False)
class Coarse:
    """What the coarse grid says about every brick. Arrays have the directory's shape, ring included.

    values  : float32, field at each brick's first node, OUTSIDE beyond the box
    bound   : float32, the sign of all of a brick's nodes times a lower bound of |f|, where no surface passes
    slope   : float32, estimated bound of |∇f| in and near the brick, field units per unit length
    active  : bool, the surface may pass
    crossings : how many bricks change sign at their corners
    """

    values: np.ndarray
    bound: np.ndarray
    slope: np.ndarray
    active: np.ndarray
    crossings: int = 0


def sample_coarse(grid: Grid, sampler: Sampler) -> Generator[Progress, None, Coarse]:
    """Evaluate the field at all brick corners in the box and judge every brick."""
    axes = [np.minimum(np.arange(m) * grid.brick, n) for m, n in zip(grid.lattice, grid.cells, strict=True)]
    nodes = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    values = (yield from sampler(grid.points(nodes))).reshape(grid.lattice)
    slope = _slopes(values, [a * h for a, h in zip(axes, grid.spacing, strict=True)])
    inside = tuple(slice(RING, RING + m) for m in grid.lattice)
    shape = grid.directory
    coarse = Coarse(
        values=np.full(shape, OUTSIDE),
        bound=np.full(shape, OUTSIDE),
        slope=np.full(shape, slope.max(), dtype=np.float32),
        active=np.zeros(shape, dtype=bool),
        crossings=_crossings(values),
    )
    bound, active = _judge(grid, values, slope)
    coarse.values[inside], coarse.bound[inside] = values, bound
    coarse.slope[inside], coarse.active[inside] = slope, active
    return coarse


def _slopes(values: np.ndarray, positions: list[np.ndarray]) -> np.ndarray:
    """Slope at each brick (lattice shape): the largest seen in the 27 around it, at least the median of all."""
    squares = np.zeros([max(1, m - 1) for m in values.shape], dtype=np.float64)
    steepest = np.zeros_like(squares)
    for axis in range(3):
        width = np.diff(positions[axis]).reshape([-1 if k == axis else 1 for k in range(3)])
        rise = np.diff(values.astype(np.float64), axis=axis) / width
        mean, high = rise, np.abs(rise)
        for other in {0, 1, 2} - {axis}:
            mean = 0.5 * (_low(mean, other) + _high(mean, other))
            high = np.maximum(_low(high, other), _high(high, other))
        squares += mean**2
        np.maximum(steepest, high, out=steepest)
    slope = np.maximum(np.sqrt(squares), steepest)
    typical = float(np.median(slope))
    slope = np.pad(slope, (0, 1), mode="edge")
    for axis in range(3):
        padded = np.pad(slope, {axis: (1, 1)}, mode="edge")
        count = slope.shape[axis]
        slope = np.maximum.reduce([padded.take(range(shift, shift + count), axis=axis) for shift in range(3)])
    return (SAFETY * np.maximum(slope, typical)).astype(np.float32)


def _judge(grid: Grid, values: np.ndarray, slope: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(bound, active) of every brick that starts in the box."""
    least = greatest = np.pad(values, (0, 1), mode="edge")
    for axis in range(3):
        least = np.minimum(_low(least, axis), _high(least, axis))
        greatest = np.maximum(_low(greatest, axis), _high(greatest, axis))
    # every point of a brick is within half its diagonal of the nearest corner, and within the diagonal of all
    diagonal = slope * np.float32(np.linalg.norm(grid.brick * grid.spacing))
    nearest = np.maximum(least, -greatest)
    farthest = np.maximum(greatest, -least)
    certain = np.maximum(nearest - 0.5 * diagonal, farthest - diagonal)
    active = (nearest <= 0) | (certain <= 0)
    bound = np.where(greatest < 0, -certain, certain).astype(np.float32)
    for axis, (count, cells) in enumerate(zip(grid.lattice, grid.cells, strict=True)):
        first = np.arange(count) * grid.brick
        # bricks that meet the box's skin must be looked into unless they are outside: there the cap may lie
        skin = (first == 0) | (first + grid.brick > cells)
        skin = skin.reshape([-1 if k == axis else 1 for k in range(3)])
        active |= skin & (least < 0)
    bound[~active & (bound == 0)] = OUTSIDE
    for axis, (count, cells) in enumerate(zip(grid.lattice, grid.cells, strict=True)):
        beyond = (np.arange(count) * grid.brick > cells).reshape([-1 if k == axis else 1 for k in range(3)])
        active &= ~beyond
        bound = np.where(beyond, OUTSIDE, bound)
    return bound, active


def _crossings(values: np.ndarray) -> int:
    some = every = values < 0
    for axis in range(3):
        some, every = _low(some, axis) | _high(some, axis), _low(every, axis) & _high(every, axis)
    return int((some & ~every).sum())


def _low(array: np.ndarray, axis: int) -> np.ndarray:
    return array[tuple(slice(None, -1) if k == axis else slice(None) for k in range(3))]


def _high(array: np.ndarray, axis: int) -> np.ndarray:
    return array[tuple(slice(1, None) if k == axis else slice(None) for k in range(3))]
