"""Sliders made from Controls: name, value with its unit, and a track below."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QGridLayout, QLabel, QSlider, QVBoxLayout, QWidget

from shapefield_gui.lab.model import Control
from shapefield_gui.models import formatting
from shapefield_gui.theme import STEP
from shapefield_gui.widgets.dock import quiet, tabular
from shapefield_gui.widgets.plain import PlainLabel

_TICKS = 400
_SYMBOLS = {"omega": "ω0", "sigma": "σ", "alpha": "α", "weight": "λ", "clamp": "δ"}


class Sliders(QWidget):
    """`moved(control, value)` is called while a slider moves."""

    def __init__(self, moved: Callable[[Control, float], None]) -> None:
        super().__init__()
        self._moved = moved
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._inner: QWidget | None = None
        self._grid = QGridLayout()
        self.sliders: dict[str, QSlider] = {}
        self._texts: dict[str, QLabel] = {}

    def show_controls(self, controls: list[Control], value: Callable[[Control], float]) -> None:
        """Replace all sliders by those of these controls."""
        if self._inner is not None:
            self._column.removeWidget(self._inner)
            self._inner.hide()
            self._inner.deleteLater()
        self._inner = QWidget()
        self._grid = QGridLayout(self._inner)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(STEP)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(0, 1)
        self._column.addWidget(self._inner)
        self.sliders, self._texts = {}, {}
        for control in controls:
            self._add(control, value(control))

    def _add(self, control: Control, value: float) -> None:
        symbol = _SYMBOLS.get(control.name, "")
        name = quiet(control.name.replace("_", " ") + (f"  {symbol}" if symbol else ""))
        text = PlainLabel()
        text.setFont(tabular(text.font()))
        text.setAlignment(Qt.AlignmentFlag.AlignRight)
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, min(_TICKS, round(control.high - control.low)) if control.whole else _TICKS)
        slider.setPageStep(max(1, slider.maximum() // 10))
        slider.setAccessibleName(control.name.replace("_", " "))
        tip = f"{control.help[:1].upper()}{control.help[1:]}. From {control.low:g} to {control.high:g} {control.unit}"
        for widget in (name, text, slider):
            widget.setToolTip(f"{tip.rstrip()}. Default {control.default:g}.")
        slider.setValue(round(control.share(value) * slider.maximum()))
        slider.valueChanged.connect(lambda at, c=control, s=slider: self._on_moved(c, c.at(at / s.maximum())))
        row = self._grid.rowCount()
        self._grid.addWidget(name, row, 0)
        self._grid.addWidget(text, row, 1)
        self._grid.addWidget(slider, row + 1, 0, 1, 2)
        self._grid.setRowMinimumHeight(row + 2, STEP)
        self.sliders[control.name], self._texts[control.name] = slider, text
        self._say(control, value)

    def _on_moved(self, control: Control, value: float) -> None:
        self._say(control, value)
        self._moved(control, value)

    def _say(self, control: Control, value: float) -> None:
        unit = f" {control.unit}" if control.unit else ""
        number = formatting.count(value) if control.whole else formatting.significant(value)
        self._texts[control.name].setText(number + unit)
