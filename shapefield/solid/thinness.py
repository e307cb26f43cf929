"""Parts that the voxels of an extraction would lose, and the resolution that holds them."""

from __future__ import annotations

import numpy as np

from shapefield.config import FINEST
from shapefield.mesh.model import Mesh
from shapefield.mesh.thickness import VOXELS, resolution_for, voxel
from shapefield.solid.cleaning import components
from shapefield.solid.orientation import patch_volumes

MOST_FACES = 2_000_000
"""Faces above which nobody is asked: such a mesh has no part of few faces that everything hangs on."""


def too_thin(mesh: Mesh, radius: float, resolution: int) -> str:
    """A line on the parts that are thinner than two voxels all over; nothing where there are none.

    The thickness of a part is twice its volume over its area: a plate's own, two thirds of a ball's radius.
    mesh : closed;  radius : the bounding radius;  all in input units
    """
    if len(mesh.faces) > MOST_FACES:
        return ""
    label = components(len(mesh.vertices), mesh.faces)
    volume, area = patch_volumes(mesh.vertices, mesh.faces, label)
    through = 2.0 * volume / area
    edge = voxel(radius, resolution)
    thin = (volume > 0) & (through < VOXELS * edge) & (area > 1e-6 * area.sum())
    if not thin.any():
        return ""
    count, least = int(thin.sum()), float(np.min(through[thin]))
    what = "it is" if len(volume) == 1 else f"{count:,} of its {len(volume):,} parts {'is' if count == 1 else 'are'}"
    unit = f" {mesh.unit}" if mesh.unit else ""
    size = f"{'about' if count == 1 else 'down to'} {least:.3g}{unit} thick, under {VOXELS} voxels of {edge:.3g}{unit}"
    return f"{what} {size} at {resolution}³: {_remedy(through[thin], radius, len(volume) > 1)}"


def _remedy(through: np.ndarray, radius: float, of_many: bool) -> str:
    """Which resolution holds the thin parts, or most of them. through : (k,) their thickness"""
    needed = np.array([resolution_for(float(one), radius) for one in through])
    held = needed <= FINEST
    if held.all():
        return f"--resolution {needed.max()} holds {'it' if len(needed) == 1 else 'all'}"
    none = f"no --resolution up to {FINEST} holds it"
    if not of_many:
        return f"{none}: make it thicker"
    alone = f"{none}; a --crop around it, or a file of that part alone, would"
    some = f"--resolution {needed[held].max()} holds {held.sum():,} of them; for the thinnest, " if held.any() else ""
    return some + alone
