"""What the Family tab shows: a place on the map, moves along principal directions, a turn of the view. No Qt.

Legend: m members.
"""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np

from shapefield_gui.family.records import OpenedFamily, ShapeQuestion

AXES = 6
"""Principal directions that have a slider, at the most."""
FALL = 4.0
"""How fast a member's part in a blend falls with its distance on the map: as its inverse to this power."""
FIRST_TURN = (0.0, 0.0)
_STEEPEST = 1.4


class FamilyModel:
    """The family that is open, and what is looked at."""

    def __init__(self) -> None:
        self.opened: OpenedFamily | None = None
        self.chosen: int | None = None
        """The member that is shown, None between members."""
        self.place = np.zeros(2)
        self.completed = ""
        """The file of the scan that was completed and is shown, "" where members are."""
        self.shifts = [0.0] * AXES
        self.turn = FIRST_TURN
        self._asked = 0

    def take(self, opened: OpenedFamily) -> None:
        """A family was opened, or its codes have moved: another one begins at its first member."""
        same = self.opened is not None and self.opened.names == opened.names
        self.opened = opened
        if not same:
            self.shifts, self.completed = [0.0] * AXES, ""
            self.choose(0)
        elif self.chosen is not None:
            self.place = opened.places[self.chosen]

    @property
    def axes(self) -> int:
        """Sliders that do something."""
        return min(AXES, self.opened.axes) if self.opened is not None else 0

    def choose(self, number: int) -> None:
        """Look at a member."""
        assert self.opened is not None
        self.chosen, self.place, self.completed = number, self.opened.places[number], ""

    def go(self, place: np.ndarray) -> None:
        """Look at a point (2,) of the map."""
        self.chosen, self.place, self.completed = None, np.asarray(place, dtype=float), ""

    def turned(self, yaw: float, pitch: float) -> None:
        """Turn the view by so many radians."""
        self.turn = (self.turn[0] + yaw, float(np.clip(self.turn[1] + pitch, -_STEEPEST, _STEEPEST)))

    def weights(self) -> np.ndarray:
        """(m,) of the members' codes at the place: a member's own where it lies, a blend of the near ones between."""
        assert self.opened is not None
        places = self.opened.places
        if self.chosen is not None:
            return np.eye(len(places))[self.chosen]
        away = np.linalg.norm(places - self.place, axis=1)
        if away.min() < 1e-9:
            return np.eye(len(places))[int(away.argmin())]
        part = (away.min() / away) ** FALL
        return part / part.sum()

    def look(self, pixels: int) -> ShapeQuestion | None:
        """The question for the picture; None where nothing is open."""
        if self.opened is None:
            return None
        self._asked += 1
        weights = None if self.completed else self.weights()
        return ShapeQuestion(self._asked, weights, tuple(self.shifts[: self.axes]), self.turn, pixels)

    @property
    def title(self) -> str:
        """What is shown, in words."""
        if self.opened is None:
            return ""
        if self.completed:
            name = f"{Path(self.completed).name}, completed"
        elif self.chosen is not None:
            name = self.opened.names[self.chosen]
        else:
            nearest = np.argsort(-self.weights())[:2]
            name = "between " + " and ".join(self.opened.names[k] for k in nearest)
        moved = [f"{k} by {shift:+.1f}" for k, shift in enumerate(self.shifts[: self.axes]) if shift]
        return name + (f", direction {', '.join(moved)}" if moved else "")

    def command(self) -> str:
        """The line that writes what is shown; of a blend, the way between its two nearest members."""
        assert self.opened is not None
        family, names = self.opened.path or "out.family", self.opened.names
        if self.completed:
            words = ["complete", family, self.completed, "--keep-measured", "-o", "completed.ply"]
        elif self.chosen is None:
            first, second = (names[k] for k in np.argsort(-self.weights())[:2])
            words = ["interpolate", family, first, second, "--out-dir", "frames"]
        else:
            name = names[self.chosen]
            moves = [f"{k}={shift:+.2f}" for k, shift in enumerate(self.shifts[: self.axes]) if shift]
            axes = [word for move in moves for word in ("--axis", move)]
            words = ["edit" if axes else "reconstruct", family, name, *axes, "-o", f"{Path(name).stem}.ply"]
        return shlex.join(["shapefield", "family", *words])
