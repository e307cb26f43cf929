"""A thin colour bar with its values: what the colours of a picture of signed distances mean."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QWidget

from shapefield_gui.models import formatting
from shapefield_gui.theme import LIGHT, Theme
from shapefield_gui.widgets.dock import tabular

_BAR = 8
_HEIGHT = 26


class SignedKey(QWidget):
    """From -top over 0 to top; `colors` (n, 3) uint8 from low to high."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(_HEIGHT)
        self.setFont(tabular(self.font()))
        self.setAccessibleName("Colours of the slice")
        self.theme: Theme = LIGHT
        self._colors = np.zeros((0, 3), np.uint8)
        self._labels = ("", "", "")

    def show_range(self, colors: np.ndarray, top: float, unit: str | None) -> None:
        """unit : None for values that are no lengths"""
        self._colors = np.ascontiguousarray(colors)
        value = formatting.length(top, unit) if unit else formatting.significant(top)
        self._labels = (f"−{formatting.significant(top)} inside", "0", f"outside {value}")
        self.setAccessibleDescription(f"blue is inside, white is the surface, red is outside, up to {value}")
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        if len(self._colors) == 0:
            return
        p = QPainter(self)
        bar = QRectF(0.5, 0.5, self.width() - 1, _BAR)
        n = len(self._colors)
        p.drawImage(bar, QImage(self._colors.tobytes(), n, 1, 3 * n, QImage.Format.Format_RGB888))
        p.setPen(QPen(QColor(self.theme.border), 1))
        p.drawRect(bar)
        middle = bar.center().x()
        p.setPen(QPen(QColor(self.theme.text), 1))
        p.drawLine(int(middle), 0, int(middle), _BAR + 3)
        p.setPen(QColor(self.theme.quiet))
        box = QRectF(0, _BAR + 2, self.width(), _HEIGHT - _BAR - 2)
        sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight)
        for text, side in zip(self._labels, sides, strict=True):
            p.drawText(box, side | Qt.AlignmentFlag.AlignVCenter, text)
