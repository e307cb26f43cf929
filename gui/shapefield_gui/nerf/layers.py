"""What lies behind the rendering and what before it, painted once for as long as nothing of it changes.

Pictures of a training come many times a second, while cameras and boxes stay where they are: at twice the pixels,
painting those again for each picture would take most of the window's time.
"""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QPainter, QPixmap


class SceneLayers:
    """behind, before : pixmaps of the whole view"""

    def __init__(self) -> None:
        self.behind, self.before = QPixmap(), QPixmap()
        self._of: object = None

    def refresh(self, of: object, size: QSize, ratio: float, paint: Callable[[QPainter, bool], None]) -> None:
        """of : all that decides what they show;  paint(painter, before) : paints one of them, in logical pixels"""
        of = (of, size.width(), size.height(), ratio)
        if of == self._of:
            return
        self._of = of
        self.behind, self.before = (self._painted(size, ratio, paint, before) for before in (False, True))

    @staticmethod
    def _painted(size: QSize, ratio: float, paint: Callable[[QPainter, bool], None], before: bool) -> QPixmap:
        pixmap = QPixmap(size * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        p = QPainter(pixmap)
        p.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        paint(p, before)
        p.end()
        return pixmap
