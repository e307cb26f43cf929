"""Which axis of a file points up. Files do not say: how the shape stands tells, then what its format is used for."""

from __future__ import annotations

from pathlib import Path

import numpy as np

_PRINTED = {".stl", ".3mf"}
"""Formats of printers and of construction, where z is up; elsewhere it is y."""
_TOUCHES = 0.01
"""How near to zero a base lies, in the box's longest edge."""
_ASIDE = 0.2
"""The least share of a side that lies on either side of the origin, where a shape stands around it."""


def stands(low: np.ndarray, high: np.ndarray) -> str | None:
    """ "y" or "z" where a shape stands on the origin along that axis, None where it does not tell.

    low, high : (3,) corners of its bounding box
    """
    edges = high - low
    around = (-low > _ASIDE * edges) & (high > _ASIDE * edges)
    based = np.abs(low) < _TOUCHES * edges.max()
    for axis, sides in (("y", [0, 2]), ("z", [0, 1])):
        if based["xyz".index(axis)] and around[sides].all():
            return axis
    return None


def usual(name: str) -> str:
    """The axis that files of this name's format mostly have up."""
    return "z" if Path(name).suffix.lower() in _PRINTED else "y"
