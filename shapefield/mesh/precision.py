"""Whether coordinates far from the origin have lost the shape: single precision has seven digits for both together."""

from __future__ import annotations

import numpy as np

COARSE = 1e-4
"""Steps of single precision above this share of the size are told: a tenth of what makes a good fit (5e-3 R)."""
ENOUGH = 12
"""Vertices from which a format that could hold more is believed to hold no more than single precision."""


def lost(vertices: np.ndarray, single: bool) -> str | None:
    """The notice that a mesh's coordinates are too far from the origin for its size, or None.

    vertices : (n, 3) float64, those that faces use
    single   : whether the format stored them in single precision; else their values must look as if something had
    """
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    size = float((high - low).max())
    far = np.maximum(np.abs(low), np.abs(high))
    steps = np.spacing(np.minimum(far, 3e38).astype(np.float32)).astype(np.float64)
    axis = int(far.argmax())
    step = float(steps[axis])
    if step <= COARSE * size or not (single or _rounded(vertices[:, axis], step)):
        return None
    return (
        f"its coordinates reach {far[axis]:,.0f} at a size of {size:.4g}: single precision rounded them to steps of "
        f"{step:.2g}, and its shape with them: move it to the origin and export it again"
    )


def _rounded(values: np.ndarray, step: float) -> bool:
    """Whether all values are whole steps, and not whole steps of twice the length (a grid of metres, say)."""
    steps = values / step
    return len(values) >= ENOUGH and not (steps % 1).any() and bool((steps % 2).any())
