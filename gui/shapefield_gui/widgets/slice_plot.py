"""The picture of a slice: blue inside, white at zero, red outside; thin isolines and a strong zero contour."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QSize
from PyQt6.QtGui import QPainterPath, QTransform
from PyQt6.QtWidgets import QGraphicsPathItem, QSizePolicy

from shapefield_gui.children.records import Sliced
from shapefield_gui.theme import LIGHT, Theme

# ends of a perceptually even diverging map (after ColorBrewer's RdBu), zero in the middle
_STOPS = np.array([(33, 102, 172), (103, 169, 207), (209, 229, 240), (247, 247, 247), (253, 219, 199), (239, 138, 98),
                   (178, 24, 43)])  # fmt: skip


def diverging(values: np.ndarray, top: float) -> np.ndarray:
    """(…) values, clipped to -top..top → (…, 3) uint8, blue below zero and red above."""
    x = np.clip(values / max(top, 1e-300), -1, 1) * 3 + 3
    return np.stack([np.interp(x, np.arange(7), _STOPS[:, k]) for k in range(3)], axis=-1).astype(np.uint8)


_LEFT, _BELOW = 40, 20
"""Logical pixels for the numbers at the axes."""


class SlicePlot(pg.PlotWidget):
    """Axes in the input's units, equal scales."""

    def __init__(self) -> None:
        super().__init__()
        self.values: np.ndarray | None = None
        self.theme = LIGHT
        self.top, self.line_step = 1.0, 1.0
        self.setMinimumHeight(140)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setMouseEnabled(False, False)
        self.setAccessibleName("Slice through the field")
        item: Any = self.getPlotItem()
        self._image = pg.ImageItem(axisOrder="row-major")
        item.addItem(self._image)
        item.setAspectLocked(True)
        item.getAxis("left").setWidth(_LEFT)
        item.getAxis("bottom").setHeight(_BELOW)
        self._zero, self._others = QGraphicsPathItem(), QGraphicsPathItem()
        self._zero.setPen(pg.mkPen("#101418", width=2.2))
        self._others.setPen(pg.mkPen((20, 24, 32, 80), width=0.8))
        for z, drawn in ((1, self._others), (2, self._zero)):
            drawn.setZValue(z)
            item.addItem(drawn)

    def sizeHint(self) -> QSize:
        """No more than what it needs at least: it grows into what a panel has to spare."""
        return self.minimumSize()

    def _axis(self, side: str) -> Any:
        item: Any = self.getPlotItem()
        return item.getAxis(side)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.setBackground(theme.window)
        for side in ("left", "bottom"):
            axis = self._axis(side)
            axis.setPen(theme.border)
            axis.setTextPen(theme.quiet)

    def resizeEvent(self, ev: Any) -> None:
        """Square, in the middle of the width, at the top of the height."""
        super().resizeEvent(ev)
        item: Any = self.getPlotItem()
        if item is None:  # the base class resizes itself before it has made its axes
            return
        spare = (self.width() - _LEFT) - (self.height() - _BELOW)
        side = max(0, spare) // 2
        item.setContentsMargins(side, 4, side, max(0, -spare))

    def show_slice(self, sliced: Sliced) -> None:
        values = np.asarray(sliced.values, float)
        self.values, self.top, self.line_step = values, sliced.top, sliced.step
        u0, u1, v0, v1 = sliced.extent
        self._image.setImage(diverging(values, sliced.top), autoLevels=False)
        rows, columns = values.shape
        self._image.setTransform(QTransform().translate(u0, v0).scale((u1 - u0) / columns, (v1 - v0) / rows))
        item: Any = self.getPlotItem()
        zero = [line for level, line in sliced.contours if level == 0]
        others = [line for level, line in sliced.contours if level != 0]
        for drawn, lines in ((self._zero, zero), (self._others, others)):
            path = QPainterPath()
            for line in lines:
                path.addPath(pg.arrayToQPath(line[:, 0], line[:, 1]))
            drawn.setPath(path)
        item.setRange(xRange=(u0, u1), yRange=(v0, v1), padding=0.0)
