"""Sheets: surfaces without an inside, given a thickness as the offset of their unsigned distance."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import numpy as np

from shapefield.distance.signed import SurfaceDistance
from shapefield.events import Event
from shapefield.mesh.model import UNIT_RADIUS
from shapefield.solid import levelset
from shapefield.solid.work import NoInside, Work

AUTO_THICKNESS = 0.02  # of a sheet, in unit lengths: two and a half voxels at 256³
THINNEST = 0.004  # thickness in unit lengths that the finest extraction grid still holds


def thickened(
    work: Work, vertices: np.ndarray, sheets: np.ndarray, thicken: float | None, scale: float, backend: str
) -> Generator[Event, None, Work]:
    """The sheets (faces (s, 3)) given a thickness and united with the bodies of `work`, if there are any.

    thicken : in input units; None for the default, 0 to refuse.  scale : unit lengths per input unit
    """
    remedy = "close it, or give it a thickness with --thicken LENGTH"
    if thicken == 0:
        raise NoInside(f"a mesh with an inside, got open sheets: {remedy}")
    thickness = AUTO_THICKNESS if thicken is None else thicken * scale
    if not THINNEST <= thickness <= UNIT_RADIUS:
        low, high = THINNEST / scale, UNIT_RADIUS / scale
        raise NoInside(f"a thickness of {low:.4g} to {high:.4g} for this mesh, got {thicken:g}: change --thicken")
    body = SurfaceDistance(work.vertices, work.faces, backend) if len(work.faces) else None
    sheet = SurfaceDistance(vertices, sheets, backend)
    found = yield from levelset.offset(sheet, 0.5 * thickness, body)
    repairs = replace(work.repairs, thickened_by=thickness, resampled=True)
    return Work(*found, repairs, "open sheets have no inside: given a thickness")
