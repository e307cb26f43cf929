"""A plane through the field: signed distance in a diverging map with a clear zero, isolines, and the zero contour."""

from __future__ import annotations

from typing import Any

import numpy as np
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QSlider, QWidget

from shapefield_gui.children.records import Sliced
from shapefield_gui.models import formatting
from shapefield_gui.theme import STEP, Theme
from shapefield_gui.timing import after
from shapefield_gui.widgets.color_key import SignedKey
from shapefield_gui.widgets.dock import Panel, tabular, wrapping
from shapefield_gui.widgets.segments import Segments

_TICKS = 400
_WAIT_MS = 40
_BEFORE = "After a fit: cut through the field, see its distance and where it is zero."

SPAN = 0.98
"""A slice goes from -SPAN to SPAN of the unit frame."""


class SlicePanel(Panel):
    """wanted(axis, share): a slice is asked for, `share` 0..1 across the unit frame."""

    wanted = pyqtSignal(int, float)

    def __init__(self) -> None:
        super().__init__()
        self.axis = 2
        self.hint = wrapping(_BEFORE, "quiet")
        self.add(self.hint)
        self._plot: Any = None
        row = QHBoxLayout()
        row.setSpacing(0)
        self.across = Segments("Slice across", [(name, f"Cut across the {name} axis") for name in "xyz"])
        self.across.setFixedWidth(108)
        self.across.show_chosen(self.axis)
        self.across.picked.connect(self._choose)
        row.addWidget(self.across)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _TICKS)
        self.slider.setValue(_TICKS // 2)
        self.slider.setAccessibleName("Place of the slice")
        self.slider.valueChanged.connect(lambda _: self._wait.start())
        row.addSpacing(STEP)
        row.addWidget(self.slider, 1)
        self._wait = after(self, _WAIT_MS, self.ask)
        self.where = wrapping("", "quiet")
        self.where.setFont(tabular(self.where.font()))
        self.controls = QWidget()
        self.controls.setLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        self.key = SignedKey()
        self.add(self.controls)
        self.add(self.key)
        self.add(self.where)
        self.column.addStretch()
        self.theme: Theme | None = None
        self.clear()

    def clear(self) -> None:
        for widget in (self.key, self.controls, self.where):
            widget.hide()
        if self._plot is not None:
            self._plot.hide()
        self.hint.setText(_BEFORE)
        self.hint.show()

    @property
    def share(self) -> float:
        return self.slider.value() / _TICKS

    def _choose(self, axis: int) -> None:
        self.axis = axis
        self.ask()

    def begin(self) -> None:
        """There is a field: cut it."""
        self.hint.setText("Cutting through the field …")
        self.ask()

    def ask(self) -> None:
        self.wanted.emit(self.axis, self.share)

    def step(self, ticks: int) -> None:
        """Move the plane by so many fortieths of the frame."""
        self.slider.setValue(self.slider.value() + ticks * _TICKS // 40)

    def move_to(self, place: float) -> None:
        """Put the plane there, as it was dragged in the 3D view; unit frame."""
        self.slider.setValue(round((place / SPAN + 1) / 2 * _TICKS))

    def set_theme(self, theme: Theme) -> None:
        self.theme = self.key.theme = theme
        if self._plot is not None:
            self._plot.set_theme(theme)

    def show_slice(self, sliced: Sliced) -> None:
        """Draw the values."""
        from shapefield_gui.widgets.slice_plot import SlicePlot, diverging

        if self._plot is None:
            self._plot = SlicePlot()
            if self.theme is not None:
                self._plot.set_theme(self.theme)
            self.column.insertWidget(2, self._plot, 1)
        self.hint.hide()
        for widget in (self.key, self.controls, self.where, self._plot):
            widget.show()
        self._plot.show_slice(sliced)
        ramp = diverging(np.linspace(-1, 1, 128), 1.0)
        self.key.show_range(ramp, self._plot.top, (sliced.unit or "units") if sliced.is_distance else None)
        inside = float((sliced.values < 0).mean())
        what = "only the sign counts"
        if sliced.is_distance:
            what = f"lines every {formatting.length(self._plot.line_step, sliced.unit)}"
        place = f"{'xyz'[sliced.axis]} = {formatting.length(sliced.place, sliced.unit)}"
        along, upwards = (n for k, n in enumerate("xyz") if k != sliced.axis)
        self.where.setText(f"{place}, {what}")
        self.where.setToolTip(
            f"{along} →, {upwards} ↑; {formatting.significant(100 * inside)} % of the plane is inside"
        )

    @property
    def shown(self) -> np.ndarray | None:
        """The values that are drawn, or None."""
        return self._plot.values if self._plot is not None else None
