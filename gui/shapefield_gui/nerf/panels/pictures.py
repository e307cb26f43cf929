"""Small widgets for pictures: one that keeps its proportions, and thumbnails that say whether they are held out."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QIcon, QImage, QPainter, QPen, QPixmap
from PyQt6.QtWidgets import QSizePolicy, QWidget

from shapefield_gui.theme import LIGHT, STEP, Theme
from shapefield_gui.widgets.dock import tabular

_CAPTION = 18


class PictureBox(QWidget):
    """A picture with a caption under it, as large as its proportions allow."""

    def __init__(self, caption: str) -> None:
        super().__init__()
        self.caption, self.note = caption, ""
        self.theme: Theme = LIGHT
        self.image: QImage | None = None
        self._proportion = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumHeight(90)
        self.setAccessibleName(caption)
        self.setFont(tabular(self.font()))

    def sizeHint(self) -> QSize:
        return QSize(132, self.heightForWidth(132))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return round(width * self._proportion) + _CAPTION

    def set_proportion(self, proportion: float) -> None:
        """height / width of the pictures that are shown here, now or later"""
        if proportion != self._proportion:
            self._proportion = proportion
            self.updateGeometry()

    def show_image(self, image: QImage | None, note: str = "") -> None:
        self.image, self.note = image, note
        if image is not None:
            self.set_proportion(image.height() / image.width())
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.update()

    def paintEvent(self, event: object) -> None:
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        room = QRectF(0, 0, self.width(), self.height() - _CAPTION)
        box = room
        if self.image is not None:
            size = min(room.width() / self.image.width(), room.height() / self.image.height())
            w, h = self.image.width() * size, self.image.height() * size
            box = QRectF((room.width() - w) / 2, 0, w, h)
            p.fillRect(box, Qt.GlobalColor.white)  # what a picture with alpha is compared over
            p.drawImage(box, self.image)
        else:
            p.fillRect(box, QColor(self.theme.raised))
        p.setPen(QColor(self.theme.border))
        p.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
        words = QRectF(box.left(), box.bottom() + 2, box.width(), _CAPTION - 2)
        p.setPen(QColor(self.theme.text))
        p.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, self.caption)
        p.setPen(QColor(self.theme.quiet))
        p.drawText(words, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, self.note)


def thumbnail_icon(image: QImage, held_out: bool, theme: Theme, size: QSize) -> QIcon:
    """A picture on a plate; held-out ones have a dashed frame and a mark, in the second colour."""
    ratio = 2
    canvas = QPixmap(size * ratio)
    canvas.fill(QColor(theme.surface))
    p = QPainter(canvas)
    p.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    p.scale(ratio, ratio)
    scale = min((size.width() - 2) / image.width(), (size.height() - 2) / image.height())
    w, h = image.width() * scale, image.height() * scale
    p.drawImage(QRectF((size.width() - w) / 2, (size.height() - h) / 2, w, h), image)
    color = QColor(theme.second_curve if held_out else theme.border)
    p.setPen(QPen(color, 2 if held_out else 1, Qt.PenStyle.DashLine if held_out else Qt.PenStyle.SolidLine))
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.drawRect(QRectF(0.5, 0.5, size.width() - 1, size.height() - 1))
    if held_out:
        p.fillRect(QRectF(size.width() - STEP * 2, 0, STEP * 2, STEP * 2), color)
        p.setPen(QColor(theme.surface))
        p.drawText(QRectF(size.width() - STEP * 2, 0, STEP * 2, STEP * 2), Qt.AlignmentFlag.AlignCenter, "h")
    p.end()
    canvas.setDevicePixelRatio(ratio)
    return QIcon(canvas)
