"""What goes between the Family tab and its process: plain records."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SIDE = 64
"""Cells along the box of a surface that is shown live."""
THUMB = 72
"""Pixels of a member's picture on the map."""


@dataclass(frozen=True, slots=True, eq=False)
class OpenedFamily:
    """A family is there, or its codes have moved.

    names    : of its members;  places (m, 2) : the first two principal coordinates, in deviations
    axes     : principal directions that can be moved along;  path : the file, "" while it is trained
    """

    path: str
    model: str
    names: tuple[str, ...]
    places: np.ndarray
    axes: int


@dataclass(frozen=True, slots=True, eq=False)
class Thumb:
    """The picture of a member, (THUMB, THUMB, 4) uint8."""

    number: int
    picture: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class ShapeQuestion:
    """What is to be shown: asked as a question, of which the newest is answered.

    weights : (m,) of the members' codes, summing to 1; None for what was completed last
    shifts  : by principal direction, in deviations;  turn : (yaw, pitch) in radians;  pixels : of the picture's edge
    """

    number: int
    weights: np.ndarray | None
    shifts: tuple[float, ...]
    turn: tuple[float, float]
    pixels: int
    resolution: int = SIDE


@dataclass(frozen=True, slots=True, eq=False)
class CodedSurface:
    """The picture, (pixels, pixels, 4) uint8, empty where the code has no surface; what there is to say of it."""

    number: int
    picture: np.ndarray
    told: str


@dataclass(frozen=True, slots=True)
class Completed:
    """A scan was completed, and can be shown. path : its file"""

    path: str
    told: str
