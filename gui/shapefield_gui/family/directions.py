"""Sliders for the principal directions of a family's codes, and what is known of the family."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QSlider, QVBoxLayout, QWidget

from shapefield_gui.family.model import AXES, FamilyModel
from shapefield_gui.theme import STEP
from shapefield_gui.widgets.dock import quiet, tabular
from shapefield_gui.widgets.plain import PlainLabel

_TICKS = 100
REACH = 3.0
"""Deviations that a slider goes to either side."""


class Directions(QWidget):
    """moved(axis, shift): a slider moved to so many deviations"""

    moved = pyqtSignal(int, float)

    def __init__(self, model: FamilyModel, actions: list[QAction]) -> None:
        super().__init__()
        self.model = model
        column = QVBoxLayout(self)
        column.setContentsMargins(STEP * 3 // 2, STEP, STEP * 3 // 2, STEP)
        self.facts = quiet("")
        self.facts.setWordWrap(True)
        column.addWidget(self.facts)
        grid = QGridLayout()
        grid.setHorizontalSpacing(STEP)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        column.addLayout(grid)
        self.sliders: list[QSlider] = []
        self.values: list[QLabel] = []
        self._names: list[QLabel] = []
        for axis in range(AXES):
            self._add(grid, axis)
        for action in actions:
            button = QPushButton(action.text().replace("&", ""))
            button.setToolTip(action.toolTip())
            button.clicked.connect(action.trigger)
            action.changed.connect(lambda b=button, a=action: b.setEnabled(a.isEnabled()))
            button.setEnabled(action.isEnabled())
            row = QHBoxLayout()
            row.addWidget(button, 1)
            column.addLayout(row)
        column.addStretch(1)

    def _add(self, grid: QGridLayout, axis: int) -> None:
        name, value = quiet(f"direction {axis}"), PlainLabel("0.0")
        value.setFont(tabular(value.font()))
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(-_TICKS, _TICKS)
        slider.setPageStep(_TICKS // 10)
        slider.setAccessibleName(f"direction {axis}")
        slider.setToolTip(f"Along principal direction {axis} of the codes, in deviations of the members")
        slider.valueChanged.connect(lambda at, k=axis: self._on_moved(k, REACH * at / _TICKS))
        grid.addWidget(name, 2 * axis, 0)
        grid.addWidget(value, 2 * axis, 1)
        grid.addWidget(slider, 2 * axis + 1, 0, 1, 2)
        self.sliders.append(slider)
        self.values.append(value)
        self._names.append(name)

    def _on_moved(self, axis: int, shift: float) -> None:
        self.values[axis].setText(f"{shift:+.1f}" if shift else "0.0")
        self.moved.emit(axis, shift)

    def show_model(self) -> None:
        """Values and the number of sliders as the model has them."""
        opened = self.model.opened
        members = "" if opened is None else f"{len(opened.names)} members, {opened.model}"
        self.facts.setText(members or "No family is open.")
        for axis, slider in enumerate(self.sliders):
            for widget in (slider, self.values[axis], self._names[axis]):
                widget.setVisible(axis < self.model.axes)
            slider.blockSignals(True)
            slider.setValue(round(self.model.shifts[axis] / REACH * _TICKS))
            slider.blockSignals(False)
            self.values[axis].setText(f"{self.model.shifts[axis]:+.1f}" if self.model.shifts[axis] else "0.0")
