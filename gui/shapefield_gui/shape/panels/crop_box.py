"""A box that the surface is cut to: its lowest and highest corner, in the input's units."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QDoubleSpinBox, QGridLayout, QWidget

from shapefield_gui.models import formatting
from shapefield_gui.theme import STEP
from shapefield_gui.widgets.dock import quiet
from shapefield_gui.widgets.plain import tip


class CropBox(QWidget):
    """changed(corners): (x0, y0, z0, x1, y1, z1) or None while nothing is cut away."""

    changed = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(STEP // 2)
        grid.setVerticalSpacing(STEP // 2)
        self.switch = QCheckBox("Crop to a box")
        self.switch.setToolTip("Only what lies in the box is taken out; it is closed flat where it is cut.")
        self.switch.toggled.connect(self._switched)
        grid.addWidget(self.switch, 0, 0, 1, 3)
        self.rows = QWidget()
        rows = QGridLayout(self.rows)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setHorizontalSpacing(STEP // 2)
        rows.setVerticalSpacing(STEP // 2)
        self.edges: list[QDoubleSpinBox] = []
        for side in ("from", "to"):
            for k, axis in enumerate("xyz"):
                edge = QDoubleSpinBox()
                edge.setKeyboardTracking(False)
                edge.setAccessibleName(f"Crop {axis} {side}")
                edge.setAlignment(Qt.AlignmentFlag.AlignRight)
                edge.setMinimumWidth(72)
                edge.valueChanged.connect(lambda _: self._moved())
                rows.addWidget(edge, k, 1 if side == "from" else 3)
                self.edges.append(edge)
        for k, axis in enumerate("xyz"):
            rows.addWidget(quiet(axis), k, 0)
            rows.addWidget(quiet("to"), k, 2)
        rows.setColumnStretch(1, 1)
        rows.setColumnStretch(3, 1)
        grid.addWidget(self.rows, 1, 0, 1, 3)
        self.rows.hide()

    def offer(self, low: np.ndarray, high: np.ndarray, unit: str | None) -> None:
        """Begin with the whole shape: its lowest and highest corner (3,), input units."""
        span = float((high - low).max())
        step = formatting.round_length(span / 100) if span > 0 else 0.01
        digits = max(0, min(8, int(np.ceil(-np.log10(step))) + 1))
        for k, edge in enumerate(self.edges):
            value = float(low[k] if k < 3 else high[k - 3])
            edge.blockSignals(True)
            edge.setDecimals(digits)
            edge.setSingleStep(step)
            edge.setRange(float(low[k % 3]) - span / 4, float(high[k % 3]) + span / 4)
            edge.setValue(value)
            edge.setToolTip(tip(f"{'lowest' if k < 3 else 'highest'} {'xyz'[k % 3]}, in {unit or 'units'}"))
            edge.blockSignals(False)
        self.switch.setChecked(False)

    def restore(self, corners: tuple[float, ...] | None) -> None:
        """Set the corners as they were; None: nothing is cut away."""
        for edge, value in zip(self.edges, corners or (), strict=False):
            edge.blockSignals(True)
            edge.setValue(value)
            edge.blockSignals(False)
        self.switch.setChecked(corners is not None)
        self.changed.emit(self.value)

    @property
    def value(self) -> tuple[float, ...] | None:
        """The corners, or None where the whole shape is taken."""
        return tuple(edge.value() for edge in self.edges) if self.switch.isChecked() else None

    def _switched(self, on: bool) -> None:
        self.rows.setVisible(on)
        self.changed.emit(self.value)

    def _moved(self) -> None:
        for low, high in zip(self.edges[:3], self.edges[3:], strict=True):
            # a box of no thickness has no inside: the other side gives way
            if high.value() <= low.value():
                other = high if self.sender() is low else low
                other.setValue(low.value() + low.singleStep() if other is high else high.value() - low.singleStep())
        self.changed.emit(self.value)
