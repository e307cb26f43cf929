"""Take the surface out again, without training: resolution, offset, simplification, with a forecast."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QPushButton,
    QSlider,
    QSpinBox,
    QWidget,
)

from shapefield.config import ExtractionConfig
from shapefield_gui.models import formatting
from shapefield_gui.models.forecast import TimeForecast
from shapefield_gui.shape.panels.crop_box import CropBox
from shapefield_gui.shape.panels.fit_panel import RESOLUTIONS
from shapefield_gui.theme import STEP
from shapefield_gui.widgets.dock import Panel, quiet, wrapping

_TICKS = 100
"""Of the offset's slider, to each side."""


class SurfacePanel(Panel):
    """wanted(ExtractionConfig): the surface is asked for;  tried(ExtractionConfig): so it would be, to be seen;
    edited(): a person changed something;  begun(): what is set is that of another field"""

    wanted = pyqtSignal(object)
    tried = pyqtSignal(object)
    edited = pyqtSignal()
    begun = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.forecast = TimeForecast()
        self._quiet = False
        self._now: tuple[int, int] | None = None
        self.hint = wrapping("After a fit: take the surface out again, finer, lighter, thicker or thinner.", "quiet")
        self.add(self.hint)
        self.body = QWidget()
        grid = QGridLayout(self.body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(STEP)
        grid.setColumnStretch(1, 1)
        self.resolution = QComboBox()
        for r in RESOLUTIONS:
            self.resolution.addItem(f"{r}³ cells", r)
        self.resolution.setCurrentIndex(RESOLUTIONS.index(256))
        self.level = QDoubleSpinBox()
        self.level.setDecimals(4)
        self.level.setToolTip("Above 0 the solid grows by this much, below 0 it shrinks.")
        self.slide = QSlider(Qt.Orientation.Horizontal)
        self.slide.setRange(-_TICKS, _TICKS)
        self.slide.setAccessibleName("Offset, live")
        self.slide.setToolTip("Drag: the surface follows at once, coarsely; Take surface again makes the real one.")
        self.faces = QSpinBox()
        self.faces.setRange(0, 50_000_000)
        self.faces.setSingleStep(1000)
        self.faces.setSpecialValueText("all faces")
        self.faces.setGroupSeparatorShown(True)
        self.faces.setToolTip("Simplify to at most this many triangles; the surface stays closed.")
        self.largest = QCheckBox("Keep only the largest part")
        for row, (title, widget) in enumerate(
            (("Resolution", self.resolution), ("Offset", self.level), ("", self.slide), ("At most", self.faces))
        ):
            label = quiet(title)
            label.setBuddy(widget)
            widget.setAccessibleName(title or widget.accessibleName())
            grid.addWidget(label, row, 0)
            grid.addWidget(widget, row, 1)
        self.faces.setSuffix(" faces")
        grid.addWidget(self.largest, 4, 0, 1, 2)
        self.crop = CropBox()
        grid.addWidget(self.crop, 5, 0, 1, 2)
        self.expected = wrapping("", "quiet")
        grid.addWidget(self.expected, 6, 0, 1, 2)
        self.button = QPushButton("Take surface again")
        self.button.clicked.connect(lambda: self.wanted.emit(self.config()))
        grid.addWidget(self.button, 7, 0, 1, 2)
        self.add(self.body)
        self.column.addStretch()
        self.resolution.currentIndexChanged.connect(lambda _: self.refresh())
        self.resolution.activated.connect(lambda _: self.tried.emit(self.config()))
        self.level.valueChanged.connect(lambda _: self._moved())
        self.slide.valueChanged.connect(self._slid)
        for signal in (self.resolution.currentIndexChanged, self.faces.valueChanged, self.largest.toggled):
            signal.connect(lambda _: self._edit())
        self.crop.changed.connect(lambda _: self._edit())
        self.clear()

    def clear(self) -> None:
        self.body.hide()
        self.hint.show()
        self._quiet = True
        self.crop.switch.setChecked(False)
        self._quiet = False

    def _slid(self, ticks: int) -> None:
        self.level.setValue(self.level.maximum() * ticks / _TICKS)

    def _moved(self) -> None:
        """The offset is another one: show where, and what it gives."""
        self.slide.blockSignals(True)
        self.slide.setValue(round(_TICKS * self.level.value() / max(self.level.maximum(), 1e-300)))
        self.slide.blockSignals(False)
        if not self._quiet:
            self.edited.emit()
            self.tried.emit(self.config())

    def _edit(self) -> None:
        if not self._quiet:
            self.edited.emit()

    def restore(self, config: ExtractionConfig) -> None:
        """Set everything as it was."""
        self._quiet = True
        self.resolution.setCurrentIndex(self.resolution.findData(config.resolution))
        self.level.setValue(config.offset)
        self.faces.setValue(config.faces or 0)
        self.largest.setChecked(config.largest)
        self.crop.restore(None if config.crop is None else tuple(c for c in config.crop if isinstance(c, float)))
        self._quiet = False

    def config(self) -> ExtractionConfig:
        """What is set."""
        return ExtractionConfig(
            resolution=self.resolution.currentData(),
            level=self.level.value(),
            faces=self.faces.value() or None,
            largest=self.largest.isChecked(),
            crop=self.crop.value,
        )

    def begin(self, resolution: int, low: np.ndarray, high: np.ndarray, unit: str | None) -> None:
        """Another field: start from what it was taken out with. low, high : (3,) the shape's corners, input units"""
        self._quiet = True
        if self.resolution.findData(resolution) < 0:
            self.resolution.addItem(f"{resolution}³ cells", resolution)
        self.resolution.setCurrentIndex(self.resolution.findData(resolution))
        self.level.setValue(0.0)
        self.faces.setValue(0)
        self.largest.setChecked(False)
        self.crop.offer(low, high, unit)
        self._quiet = False
        self.begun.emit()

    def offer(self, unit: str | None, radius: float, is_distance: bool, resolution: int, faces: int) -> None:
        """There is a field. radius : the input's bounding radius, which scales the offset's steps"""
        reach = radius * 0.2 if is_distance else 10.0
        step = formatting.round_length(radius * 0.004) if is_distance else 0.1
        digits = max(0, min(8, 1 - formatting.power_of_ten(step))) if is_distance else 2
        self._quiet = True
        self.level.setDecimals(digits)
        self.level.setRange(-reach, reach)
        self._quiet = False
        self.level.setSingleStep(step)
        self.level.setSuffix(f" {unit or 'units'}" if is_distance else " logits")
        self._now = (resolution, faces)
        self.hint.hide()
        self.body.show()
        self.refresh()

    def refresh(self) -> None:
        """The forecast for the chosen resolution."""
        resolution = self.resolution.currentData()
        seconds = formatting.seconds(self.forecast.seconds(resolution))
        guess = "about" if self.forecast.measured else "perhaps"
        text = f"Takes {guess} {seconds} and {formatting.size(TimeForecast.memory(resolution))} of memory"
        if self._now is not None:
            faces = float(f"{TimeForecast.faces(resolution, self._now[1], self._now[0]):.2g}")
            text += f"; gives about {formatting.count(faces)} faces"
        self.expected.setText(text + ".")
