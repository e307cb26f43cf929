"""Loops compiled ahead: in the first fit or repair on a machine a process beside it compiles those it needs later."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from shapefield.distance.bvh import BVH
from shapefield.distance.crossing import crossing_in
from shapefield.machine.compiling import is_new
from shapefield.machine.interpreters import python
from shapefield.surface.extraction import extract
from shapefield.surface.marching import triangulate


@contextlib.contextmanager
def compiling_ahead(job: str = "fit") -> Iterator[None]:
    """While the block runs, a process beside it compiles what that `job` will need, unless that was done before."""
    if not is_new(LAST[job]):
        yield
        return
    command = python("-m", "shapefield.fitting.precompile", job)
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def train() -> None:
    """A step's lookups in a hash grid of two features a level, as by default, and in a coarse grid; without torch."""
    from shapefield.nn import gridkernel
    from shapefield.nn.gridlevels import grid_levels

    levels = grid_levels(3, 2, 2, 8, 2, 4)
    points, table = np.zeros((2, 3), dtype=np.float32), np.zeros((levels.entries, 2), dtype=np.float32)
    features, values = (np.zeros((2, k), dtype=np.float32) for k in (levels.outputs, 1))
    gridkernel.interpolate(points, np.zeros((2, 2, 2), dtype=np.float32), values[:, 0], 0, 2)
    gridkernel.encode(points, table, *levels.loops, features, 0, 2)
    gridkernel.scatter(points, features, *levels.loops, np.zeros_like(table), 0, 2)


def look() -> None:
    """The report's rays at a strip of faces, enough for several nodes: those of one lie in memory in another order."""
    _strip().blocked(np.zeros((1, 3)), np.ones((1, 3)))


def mend() -> None:
    """A repair's loops, those that it needs last before the others, which it compiles itself meanwhile."""
    from shapefield.mesh.edges import find_edges
    from shapefield.solid.intersections import intersections, touching
    from shapefield.solid.nearness import mean_distance, near_pairs
    from shapefield.solid.polygons import triangulated

    tree = _strip()
    tree.crossing()
    intersections(tree.vertices, tree.faces)
    tree.first_hits(np.zeros((1, 3)), np.ones((1, 3)))
    tree.closest(np.zeros((1, 3)))
    find_edges(tree.faces, len(tree.vertices))
    touching(tree.vertices, tree.faces, np.arange(len(tree.faces)))
    triangulated(tree.vertices, [np.arange(4)])
    near_pairs(tree.vertices, 1e-3)
    mean_distance(tree.vertices, tree.vertices, 0.0)


def _strip() -> BVH:
    k = np.arange(200)
    vertices, faces = np.stack([k, k % 2, k % 3], axis=1).astype(np.float64), np.stack([k[:-2], k[1:-1], k[2:]], axis=1)
    return BVH(vertices, np.ascontiguousarray(faces))


def ball(points: np.ndarray) -> np.ndarray:
    """(k, 3) → (k,) signed distance to a ball."""
    return np.linalg.norm(points, axis=1) - np.float32(0.8)


def fit() -> None:
    """What a fit needs: a step's lookups, the surface, the report."""
    train()
    for _ in extract(ball, 128):
        pass
    look()


JOBS: dict[str, Callable[[], None]] = {"fit": fit, "repair": mend}
LAST: dict[str, Any] = {"fit": triangulate, "repair": crossing_in}
"""Of each job a loop that nothing else compiles before it."""

if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(10)  # the job itself compiles and imports at the same time, and needs it sooner
    JOBS[sys.argv[1]]()
