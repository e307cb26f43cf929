"""Where the vertices lie on their grid edges: by linear interpolation, then by asking the field once more."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from shapefield.events import Progress
from shapefield.surface.grid import Grid
from shapefield.surface.marching import CENTRE, NEAREST, Crossings
from shapefield.surface.sampler import Sampler


def place(
    grid: Grid, crossings: Crossings, sampler: Sampler, steps: int
) -> Generator[Progress, None, tuple[np.ndarray, np.ndarray]]:
    """(vertices (n, 3) float64, which of them lie on the box's skin (n,) bool).

    steps : evaluations a vertex to move it along its edge onto the level set; 0 for plain linear interpolation
    """
    axis = crossings.axis
    edges = np.flatnonzero(axis != CENTRE)
    direction = np.zeros((len(axis), 3))
    direction[edges, axis[edges]] = 1.0
    lower, upper = crossings.nodes, crossings.nodes + direction.astype(np.int64)
    below = (lower < 0).any(axis=1) & (axis != CENTRE)
    above = (upper > grid.cells).any(axis=1) & (axis != CENTRE)
    capped = below | above
    a, b = crossings.ends.astype(np.float64).T
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(axis == CENTRE, 0.0, a / (a - b))
    free = edges[~capped[edges]]
    if steps:
        share[free] = yield from _root(grid, crossings, sampler, free, share[free], steps)
    share[free] = np.clip(share[free], NEAREST, 1 - NEAREST)
    share[below], share[above] = 1.0, 0.0
    nodes = lower + direction * share[:, None]
    centres = axis == CENTRE
    nodes[centres] = lower[centres] + crossings.share[centres]
    # A node on an edge of the box has a vertex on each of the two faces that meet there. A chamfer keeps them apart;
    # it is half as wide as the distance other vertices keep. Cells' own vertices beyond the box come back onto it.
    inset = np.where(capped[:, None] & (direction == 0), 0.5 * NEAREST, 0.0)
    vertices = grid.points(np.clip(nodes, inset, grid.cells - inset))
    return vertices, capped


def _root(
    grid: Grid, crossings: Crossings, sampler: Sampler, edges: np.ndarray, share: np.ndarray, steps: int
) -> Generator[Progress, None, np.ndarray]:
    """Share of each edge at which f = 0, by inverse quadratic interpolation kept within a shrinking bracket."""
    lower, axis = crossings.nodes[edges].astype(np.float64), crossings.axis[edges]
    left, right = np.zeros(len(edges)), np.ones(len(edges))
    fl, fr = crossings.ends[edges].astype(np.float64).T
    rows = np.arange(len(edges))
    for _ in range(steps):
        share = np.clip(share, NEAREST, 1 - NEAREST)
        nodes = lower.copy()
        nodes[rows, axis] += share
        points = grid.points(nodes).astype(np.float32)
        fm = (yield from sampler(points)).astype(np.float64)
        # float32 rounds the point: take the share it really has
        exact = (points[rows, axis].astype(np.float64) - grid.lower[axis]) / grid.spacing[axis] - lower[rows, axis]
        guess = _inverse_quadratic(left, exact, right, fl, fm, fr)
        same = (fm < 0) == (fl < 0)
        left, fl = np.where(same, exact, left), np.where(same, fm, fl)
        right, fr = np.where(same, right, exact), np.where(same, fr, fm)
        linear = left + (right - left) * fl / np.where(fl == fr, 1.0, fl - fr)
        good = np.isfinite(guess) & (guess > left) & (guess < right)
        share = np.where(fm == 0, exact, np.where(good, guess, linear))
    return share


def _inverse_quadratic(a: np.ndarray, b: np.ndarray, c: np.ndarray, fa, fb, fc) -> np.ndarray:
    """x at which the quadratic x(f) through three points has f = 0; not finite where two values agree."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return (
            a * fb * fc / ((fa - fb) * (fa - fc))
            + b * fa * fc / ((fb - fa) * (fb - fc))
            + c * fa * fb / ((fc - fa) * (fc - fb))
        )
