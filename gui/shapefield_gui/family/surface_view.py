"""The surface of what is looked at, as the child draws it; drag to turn it."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from shapefield_gui.family.map_view import image_of
from shapefield_gui.theme import LIGHT, STEP, Theme

_RADIANS = 0.01
"""A logical pixel of dragging."""
_MOST = 640
"""Pixels of a picture's edge: drawn by rays, each of which costs."""


class SurfaceView(QWidget):
    """turned(yaw, pitch): dragged by so many radians;  resized(): another size is wanted"""

    turned = pyqtSignal(float, float)
    resized = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.theme: Theme = LIGHT
        self.image: QImage | None = None
        self.title, self.told = "", ""
        self._at: QPointF | None = None
        self.setMinimumSize(240, 200)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Surface")
        self.setAccessibleDescription("Drag to turn")

    def sizeHint(self) -> QSize:
        return QSize(480, 480)

    @property
    def pixels(self) -> int:
        """Of the edge of the picture that fits."""
        return max(64, min(self.width(), self.height() - 4 * STEP, _MOST))

    def take(self, picture: np.ndarray, told: str) -> None:
        """A picture, (h, w, 4) uint8, and what there is to say of it."""
        self.image, self.told = image_of(picture), told
        self.update()

    def say(self, title: str) -> None:
        """What is shown, in words."""
        self.title = title
        self.update()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        self._at = event.position() if event is not None else None

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is None or self._at is None:
            return
        way, self._at = event.position() - self._at, event.position()
        self.turned.emit(_RADIANS * way.x(), _RADIANS * way.y())

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        self._at = None

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), QColor(self.theme.surface))
        if self.image is not None:
            edge = min(self.width(), self.height() - 4 * STEP)
            box = QRectF((self.width() - edge) / 2, (self.height() - edge) / 2, edge, edge)
            painter.drawImage(box, self.image)
        words = self.rect().adjusted(STEP * 2, STEP, -STEP * 2, -STEP)
        painter.setPen(QColor(self.theme.text))
        painter.drawText(words, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, self.title)
        painter.setPen(QColor(self.theme.quiet))
        painter.drawText(words, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, self.told)
