"""The pictures of a board, side by side, as large as the room allows; every pixel a square."""

from __future__ import annotations

import math

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PyQt6.QtWidgets import QSizePolicy, QWidget

from shapefield.lab.board import Image
from shapefield_gui.children.shading import viridis
from shapefield_gui.lab.colours import LINES
from shapefield_gui.theme import LIGHT, STEP, Theme
from shapefield_gui.widgets.slice_plot import diverging


class Pictures(QWidget):
    """`show_images` replaces what is drawn; `words` is said while there is nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.theme, self.words = LIGHT, ""
        self.images: dict[str, Image] = {}
        self._drawn: dict[str, tuple[Image, QImage]] = {}
        self.setMinimumSize(240, 200)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Pictures of the experiment")

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.update()

    def show_images(self, images: dict[str, Image], words: str = "") -> None:
        self.images, self.words = images, words
        self._drawn = {k: v for k, v in self._drawn.items() if images.get(k) is v[0]}
        self.setAccessibleDescription(", ".join(images))
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self.theme.surface))
        if not self.images:
            painter.setPen(QColor(self.theme.quiet))
            painter.drawText(self.rect().adjusted(STEP * 4, 0, -STEP * 4, 0), _MIDDLE, self.words)
            return
        head = self.fontMetrics().height() + STEP // 2
        top = self._paint_wide(painter, [i for i in self.images.values() if i.wide], head)
        if images := [i for i in self.images.values() if not i.wide]:
            self._paint_grid(painter, images, head, top)

    def _paint_wide(self, painter: QPainter, images: list[Image], head: int) -> float:
        """Each in a row of its own, none higher than a third of the room; returns where the rows end."""
        top = float(STEP)
        for image in images:
            aspect = image.values.shape[1] / image.values.shape[0]
            wide = min(self.width() - 2.0 * STEP, aspect * (self.height() / 3 - 2 * head))
            high = wide / aspect + head
            self._one(painter, image, QRectF((self.width() - wide) / 2, top, wide, high), head)
            top += high + STEP + (head if image.dots else 0)
        return top

    def _paint_grid(self, painter: QPainter, images: list[Image], head: int, top: float) -> None:
        """In rows and columns that fill the room below `top`."""
        room, aspect = self.height() - STEP - top, _aspect(images)
        columns, side = grid(len(images), self.width() - 2 * STEP, room, head, aspect)
        rows = math.ceil(len(images) / columns)
        wide, high = side * max(1.0, aspect), side / min(1.0, aspect)
        left = (self.width() - columns * (wide + STEP) + STEP) / 2
        top += (room - rows * (high + head + STEP) + STEP) / 2
        for k, image in enumerate(images):
            x, y = left + (k % columns) * (wide + STEP), top + k // columns * (high + head + STEP)
            self._one(painter, image, QRectF(x, y, wide, high + head), head)

    def _one(self, painter: QPainter, image: Image, place: QRectF, head: int) -> None:
        painter.setPen(QColor(self.theme.text))
        title = self.fontMetrics().elidedText(image.title, Qt.TextElideMode.ElideRight, int(place.width()))
        painter.drawText(QRectF(place.x(), place.y(), place.width(), head - 2), _LEFT, title)
        picture = self._picture(image)
        scale = min(place.width() / picture.width(), (place.height() - head) / picture.height())
        frame = QRectF(place.x(), place.y() + head, picture.width() * scale, picture.height() * scale)
        painter.drawImage(frame, picture)
        painter.setPen(QPen(QColor(self.theme.border), 1))
        painter.drawRect(frame)

        def at(points: np.ndarray) -> list[QPointF]:
            return [QPointF(frame.x() + (x + 0.5) * scale, frame.y() + (y + 0.5) * scale) for x, y in points]

        painter.setPen(QPen(QColor("#101418"), 1.4))
        for line in image.lines:
            painter.drawPolyline(QPolygonF(at(line)))
        for points, colour in zip(image.dots.values(), LINES[self.theme.dark], strict=False):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colour))
            for point in at(points):
                painter.drawEllipse(point, 1.8, 1.8)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        self._legend(painter, image, frame)

    def _legend(self, painter: QPainter, image: Image, frame: QRectF) -> None:
        x, y = frame.x(), frame.bottom() + self.fontMetrics().ascent() + 4
        for name, colour in zip(image.dots, LINES[self.theme.dark], strict=False):
            painter.setPen(QColor(colour))
            painter.drawText(QPointF(x, y), f"● {name}")
            x += self.fontMetrics().horizontalAdvance(f"● {name}") + STEP * 2

    def _picture(self, image: Image) -> QImage:
        known = self._drawn.get(image.title)
        if known is None or known[0] is not image:
            known = image, as_qimage(image)
            self._drawn[image.title] = known
        return known[1]


_MIDDLE = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)


def as_qimage(image: Image) -> QImage:
    """The picture through its colour map."""
    values = np.asarray(image.values, np.float32)
    low, high = image.limits
    if values.ndim == 3:
        rgb = (values.clip(0, 1) * 255 + 0.5).astype(np.uint8)
    elif image.colours == "signed":
        rgb = diverging(values, high)
    elif image.colours == "scale":
        rgb = viridis(((values - low) / (high - low)).clip(0, 1))
    else:
        grey = (((values - low) / (high - low)).clip(0, 1) * 255 + 0.5).astype(np.uint8)
        rgb = np.repeat(grey[..., None], 3, axis=2)
    rgb = np.ascontiguousarray(rgb[..., :3], dtype=np.uint8)
    height, width = rgb.shape[:2]
    return QImage(rgb.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def _aspect(images: list[Image]) -> float:
    """Width over height of most of the pictures."""
    return float(np.median([i.values.shape[1] / i.values.shape[0] for i in images]))


def grid(count: int, width: float, height: float, head: float, aspect: float) -> tuple[int, float]:
    """Columns, and the shorter edge of a picture, that make `count` pictures large and leave few gaps."""
    best = (0.0, 0.0, 1)
    for columns in range(1, count + 1):
        rows = math.ceil(count / columns)
        wide = (width - STEP * (columns - 1)) / columns
        high = (height - STEP * (rows - 1)) / rows - head
        side = max(8.0, min(wide / max(1.0, aspect), high * min(1.0, aspect)))
        best = max(best, (side * (1 - 0.4 * (1 - count / (rows * columns))), side, columns))
    return best[2], best[1]
