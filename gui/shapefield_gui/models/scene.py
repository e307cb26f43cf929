"""What the view shows: which meshes, how they are drawn, from where. Knows how lengths relate to the unit frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from shapefield.mesh.model import Mesh
from shapefield_gui.children.messages import SetMesh
from shapefield_gui.children.shading import SIGNED
from shapefield_gui.models.camera import ViewCamera
from shapefield_gui.models.observable import Observable

MODES = {
    "original": "Original",
    "fitted": "Fitted",
    "both": "Both",
    "side": "Side by side",
    "split": "Split",
    "marks": "Repairs",
}
SHADINGS = {"lit": "Clay", "normals": "Normals", "colors": "Vertex colours", "heat": "Error"}


@dataclass(frozen=True, slots=True)
class Heat:
    """How errors are coloured. upto : at the colours' upper end, None: as the errors are spread;  over : a tolerance"""

    map: str = "viridis"
    upto: float | None = None
    over: float | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """How the scene is drawn; `opacity` is the overlay's, `border` the split's place, 0..1.

    plane : axis and place (unit frame) of the slice that is shown, or None
    crop  : corners x0 y0 z0 x1 y1 z1 (input units) of the box that is shown, or None
    """

    mode: str = "original"
    shading: str = "lit"
    edges: bool = False
    opacity: float = 0.5
    border: float = 0.5
    camera: ViewCamera = field(default_factory=ViewCamera)
    plane: tuple[int, float] | None = None
    crop: tuple[float, ...] | None = None
    heat: Heat = Heat()


@dataclass(frozen=True, slots=True)
class ErrorScale:
    """Mean, 95th percentile and largest distance to the original, input units; `top` is the colour bar's upper end.

    upto  : what a person chose for it
    drawn : the largest one of the coloured surface itself; both ways it is more where that lacks something
    """

    mean: float
    p95: float
    max: float
    upto: float | None = None
    drawn: float | None = None

    @property
    def top(self) -> float:
        if self.upto is not None:
            return self.upto
        if self.p95 <= 0:
            return self.max or 1.0
        return min(self.p95 * 1.5, self.max, self.drawn or self.max)

    @property
    def unseen(self) -> bool:
        """Whether the largest errors lie where this surface lacks something, which no colour can show."""
        return self.drawn is not None and self.max > 1.2 * self.drawn


class ShapeScene(Observable[[str]]):
    """The meshes by key ("original", "fitted", or a method's name when methods are compared) and the look.

    compared : keys of the results that stand side by side;  between : what their colours mean, "error" or "difference"

    Listeners are called with the name of what changed: "meshes", "look".
    """

    def __init__(self) -> None:
        super().__init__()
        self.look = Look()
        self.meshes: dict[str, SetMesh] = {}
        self.center = np.zeros(3)
        self.scale = 1.0
        self.unit: str | None = None
        self._error: ErrorScale | None = None
        self.compared: tuple[str, ...] = ()
        self._between: ErrorScale | None = None
        self.between = "error"
        self.done: tuple[tuple[str, tuple[int, int, int]], ...] = ()

    @property
    def error(self) -> ErrorScale | None:
        """The figures of the fitted surface's error, with the range that was chosen for its colours."""
        return None if self._error is None else replace(self._error, upto=self.look.heat.upto)

    @error.setter
    def error(self, figures: ErrorScale | None) -> None:
        self._error = figures

    @property
    def comparing(self) -> bool:
        """Whether the results that are compared are what is shown."""
        return bool(self.compared) and self.look.mode == "side"

    @property
    def shown_error(self) -> ErrorScale | None:
        """The figures behind the colours that are shown: of all that are compared, or of the fitted surface."""
        if not self.comparing:
            return self.error
        return None if self._between is None else replace(self._between, upto=self.look.heat.upto)

    def compare(self, surfaces: Sequence[tuple[str, Mesh, np.ndarray | None]], what: str) -> None:
        """Keep these beside each other, for the mode "side". surfaces : key, mesh in input units, its vertices' errors

        what : the errors are called, "error" to the original or "difference" between two
        """
        self.compare_nothing()
        for key, mesh, error in surfaces:
            self.set_mesh(key, mesh.vertices, mesh.faces, mesh.colors, error)
        self.compared, self.between = tuple(key for key, _, _ in surfaces), what
        errors = [error for _, _, error in surfaces if error is not None]
        self._between = scale_of(np.concatenate(errors)) if errors else None

    def compare_nothing(self) -> None:
        """Drop what was compared."""
        for key in self.compared:
            self.drop(key)
        self.compared, self._between = (), None

    def change(self, **fields: Any) -> None:
        """Replace fields of the look."""
        changed = replace(self.look, **fields)
        if changed != self.look:
            self.look = changed
            self.tell("look")

    def clear(self) -> None:
        self.meshes.clear()
        self.error, self.compared, self._between, self.done = None, (), None, ()
        self.look = replace(
            self.look,
            mode="original",
            shading="lit",
            plane=None,
            crop=None,
            camera=self.look.camera.fitted(),
            heat=Heat(self.look.heat.map),
        )
        self.tell("meshes")
        self.tell("look")

    def set_frame(self, center: np.ndarray, scale: float, unit: str | None) -> None:
        """Set the similarity of the input: x_unit = (x_input - center) * scale."""
        self.center, self.scale, self.unit = np.asarray(center, float), float(scale), unit

    def set_unit(self, unit: str | None) -> None:
        self.unit = unit
        self.tell("look")

    def set_mesh(
        self,
        key: str,
        vertices: np.ndarray,
        faces: np.ndarray,
        colors: np.ndarray | None = None,
        error: np.ndarray | None = None,
        figures: ErrorScale | None = None,
    ) -> None:
        """Show a mesh given in the input's units.

        error   : (n,) its vertices' distance to the original, signed or not
        figures : the report's, the vertices' own if None
        """
        moved = ((np.asarray(vertices, np.float64) - self.center) * self.scale).astype(np.float32)
        signed = error is not None and bool((error < 0).any())
        self.meshes[key] = SetMesh(key, moved, np.asarray(faces), colors, error, signed)
        if key == "fitted":
            own = scale_of(error)
            self.error = replace(figures, drawn=own.max) if figures is not None and own is not None else figures or own
        self.tell("meshes")

    def drop(self, key: str) -> None:
        if self.meshes.pop(key, None) is not None:
            self.tell("meshes")

    def panes(self) -> tuple[str, ...]:
        """Keys to be drawn, in order, for the present mode; what is not there is left out."""
        if self.comparing:
            return tuple(k for k in ("original", *self.compared) if k in self.meshes)
        alone = self.look.mode in ("original", "fitted", "marks")
        wanted = (self.look.mode,) if alone else ("original", "fitted")
        present = tuple(k for k in wanted if k in self.meshes)
        return present or tuple(k for k in ("original", "fitted") if k in self.meshes)[:1]

    @property
    def map(self) -> str:
        """The error's colours: inside and outside only where all errors that are shown are signed."""
        found = [m for m in map(self.meshes.get, self.panes()) if m is not None and m.error is not None]
        if self.look.heat.map == SIGNED and not all(m.signed for m in found):
            return Heat().map
        return self.look.heat.map

    @property
    def shading(self) -> str:
        """What is drawn: marks have colours of their own."""
        return "colors" if self.panes() == ("marks",) else self.look.shading

    @property
    def drawn_mode(self) -> str:
        """The renderer's word for the mode."""
        if len(self.panes()) < 2:
            return "one"
        return {"both": "blend", "side": "side", "split": "split"}.get(self.look.mode, "one")


def reported(report: dict[str, Any]) -> ErrorScale | None:
    """The figures of a fit's report, or None where the surface was not compared."""
    lengths = (report.get("quality") or {}).get("input")
    return ErrorScale(lengths["mean"], lengths["p95"], lengths["max"]) if lengths else None


def scale_of(error: np.ndarray | None) -> ErrorScale | None:
    """The figures of a per-vertex error, or None."""
    if error is None or len(error) == 0:
        return None
    finite = np.abs(error[np.isfinite(error)])
    if len(finite) == 0:
        return None
    return ErrorScale(float(finite.mean()), float(np.percentile(finite, 95)), float(finite.max()))
