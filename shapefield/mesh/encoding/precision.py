"""How exactly a vertex has to be written: no rounding may move one by more than 1e-5 of the extent."""

from __future__ import annotations

import math

import numpy as np

from shapefield.mesh.model import Mesh

TOLERANCE = 1e-5
"""Of the largest side of the bounding box."""


def extent(mesh: Mesh) -> float:
    """The largest side of the bounding box, input units."""
    low, high = mesh.bounds
    return float((high - low).max())


def single_error(mesh: Mesh) -> float:
    """How far float32 moves the worst vertex, in extents; infinite where it overflows or vanishes."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        moved = np.abs(mesh.vertices.astype(np.float32).astype(np.float64) - mesh.vertices).max(initial=0.0)
    size = extent(mesh)
    return float(moved) / size if size > 0 else math.inf


def single_is_enough(mesh: Mesh) -> bool:
    """Whether float32 keeps every vertex within the tolerance."""
    return single_error(mesh) <= TOLERANCE


def single_notices(mesh: Mesh, format_name: str) -> list[str]:
    """What a format of single precision has to say about this mesh: nothing, or one line."""
    error = single_error(mesh)
    if error <= TOLERANCE:
        return []
    far = f"{error:.1g} of the extent" if math.isfinite(error) else "beyond their range"
    return [
        f"{format_name} holds single precision only and moves vertices by up to {far}: write PLY or OBJ to keep them"
    ]


def decimals(mesh: Mesh) -> int:
    """Significant digits for text: a hundredth of the tolerance, at least 7 and at most float64's 17."""
    largest = float(np.abs(mesh.vertices).max(initial=0.0))
    step = extent(mesh) * TOLERANCE * 1e-2
    if largest <= 0 or step <= 0:
        return 9
    return max(7, min(17, math.ceil(math.log10(largest / step)) + 1))
