"""Loops compiled ahead: in the first fit on a machine a process beside compiles those of training, surface, report."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator

import numpy as np

from shapefield.machine.compiling import is_new
from shapefield.machine.interpreters import python
from shapefield.surface.extraction import extract
from shapefield.surface.marching import triangulate


@contextlib.contextmanager
def compiling_ahead() -> Iterator[None]:
    """While the block runs, a process beside it compiles what it will need, unless that was done before."""
    if not is_new(triangulate):  # the last loop that is compiled here
        yield
        return
    command = python("-m", "shapefield.fitting.ahead")
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def train() -> None:
    """A step's lookups in a hash grid of two features a level, as by default, and in a coarse grid; without torch."""
    from shapefield.fields import gridkernel
    from shapefield.fields.gridlevels import grid_levels

    levels = grid_levels(3, 2, 2, 8, 2, 4)
    points, table = np.zeros((2, 3), dtype=np.float32), np.zeros((levels.entries, 2), dtype=np.float32)
    features, values = (np.zeros((2, k), dtype=np.float32) for k in (levels.outputs, 1))
    gridkernel.interpolate(points, np.zeros((2, 2, 2), dtype=np.float32), values[:, 0], 0, 2)
    gridkernel.encode(points, table, *levels.loops, features, 0, 2)
    gridkernel.scatter(points, features, *levels.loops, np.zeros_like(table), 0, 2)


def look() -> None:
    """The report's rays at a strip of faces, enough for several nodes: those of one lie in memory in another order."""
    from shapefield.distance.hierarchy import Hierarchy

    k = np.arange(200)
    vertices, faces = np.stack([k, k % 2, k % 3], axis=1).astype(np.float64), np.stack([k[:-2], k[1:-1], k[2:]], axis=1)
    Hierarchy(vertices, np.ascontiguousarray(faces)).blocked(np.zeros((1, 3)), np.ones((1, 3)))


def ball(points: np.ndarray) -> np.ndarray:
    """(k, 3) → (k,) signed distance to a ball."""
    return np.linalg.norm(points, axis=1) - np.float32(0.8)


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(10)  # the fit itself compiles and imports at the same time, and needs it sooner
    train()
    for _ in extract(ball, 128):
        pass
    look()
