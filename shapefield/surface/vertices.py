"""Where the vertices lie on their grid edges: by linear interpolation, then by asking the field once more."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from shapefield.events import Progress
from shapefield.surface.grid import Grid
from shapefield.surface.marching import Crossings
from shapefield.surface.sampler import Sampler

NEAREST = 1e-3  # a vertex stays this share of its edge away from the edge's ends: no degenerate triangles
STEPS = 4  # evaluations of one vertex at the most
STRAIGHT = 0.02  # |f| at a first guess, over f's change along the edge, beyond which one step is not enough


PORTION = 1 << 16  # vertices placed at a time: what lies between nodes and vertices is 300 bytes each


def place(
    grid: Grid, crossings: Crossings, sampler: Sampler, refine: bool
) -> Generator[Progress, None, tuple[np.ndarray, np.ndarray]]:
    """(vertices (n, 3) float64, which of them lie on the box's skin (n,) bool).

    refine : move each vertex along its edge onto the level set; else plain linear interpolation
    """
    vertices, capped = np.empty(crossings.nodes.shape), np.empty(len(crossings.nodes), dtype=bool)
    for first in range(0, len(vertices), PORTION):
        rows = slice(first, first + PORTION)
        edges = _Edges(crossings.nodes[rows], crossings.axis[rows], crossings.ends[rows].astype(np.float64))
        vertices[rows], capped[rows] = yield from _place(grid, edges, sampler, refine)
    return vertices, capped


@dataclass(frozen=True, slots=True, eq=False)
class _Edges:
    """Crossed grid edges, as `Crossings` has them: nodes (k, 3) int32, axis (k,) int8, ends (k, 2) float64."""

    nodes: np.ndarray
    axis: np.ndarray
    ends: np.ndarray

    def __getitem__(self, rows: np.ndarray) -> _Edges:
        return _Edges(self.nodes[rows], self.axis[rows], self.ends[rows])


def _place(
    grid: Grid, edges: _Edges, sampler: Sampler, refine: bool
) -> Generator[Progress, None, tuple[np.ndarray, np.ndarray]]:
    direction = np.zeros(edges.nodes.shape)
    direction[np.arange(len(direction)), edges.axis] = 1.0
    below, above = np.any(edges.nodes < 0, axis=1), np.any(edges.nodes + direction > grid.cells, axis=1)
    capped = np.logical_or(below, above)
    a, b = edges.ends.T
    share = a / (a - b)
    free = np.flatnonzero(~capped)
    if refine:
        share[free] = yield from _root(grid, edges[free], sampler, share[free])
    share[free] = np.clip(share[free], NEAREST, 1 - NEAREST)
    share[below], share[above] = 1.0, 0.0
    nodes = edges.nodes + direction * share[:, None]
    # A node on an edge of the box has a vertex on each of the two faces that meet there. A chamfer keeps them apart;
    # it is half as wide as the distance other vertices keep.
    inset = np.where(capped[:, None] & (direction == 0), 0.5 * NEAREST, 0.0)
    return grid.points(np.clip(nodes, inset, grid.cells - inset)), capped


def _root(grid: Grid, edges: _Edges, sampler: Sampler, share: np.ndarray) -> Generator[Progress, None, np.ndarray]:
    """Share of each edge at which f = 0, by inverse quadratic interpolation kept within a shrinking bracket.

    One evaluation an edge, and up to STEPS where f is not nearly linear along it (kinks, thin parts, saturation).
    """
    share = np.clip(share, NEAREST, 1 - NEAREST)
    left, right = np.zeros(len(share)), np.ones(len(share))
    fl, fr = edges.ends.T.copy()
    span = np.abs(fl - fr)
    rows = np.arange(len(share))
    for _ in range(STEPS):
        lower, axis = edges.nodes[rows], edges.axis[rows]
        nodes = lower.astype(np.float64)
        nodes[np.arange(len(rows)), axis] += share[rows]
        points = grid.points(nodes).astype(np.float32)
        fm = (yield from sampler(points)).astype(np.float64)
        # float32 rounds the point: take the share it really has
        place = points[np.arange(len(rows)), axis].astype(np.float64)
        middle = (place - grid.lower[axis]) / grid.spacing[axis] - lower[np.arange(len(rows)), axis]
        a, b, fa, fb = left[rows], right[rows], fl[rows], fr[rows]
        guess = _inverse_quadratic(a, middle, b, fa, fm, fb)
        same = (fm < 0) == (fa < 0)
        a, fa = np.where(same, middle, a), np.where(same, fm, fa)
        b, fb = np.where(same, b, middle), np.where(same, fb, fm)
        with np.errstate(invalid="ignore"):
            good = (guess > a) & (guess < b)
        linear = a + (b - a) * fa / np.where(fa == fb, 1.0, fa - fb)
        best = np.where(fm == 0, middle, np.where(good, guess, linear))
        share[rows] = np.clip(best, NEAREST, 1 - NEAREST)
        left[rows], right[rows], fl[rows], fr[rows] = a, b, fa, fb
        rows = rows[np.abs(fm) > STRAIGHT * span[rows]]
        if not len(rows):
            break
    return share


def _inverse_quadratic(a: np.ndarray, b: np.ndarray, c: np.ndarray, fa, fb, fc) -> np.ndarray:
    """x at which the quadratic x(f) through three points has f = 0; not finite where two values agree."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return (
            a * fb * fc / ((fa - fb) * (fa - fc))
            + b * fa * fc / ((fb - fa) * (fb - fc))
            + c * fa * fb / ((fc - fa) * (fc - fb))
        )
