"""What an experiment shows while it runs: pictures, curves and facts, as plain records; and a Board that keeps them.

An experiment is a generator of these beside `events.Stage` and `events.Progress`. The command line and the window
keep the same Board and only draw it differently. Records are safe to send through a pipe (no live tensors).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """A picture; a later one of the same title takes its place.

    values    : (h, w) numbers drawn through `colours`, or (h, w, 3) colours in [0, 1]; row 0 is at the top
    colours   : "grey", "scale" (a perceptually even map, for magnitudes) or "signed" (0 in the middle)
    low, high : the values at the map's ends; None for the values' own
    lines     : polylines (n, 2) in pixels, x right and y down, pixel centres at whole numbers
    dots      : points (n, 2) in pixels, by what they are
    """

    title: str
    values: np.ndarray
    colours: str = "grey"
    low: float | None = None
    high: float | None = None
    lines: tuple[np.ndarray, ...] = ()
    dots: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def wide(self) -> bool:
        """Whether it needs a row of its own."""
        return self.values.shape[1] > 2 * self.values.shape[0]

    @property
    def limits(self) -> tuple[float, float]:
        """The values at the map's two ends; symmetric about 0 where the map is signed."""
        low = float(self.values.min()) if self.low is None else self.low
        high = float(self.values.max()) if self.high is None else self.high
        if self.colours == "signed":
            high = max(abs(low), abs(high))
            low = -high
        return low, high if high > low else low + 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One line of a plot; a later one of the same plot and label takes its place.

    plot   : the plot's title, which says what is up the axis, with its unit;  x_axis : what is along it
    log    : which axes are logarithmic: "", "x", "y" or "xy"
    style  : "line", "dots" (measured points) or "steps" (a histogram's outline)
    faint  : the reference that others are held against: drawn thin
    """

    plot: str
    label: str
    x: np.ndarray
    y: np.ndarray
    x_axis: str = "step"
    log: str = ""
    style: str = "line"
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A number the experiment found; a later one of the same name takes its place.

    at_most, at_least : what theory or the method promises, if anything
    """

    name: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def kept(self) -> bool | None:
        """Whether the promise is kept; None where nothing is promised."""
        if self.at_most is None and self.at_least is None:
            return None
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )

    @property
    def text(self) -> str:
        """The number with its unit, and the promise where there is one."""
        whole = float(self.value).is_integer() and abs(self.value) < 1e6
        number = f"{self.value:.0f}" if whole else f"{self.value:.3g}"
        number += f" {self.unit}" if self.unit else ""
        bounds = [f"≤ {self.at_most:g}"] if self.at_most is not None else []
        bounds += [f"≥ {self.at_least:g}"] if self.at_least is not None else []
        if not bounds:
            return number
        return f"{number}   {'as it should be' if self.kept else 'NOT as it should be'} ({', '.join(bounds)})"


@dataclass(eq=False)
class Board:
    """The latest of everything shown, in the order of its first appearance."""

    images: dict[str, Image] = field(default_factory=dict)
    plots: dict[str, dict[str, Curve]] = field(default_factory=dict)
    facts: dict[str, Fact] = field(default_factory=dict)

    def take(self, event: Any) -> bool:
        """Keep an Image, a Curve or a Fact; False for any other event."""
        if isinstance(event, Image):
            self.images[event.title] = event
        elif isinstance(event, Curve):
            self.plots.setdefault(event.plot, {})[event.label] = event
        elif isinstance(event, Fact):
            self.facts[event.name] = event
        else:
            return False
        return True
