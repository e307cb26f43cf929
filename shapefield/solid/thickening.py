"""Sheets: surfaces without an inside, given a thickness as the offset of their unsigned distance."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import numpy as np

from shapefield.distance.signed import SurfaceDistance
from shapefield.events import Event
from shapefield.mesh.model import UNIT_RADIUS
from shapefield.solid import levelset
from shapefield.solid.cleaning import components
from shapefield.solid.enclosing import union
from shapefield.solid.model import Kind
from shapefield.solid.surfaces import Surfaces
from shapefield.solid.work import NoInside, Work, noted

AUTO_THICKNESS = 0.02  # of a sheet, in unit lengths: two and a half voxels at 256³
THINNEST = 0.004  # thickness in unit lengths that the finest extraction grid still holds


def thickness_of(thicken: float | None, scale: float) -> float:
    """The thickness of sheets in unit lengths. Raises NoInside where it is 0, or the grid cannot hold it.

    thicken : in input units; None for the default, 0 to refuse.  scale : unit lengths per input unit
    """
    if thicken == 0:
        remedy = "close it, or give it a thickness with --thicken LENGTH"
        raise NoInside(f"a mesh with an inside, got open sheets: {remedy}")
    thickness = AUTO_THICKNESS if thicken is None else thicken * scale
    if not THINNEST <= thickness <= UNIT_RADIUS:
        low, high = THINNEST / scale, UNIT_RADIUS / scale
        raise NoInside(f"a thickness of {low:.4g} to {high:.4g} for this mesh, got {thicken:g}: change --thicken")
    return thickness


def thickened(
    work: Work, vertices: np.ndarray, sheets: np.ndarray, thickness: float, surfaces: Surfaces
) -> Generator[Event, None, Work]:
    """The sheets (faces (s, 3)) given a thickness, unit lengths, and united with the bodies of `work`, if any."""
    label = components(len(vertices), sheets)
    counts = np.ones(int(label.max()) + 1, dtype=np.int64)
    shell = yield from levelset.offset(SurfaceDistance(vertices, sheets, surfaces.backend), 0.5 * thickness)
    done = replace(work, how="").noting(noted(Kind.THICKENED, vertices, sheets, label, counts)).done
    if len(work.faces):
        shell = union(work, shell, surfaces)
    return replace(shell, done=done, how="open sheets have no inside: given a thickness")
