"""The zero level of a grid of values, as lines to lay over its picture."""

from __future__ import annotations

import numpy as np


def zero_level(values: np.ndarray) -> tuple[np.ndarray, ...]:
    """Polylines (n, 2) along the zero of values (h, w), in pixels: x right, y down (marching squares)."""
    from skimage.measure import find_contours

    return tuple(line[:, ::-1].astype(np.float32) for line in find_contours(values.astype(np.float64), 0.0))
