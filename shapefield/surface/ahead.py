"""The loops of extraction, compiled ahead: in the first fit on a machine a process beside compiles them."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

import numpy as np

from shapefield.machine.compiling import is_new
from shapefield.surface.extraction import extract
from shapefield.surface.marching import triangulate


@contextlib.contextmanager
def compiling_ahead() -> Iterator[None]:
    """While the block runs, a process beside it compiles what extraction needs, unless that was done before."""
    if not is_new(triangulate):  # the last loop that extraction calls
        yield
        return
    command = [sys.executable, "-P", "-m", "shapefield.surface.ahead"]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def ball(points: np.ndarray) -> np.ndarray:
    """(k, 3) → (k,) signed distance to a ball."""
    return np.linalg.norm(points, axis=1) - np.float32(0.8)


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(10)  # the fit itself compiles and imports at the same time, and needs it sooner
    for _ in extract(ball, 128):
        pass
