"""Lengths as people give them: a number in input units, or one that says what it counts: "0.5mm", "0.01R", "0.5%"."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from shapefield.errors import UsageError

METRES = {"um": 1e-6, "mm": 1e-3, "cm": 1e-2, "m": 1.0, "in": 0.0254, "ft": 0.3048, "km": 1e3}
"""The units of length by the label that files carry, in metres."""

FORMS = "0.5 (input units), 0.5mm, 2cm, 1m, 0.1in, 0.01R (bounding radii) or 0.5% (of the bounding box's diagonal)"
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_LENGTH = re.compile(rf"\s*({_NUMBER})\s*({'|'.join(METRES)}|R|%)?\s*")


@dataclass(frozen=True, slots=True)
class Extent:
    """What lengths of a mesh are measured by, in its own units.

    unit     : label of those units, or None where the file carries none
    radius   : R, of the sphere around the box's centre that holds the mesh
    diagonal : of the bounding box, or None where it is not known any more
    """

    unit: str | None
    radius: float
    diagonal: float | None


@dataclass(frozen=True, slots=True)
class Length:
    """`value` times `measure`: a label of METRES, "R" or "%"; "" counts in input units. It prints as it was given."""

    value: float
    measure: str = ""

    def __str__(self) -> str:
        return f"{self.value:.17g}{self.measure}"

    def of(self, extent: Extent, name: str) -> float:
        """This length in the mesh's own units. Raises UsageError, about the option `name`, where it has no such."""
        if not self.measure:
            return self.value
        if self.measure == "R":
            return self.value * extent.radius
        if self.measure == "%":
            if extent.diagonal is None:
                raise UsageError(f"{name}: expected a known bounding box for {self}, got none: give it in R instead")
            return 0.01 * self.value * extent.diagonal
        if extent.unit == self.measure:
            return self.value
        if extent.unit not in METRES:
            remedy = "name the unit with --unit, or give a number in the file's own"
            raise UsageError(f"{name}: expected a file with a unit for {self}, got one without: {remedy}")
        return self.value * (METRES[self.measure] / METRES[extent.unit])


def parse_length(text: str, name: str) -> float | Length:
    """ "0.5" → 0.5, in input units; "0.5mm", "2cm", "1m", "0.1in", "0.01R" and "0.5%" → a Length.

    Raises UsageError, about the option `name`, for anything else.
    """
    match = _LENGTH.fullmatch(text)
    value = float(match[1]) if match else math.nan
    if match is None or not math.isfinite(value):
        raise UsageError(f"{name}: expected a length such as {FORMS}, got {text!r}")
    return Length(value, match[2]) if match[2] else value


def number(length: float | Length) -> float:
    """A length that `Checked.in_input_units` has settled: a plain number in the mesh's own units."""
    if isinstance(length, Length):
        raise TypeError(f"expected a length in input units, got {length}")
    return length


def check_level(level: float, radius: float, unit: str | None) -> None:
    """Raise UsageError for an offset, input units, by more than the shape's bounding radius."""
    if abs(level) > radius:
        most, got = told_length(radius, unit), told_length(level, unit)
        raise UsageError(f"level: expected an offset of at most the shape's bounding radius, {most}, got {got}")


def told_length(value: float, unit: str | None) -> str:
    """Four significant digits and the unit, where there is one."""
    return f"{value:.4g} {unit}" if unit else f"{value:.4g}"
