"""What the engine process hands to the window: plain frozen records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shapefield.mesh.model import Mesh

REPAIR = "repair"
"""The method of a mesh that was mended without training."""


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A surface taken out of a field.

    error : (n,) each vertex's signed distance to the original, input units, below 0 inside, or None
    """

    mesh: Mesh
    error: np.ndarray | None
    report: dict[str, Any]
    field: str
    method: str
    is_distance: bool


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A file as the window shows it: a mesh, or a field with its surface.

    path, field : the mesh file; the field it came from, or None
    similarity  : center (3,) and scale of the unit frame
    report      : a field's report;  settings : its method and whether it is a distance;  None for a mesh
    extent      : (3,) edges of the bounding box, input units
    reference   : a field's original mesh file, where that is known and there
    drawn       : a field's surface as it is shown, with the figures that were measured on it; None for a mesh
    """

    path: str
    mesh: Mesh
    center: np.ndarray
    scale: float
    field: str | None = None
    report: dict[str, Any] | None = None
    settings: dict[str, Any] | None = None
    extent: tuple[float, ...] = (0.0, 0.0, 0.0)
    reference: str | None = None
    drawn: Fitted | None = None


@dataclass(frozen=True, slots=True)
class Mending:
    """One repair, as `solid.model.Repair` has it, without the engine behind it. Input units.

    what : as "hole closed";  place : its middle;  size : across it;  more : smaller ones that are told only by sums
    """

    what: str
    place: tuple[float, float, float]
    size: float
    more: int
    opening: bool


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """The mesh doctor's answer. figures : plain values; findings : what is wrong, a line each; plan : what is done.

    record : every repair with its place;  marks : the faces coloured by what is done to them, None where it is nothing
    done   : what those colours mean: a word and its RGB, 0..255
    """

    path: str
    figures: dict[str, Any]
    findings: tuple[str, ...]
    plan: tuple[str, ...]
    refused: str | None = None
    record: tuple[Mending, ...] = ()
    marks: Mesh | None = None
    done: tuple[tuple[str, tuple[int, int, int]], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Sliced:
    """Values (k, k) of the field on a plane, rows along the second axis from low to high.

    axis, place : the plane, input units;  extent : (low, high) of the two other axes, input units
    top, step   : value at the colours' ends, and between two isolines
    contours    : (level, (n, 2) points in input units) of each isoline, 0 among the levels
    """

    axis: int
    place: float
    extent: tuple[float, float, float, float]
    values: np.ndarray
    is_distance: bool
    unit: str | None
    top: float
    step: float
    contours: tuple[tuple[float, np.ndarray], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Differing:
    """How far the vertices of two surfaces are from each other's surface: (n,) and (m,), input units."""

    one: np.ndarray
    other: np.ndarray


@dataclass(frozen=True, slots=True)
class Ended:
    """One file of a batch. path : the file;  trouble : why nothing came of it, a line, "" where something did

    outputs : suffix → the file that was written;  report : its report;  seconds : of wall time
    """

    path: str
    trouble: str
    outputs: dict[str, str] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A checkpoint that some other program, such as the command line, left behind.

    path : the checkpoint;  source : the mesh file of the run;  settings : flat, as `fit_config` takes them
    """

    path: str
    source: str
    settings: dict[str, Any]
