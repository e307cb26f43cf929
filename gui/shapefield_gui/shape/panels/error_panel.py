"""The error's colours under control: their range, their map, a tolerance with the share beyond it, and a histogram."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QComboBox, QDoubleSpinBox, QGridLayout, QPushButton, QWidget

from shapefield_gui.children.messages import SetMesh
from shapefield_gui.children.shading import MAPS, OVER, SIGNED, ramp
from shapefield_gui.models import formatting
from shapefield_gui.models.distribution import Distribution
from shapefield_gui.models.scene import ShapeScene
from shapefield_gui.theme import LIGHT, STEP, Theme
from shapefield_gui.widgets.dock import Panel, quiet, wrapping

_BINS, _TALL = 40, 72
_BEFORE = "After a fit: how its error is spread, and what lies beyond a tolerance."


class ErrorPanel(Panel):
    """Edits `scene.look.heat`. flown(point) : to be looked at, unit frame"""

    flown = pyqtSignal(object)

    def __init__(self, scene: ShapeScene) -> None:
        super().__init__()
        self.scene = scene
        self._of: SetMesh | None = None
        self.spread: Distribution | None = None
        self.sides: Distribution | None = None
        self.hint = wrapping(_BEFORE, "quiet")
        self.add(self.hint)
        self.body = QWidget()
        grid = QGridLayout(self.body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(STEP)
        grid.setColumnStretch(1, 1)
        self.top, self.over, self.map = QDoubleSpinBox(), QDoubleSpinBox(), QComboBox()
        self.top.setSpecialValueText("automatic")
        self.top.setToolTip("The error at the upper end of the colours; larger ones have the same colour.")
        self.over.setSpecialValueText("none")
        self.over.setToolTip("What is off by more is painted in red, and its share of the surface is told.")
        for name in (*MAPS, SIGNED):
            self.map.addItem(name, name)
        for row, (title, widget) in enumerate((("Colours to", self.top), ("Map", self.map), ("Tolerance", self.over))):
            widget.setAccessibleName(title)
            grid.addWidget(quiet(title), row, 0)
            grid.addWidget(widget, row, 1)
        self.sentence = wrapping("")
        grid.addWidget(self.sentence, 3, 0, 1, 2)
        self.histogram = Histogram()
        grid.addWidget(self.histogram, 4, 0, 1, 2)
        self.lacking = wrapping("", "quiet")
        grid.addWidget(self.lacking, 6, 0, 1, 2)
        self.worst = QPushButton("Look at the largest error")
        self.worst.clicked.connect(self._fly)
        grid.addWidget(self.worst, 5, 0, 1, 2)
        self.add(self.body)
        self.column.addStretch()
        for widget in (self.top, self.over):
            widget.setKeyboardTracking(False)
            widget.valueChanged.connect(lambda _: self._set())
        self.map.currentIndexChanged.connect(lambda _: self._set())
        scene.listen(self._changed)
        self.refresh()

    def set_theme(self, theme: Theme) -> None:
        self.histogram.theme = theme
        self.histogram.update()

    def _set(self) -> None:
        heat = replace(
            self.scene.look.heat,
            upto=self.top.value() or None,
            over=self.over.value() or None,
            map=self.map.currentData(),
        )
        self.scene.change(heat=heat)

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self.refresh()

    def _changed(self, what: str) -> None:
        if self.isVisible() or what == "meshes":
            self.refresh()

    def refresh(self) -> None:
        """Show the scene as it is; the spread is found when the panel is looked at."""
        mesh, scale = self.scene.meshes.get("fitted"), self.scene.error
        known = mesh is not None and mesh.error is not None and scale is not None
        self.hint.setVisible(not known)
        self.body.setVisible(known)
        if mesh is None or mesh.error is None or scale is None:
            self._of = self.spread = self.sides = None
            return
        if not self.isVisible():
            return
        if mesh is not self._of:
            self._of, self.spread = mesh, Distribution(mesh.vertices, mesh.faces, mesh.error)
            self.sides = Distribution(mesh.vertices, mesh.faces, mesh.error, True) if mesh.signed else None
            self._offer(scale.max)
        heat = self.scene.look.heat
        for widget, value in ((self.top, heat.upto), (self.over, heat.over)):
            widget.blockSignals(True)
            widget.setValue(value or 0.0)
            widget.blockSignals(False)
        self.map.blockSignals(True)
        self.map.setCurrentIndex(self.map.findData(heat.map))
        self.map.blockSignals(False)
        self._tell(heat.over, scale.top)
        self.lacking.setVisible(scale.unseen)
        self.lacking.setText(
            f"The original is up to {formatting.length(scale.max, self.scene.unit)} away where this surface lacks "
            "something: no colour shows that, Side does."
        )

    def _offer(self, largest: float) -> None:
        """Steps and digits that suit the largest error."""
        step = formatting.round_length(max(largest, 1e-9) / 50)
        for widget in (self.top, self.over):
            widget.blockSignals(True)
            widget.setDecimals(max(0, min(9, 1 - formatting.power_of_ten(step))))
            widget.setRange(0.0, 100 * largest)
            widget.setSingleStep(step)
            widget.setSuffix(f" {self.scene.unit or 'units'}")
            widget.blockSignals(False)

    def _tell(self, over: float | None, top: float) -> None:
        assert self.spread is not None
        if over is None:
            self.sentence.setText("Set a tolerance to see what lies beyond it.")
        else:
            share = formatting.significant(100 * self.spread.share_over(over))
            self.sentence.setText(f"Over {formatting.length(over, self.scene.unit)}: {share} % of the surface.")
        signed = self.scene.look.heat.map == SIGNED and self.sides is not None
        if signed and self.sides is not None:
            shares = self.sides.histogram(top, _BINS, -top)
        else:
            shares = self.spread.histogram(top, _BINS)
        self.histogram.show_shares(shares, top, over, self.scene.map)

    def _fly(self) -> None:
        mesh = self.scene.meshes.get("fitted")
        if mesh is not None and mesh.error is not None and np.isfinite(mesh.error).any():
            self.flown.emit(mesh.vertices[int(np.nanargmax(np.abs(mesh.error)))])


class Histogram(QWidget):
    """Shares of the area by error, in the colours of the view; a line at the tolerance."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(_TALL)
        self.setAccessibleName("Histogram of the error")
        self.theme: Theme = LIGHT
        self._shares, self._top, self._map = np.zeros(0), 1.0, "viridis"
        self._over: float | None = None

    @property
    def _low(self) -> float:
        return -self._top if self._map == SIGNED else 0.0

    def _x(self, value: float) -> float:
        return (value - self._low) / (self._top - self._low) * self.width()

    def show_shares(self, shares: np.ndarray, top: float, over: float | None, name: str) -> None:
        self._shares, self._top, self._over, self._map = shares, top, over, name
        self.setAccessibleDescription(f"from {formatting.significant(self._low)} to {formatting.significant(top)}")
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Heights are the square roots of the shares: a long tail is seen too."""
        if not len(self._shares):
            return
        p = QPainter(self)
        heights = np.sqrt(self._shares / max(float(self._shares.max()), 1e-12))
        colours = ramp((np.arange(len(heights)) + 0.5) / len(heights), self._map)
        wide, tall = self.width() / len(heights), self.height() - 16
        for k, height in enumerate(heights):
            middle = self._low + (k + 0.5) / len(heights) * (self._top - self._low)
            beyond = self._over is not None and abs(middle) > self._over
            p.fillRect(
                QRectF(k * wide, tall * (1 - height), wide - 1, tall * height),
                QColor(*(OVER if beyond else colours[k].tolist())),
            )
        p.setPen(QPen(QColor(self.theme.border), 1))
        p.drawLine(QPointF(0, tall), QPointF(self.width(), tall))
        p.setPen(QColor(self.theme.quiet))
        foot = QRectF(0, tall + 1, self.width(), 15)
        end, signed = formatting.significant(self._top), self._map == SIGNED
        p.drawText(foot, Qt.AlignmentFlag.AlignLeft, f"inside {end}" if signed else "0")
        p.drawText(foot, Qt.AlignmentFlag.AlignRight, f"outside {end}" if signed else f"≥ {end}")
        if signed:
            p.drawText(foot, Qt.AlignmentFlag.AlignHCenter, "0")
        if self._over is not None and self._over < self._top:
            p.setPen(QPen(QColor(self.theme.text), 1, Qt.PenStyle.DashLine))
            for x in (self._x(self._over), *([self._x(-self._over)] if signed else [])):
                p.drawLine(QPointF(x, 0), QPointF(x, tall))
