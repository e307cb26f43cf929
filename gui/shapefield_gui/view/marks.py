"""Which marks the Shape tab's view has over its picture: what the scene says, in the order in which they cover."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QPointF, QRectF
from PyQt6.QtGui import QPainter

from shapefield_gui.children.messages import Draw, Picked
from shapefield_gui.children.shading import BACK, SIGNED
from shapefield_gui.models import formatting
from shapefield_gui.models.camera import axes_of, project
from shapefield_gui.models.scene import MODES, ShapeScene
from shapefield_gui.theme import Theme
from shapefield_gui.view import color_bar, overlay

_NARROW = 560
"""Logical pixels of a view below which the colours lie at its foot: they would stand on the mesh."""
_BELOW_NAMES = 40


class Marks:
    """picked : the point that was clicked;  plane_shown : whether the slice is outlined;
    backs : whether the picture shows the backs of faces;
    handle : where the outline can be gripped, after it was painted"""

    def __init__(self, scene: ShapeScene) -> None:
        self.scene = scene
        self.picked: Picked | None = None
        self.plane_shown = True
        self.backs = False
        self.handle: QPointF | None = None

    def paint(self, p: QPainter, rect: QRectF, theme: Theme, drawn: Draw) -> None:
        """Everything that belongs to the picture. drawn : what is in it and from where, which the scene may be ahead of

        So all of it is of the picture's moment, also where pictures come late.
        """
        scene, look, panes, mode, view = self.scene, self.scene.look, drawn.panes, drawn.mode, drawn.view
        overlay.tripod(p, rect, axes_of(view), theme)
        pane_width = rect.width() / len(panes) if mode == "side" and panes else rect.width()
        overlay.scale_bar(p, rect, rect.height() / 2 / view.half_height * scene.scale, scene.unit, theme)
        self.handle = None
        if look.plane is not None and self.plane_shown and mode != "side":
            self.handle = overlay.plane(p, rect, view, *look.plane, theme)
        if look.crop is not None and mode != "side":
            low, high = (np.array(look.crop).reshape(2, 3) - scene.center) * scene.scale
            overlay.box(p, rect, view, low, high, theme)
        error = scene.shown_error
        if drawn.shading == "heat" and error is not None and panes != ("original",):
            bar = color_bar.lying if mode == "side" or rect.width() < _NARROW else color_bar.standing
            marks, what = color_bar.error_marks(error, drawn.map == SIGNED), "error"
            if scene.comparing:  # a mean over several surfaces is the mean of none
                marks, what = marks[:3] if drawn.map == SIGNED else marks[:2], scene.between
            bar(p, rect, f"{what}, {scene.unit or 'units'}", marks, theme, drawn.map)
        if self.backs and panes != ("marks",):
            top = 8 if mode in ("one", "blend") else _BELOW_NAMES
            overlay.key(p, QPointF(8, top), BACK, "back of the faces", theme)
        if panes == ("marks",):
            for row, (name, (red, green, blue)) in enumerate(scene.done):
                colour = (red / 255, green / 255, blue / 255)
                overlay.key(p, QPointF(8, 8 + 28 * row), colour, name, theme)
        self._names(p, rect, theme, panes, mode, drawn.amount)
        if self.picked is not None and self.picked.point is not None:
            self._pick(p, rect, self.picked, self.picked.point, drawn, pane_width, theme)

    @staticmethod
    def _names(p: QPainter, rect: QRectF, theme: Theme, panes: tuple[str, ...], mode: str, border: float) -> None:
        """What is where, if more than one thing is shown."""
        places = []
        if mode == "split":
            overlay.border_line(p, rect, border, theme)
            places = [(max(8.0, rect.width() * border / 2), "original"), (rect.width() * (border + 1) / 2, "fitted")]
        elif mode == "side":
            places = [((k + 0.5) * rect.width() / len(panes), key) for k, key in enumerate(panes)]
        for x, key in places:
            overlay.label(p, QPointF(x, 8), MODES.get(key, key), theme, centered=True)

    def _pick(
        self,
        p: QPainter,
        rect: QRectF,
        picked: Picked,
        point: tuple[float, float, float],
        drawn: Draw,
        pane_width: float,
        theme: Theme,
    ) -> None:
        x, y = project(drawn.view, point, pane_width / rect.height())
        panes = drawn.panes
        left = panes.index(picked.key) * pane_width if pane_width < rect.width() and picked.key in panes else 0.0
        at = QPointF(left + x * pane_width, y * rect.height())
        overlay.marker(p, rect, at, reading(self.scene, picked), theme)


def reading(scene: ShapeScene, picked: Picked) -> str:
    """The picked point in words: its error if there is one, and its place in the input's units."""
    assert picked.point is not None
    place = [c / scene.scale + o for c, o in zip(picked.point, scene.center, strict=True)]
    where = "(" + ", ".join(formatting.significant(c) for c in place) + f") {scene.unit or 'units'}"
    if picked.error is None:
        return where
    mesh = scene.meshes.get(picked.key)
    side = ("inside" if picked.error < 0 else "outside") if mesh is not None and mesh.signed else "off"
    return f"{formatting.length(abs(picked.error), scene.unit)} {side}  ·  {where}"
