"""The map of a family: its members' pictures by the first two principal directions of their codes."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QSizePolicy, QWidget

from shapefield_gui.family.model import FamilyModel
from shapefield_gui.family.records import THUMB
from shapefield_gui.theme import LIGHT, STEP, Theme

_SMALLEST = 32
_STEP = 0.05
"""Of the map's width that an arrow key goes."""
_HIT = 0.5
"""Of a picture's edge around its middle within which a click is on the member."""


class MapView(QWidget):
    """chosen(number): a member was clicked;  gone(place): a point between members was dragged to, or by arrow keys"""

    chosen = pyqtSignal(int)
    gone = pyqtSignal(object)

    def __init__(self, model: FamilyModel) -> None:
        super().__init__()
        self.model = model
        self.theme: Theme = LIGHT
        self.pictures: dict[int, QImage] = {}
        self._pressed: int | None = None
        self.setMinimumSize(240, 200)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Map of the members")
        self.setAccessibleDescription("Click a member to see it, drag between members, or go by arrow keys")
        self.setToolTip("Click a member to see it; drag to go between members")

    def sizeHint(self) -> QSize:
        return QSize(360, 360)

    def take(self, number: int, picture: np.ndarray) -> None:
        """A member's picture, (h, w, 4) uint8."""
        self.pictures[number] = image_of(picture)
        self.update()

    def clear(self) -> None:
        """Another family: its pictures are to come."""
        self.pictures.clear()
        self.update()

    # where things lie

    @property
    def _edge(self) -> float:
        """Logical pixels of a picture's edge: smaller where many members share the map."""
        count = len(self.model.opened.names) if self.model.opened is not None else 1
        room = (max(self.width(), 1) * max(self.height(), 1) / max(count, 1)) ** 0.5
        return float(np.clip(room, _SMALLEST, THUMB))

    def _frame(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Lowest place and extent of the members, corner and size of where they are painted."""
        assert self.model.opened is not None
        places = self.model.opened.places
        low, extent = places.min(axis=0), np.maximum(np.ptp(places, axis=0), 1e-6)
        edge = self._edge
        size = np.maximum(np.array([self.width(), self.height()]) - edge - 2 * STEP, 1.0)
        return low, extent, np.full(2, edge / 2 + STEP), size

    def at(self, place: np.ndarray) -> QPointF:
        """A place on the map → logical pixels."""
        low, extent, corner, size = self._frame()
        x, y = corner + (np.asarray(place) - low) / extent * size
        return QPointF(x, self.height() - y)

    def place(self, point: QPointF) -> np.ndarray:
        """Logical pixels → the place (2,), within the members' box."""
        low, extent, corner, size = self._frame()
        share = (np.array([point.x(), self.height() - point.y()]) - corner) / size
        return low + np.clip(share, 0.0, 1.0) * extent

    def member_at(self, point: QPointF) -> int | None:
        """The member whose picture is there, the nearest of several."""
        if self.model.opened is None:
            return None
        spots = [self.at(place) for place in self.model.opened.places]
        away = [max(abs(spot.x() - point.x()), abs(spot.y() - point.y())) for spot in spots]
        nearest = int(np.argmin(away))
        return nearest if away[nearest] <= _HIT * self._edge else None

    # what the user does

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if event is None or self.model.opened is None or event.button() != Qt.MouseButton.LeftButton:
            return
        self._pressed = self.member_at(event.position())
        if self._pressed is not None:
            self.chosen.emit(self._pressed)
        else:
            self.gone.emit(self.place(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is None or self.model.opened is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        if self._pressed is not None and self.member_at(event.position()) == self._pressed:
            return
        self._pressed = None
        self.gone.emit(self.place(event.position()))

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        way = {
            Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)
        }.get(Qt.Key(event.key())) if event is not None else None  # fmt: skip
        if way is None or self.model.opened is None:
            super().keyPressEvent(event)
            return
        low, extent, _, _ = self._frame()
        self.gone.emit(np.clip(self.model.place + _STEP * extent * way, low, low + extent))

    # what is painted

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), QColor(self.theme.surface))
        opened = self.model.opened
        if opened is None:
            return
        edge = self._edge
        for number, place in enumerate(opened.places):
            self._paint_member(painter, number, self.at(place), edge)
        self._paint_cursor(painter, edge)

    def _paint_member(self, painter: QPainter, number: int, spot: QPointF, edge: float) -> None:
        box = QRectF(spot.x() - edge / 2, spot.y() - edge / 2, edge, edge)
        if number in self.pictures:
            painter.drawImage(box, self.pictures[number])
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.theme.faint))
            painter.drawEllipse(spot, 4, 4)
        if number == self.model.chosen and not self.model.completed:
            painter.setPen(QPen(QColor(self.theme.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, 4, 4)

    def _paint_cursor(self, painter: QPainter, edge: float) -> None:
        if self.model.chosen is not None or self.model.completed:
            return
        spot = self.at(self.model.place)
        painter.setPen(QPen(QColor(self.theme.surface), 2))
        painter.setBrush(QColor(self.theme.accent))
        painter.drawEllipse(spot, 7, 7)


def image_of(picture: np.ndarray) -> QImage:
    """(h, w, 4) uint8 RGBA → an image of its own."""
    height, width = picture.shape[:2]
    data = np.ascontiguousarray(picture)
    return QImage(data.tobytes(), width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()
