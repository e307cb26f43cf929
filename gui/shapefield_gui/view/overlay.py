"""What is painted over the picture: axis tripod, scale bar, pane names, the picked point, the slice, the crop box."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QLinearGradient, QPainter, QPen, QPolygonF

from shapefield_gui.children.messages import Viewpoint
from shapefield_gui.models import formatting
from shapefield_gui.models.camera import project
from shapefield_gui.theme import Theme

_AXES = (("x", "#c8443c", "#ff7b72"), ("y", "#3f8f3f", "#7fd67f"), ("z", "#2f6fd0", "#79b0ff"))

_PATCH = " " * 5
"""Room for a patch of colour before words."""

_REACH = 0.8
"""Half the edge of the slice's outline, unit frame."""


def background(p: QPainter, rect: QRectF, theme: Theme) -> None:
    """A soft vertical gradient."""
    gradient = QLinearGradient(rect.topLeft(), rect.bottomLeft())
    gradient.setColorAt(0.0, QColor(theme.sky))
    gradient.setColorAt(1.0, QColor(theme.ground))
    p.fillRect(rect, gradient)


def tripod(p: QPainter, rect: QRectF, axes: np.ndarray, theme: Theme) -> None:
    """The world's axes as the camera sees them, lower left; nearer ones are painted last.

    axes : (3, 3) rows: the camera's right, up, and front (towards the eye), world frame
    """
    middle = QPointF(rect.left() + 40, rect.bottom() - 40)
    right, up, front = axes
    for k in sorted(range(3), key=lambda k: front[k]):
        name, light, dark = _AXES[k]
        color = QColor(dark if theme.dark else light)
        end = middle + QPointF(right[k] * 24, -up[k] * 24)
        _rimmed(p, QPen(color, 2), theme, lambda end=end: p.drawLine(middle, end))
        at = middle + QPointF(right[k] * 32, -up[k] * 32)
        box = QRectF(at.x() - 8, at.y() - 8, 16, 16)
        _rimmed(p, QPen(color), theme, lambda b=box, n=name: p.drawText(b, Qt.AlignmentFlag.AlignCenter, n))


def axis_at(rect: QRectF, axes: np.ndarray, at: QPointF) -> int | None:
    """Which of the tripod's letters x, y, z lies under a point, nearest to the eye first. axes : as for `tripod`"""
    middle = QPointF(rect.left() + 40, rect.bottom() - 40)
    right, up, front = axes
    for k in sorted(range(3), key=lambda k: -front[k]):
        letter = middle + QPointF(right[k] * 32, -up[k] * 32)
        if (at - letter).manhattanLength() < 12:
            return k
    return None


def scale_bar(p: QPainter, rect: QRectF, pixels_per_length: float, unit: str | None, theme: Theme) -> None:
    """A round length in the input's units, lower right. pixels_per_length : at the camera's target"""
    longest = min(140.0, rect.width() / 3)
    if pixels_per_length <= 0 or longest < 30:
        return
    value = formatting.round_length(longest / pixels_per_length)
    width = value * pixels_per_length
    right, base = rect.right() - 16, rect.bottom() - 18
    corners = ((right - width, base - 5), (right - width, base), (right, base), (right, base - 5))
    bar = QPolygonF([QPointF(x, y) for x, y in corners])
    box, text = QRectF(right - 160, base - 24, 160, 18), formatting.length(value, unit)
    at_right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    pen = QPen(QColor(theme.text), 1.5)
    _rimmed(p, pen, theme, lambda: p.drawPolyline(bar))
    _rimmed(p, pen, theme, lambda: p.drawText(box, at_right, text))


def _rimmed(p: QPainter, pen: QPen, theme: Theme, paint: Callable[[], object]) -> None:
    """Paint with this pen, and before it a rim of the background's colour: seen on an object of any colour."""
    rim = QPen(pen)
    rim.setColor(QColor(theme.window))
    p.setPen(rim)
    for dx, dy in itertools.product((-1, 0, 1), repeat=2):
        p.translate(dx, dy)
        paint()
        p.translate(-dx, -dy)
    p.setPen(pen)
    paint()


def label(p: QPainter, at: QPointF, text: str, theme: Theme, centered: bool = False) -> None:
    """Text on a small plate, its top left (or top middle) at `at`."""
    metrics = QFontMetricsF(p.font())
    size = metrics.size(0, text)
    left = at.x() - size.width() / 2 - 8 if centered else at.x()
    place = QRectF(left, at.y(), size.width() + 16, size.height() + 6)
    plate(p, place, theme)
    p.setPen(QColor(theme.text))
    p.drawText(place, Qt.AlignmentFlag.AlignCenter, text)


def key(p: QPainter, at: QPointF, color: tuple[float, float, float], text: str, theme: Theme) -> None:
    """What a colour of the picture means: a patch of it (RGB, 0..1) before the words, top left at `at`."""
    label(p, at, f"{_PATCH}{text}", theme)
    patch = QRectF(at.x() + 9, at.y() + QFontMetricsF(p.font()).height() / 2 - 2, 10, 10)
    p.setPen(QPen(QColor(theme.border), 1))
    p.setBrush(QColor.fromRgbF(*color))
    p.drawRect(patch)


def plate(p: QPainter, place: QRectF, theme: Theme) -> None:
    """A ground on which text can be read whatever lies below."""
    color = QColor(theme.surface)
    color.setAlpha(225)
    p.setPen(QPen(QColor(theme.border), 1))
    p.setBrush(color)
    p.drawRoundedRect(place, 4, 4)


def marker(p: QPainter, rect: QRectF, at: QPointF, text: str, theme: Theme) -> None:
    """A ring around the picked point and its reading beside it, on the side that has room."""
    p.setBrush(Qt.BrushStyle.NoBrush)
    for color, width in ((theme.surface, 4), (theme.accent, 2)):
        p.setPen(QPen(QColor(color), width))
        p.drawEllipse(at, 6, 6)
    width = QFontMetricsF(p.font()).horizontalAdvance(text) + 16
    left = at.x() + 12 if at.x() + 12 + width < rect.right() else at.x() - 12 - width
    label(p, QPointF(max(rect.left(), left), at.y() - 12), text, theme)


def border_line(p: QPainter, rect: QRectF, share: float, theme: Theme) -> None:
    """The split's line with a handle."""
    x = rect.left() + rect.width() * share
    p.setPen(QPen(QColor(theme.accent), 2))
    p.drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom()))
    p.setBrush(QColor(theme.accent))
    y = rect.center().y()
    p.drawRoundedRect(QRectF(x - 5, y - 18, 10, 36), 5, 5)


def plane(p: QPainter, rect: QRectF, view: Viewpoint, axis: int, place: float, theme: Theme) -> QPointF:
    """The slice's outline across the unit frame, with a handle in its middle; returns where that is."""
    others = [k for k in range(3) if k != axis]
    aspect = rect.width() / rect.height()

    def at(u: float, v: float) -> QPointF:
        point = [0.0, 0.0, 0.0]
        point[axis], point[others[0]], point[others[1]] = place, u, v
        x, y = project(view, (point[0], point[1], point[2]), aspect)
        return QPointF(x * rect.width(), y * rect.height())

    color = QColor(theme.accent)
    color.setAlpha(140)
    p.setPen(QPen(color, 1.0, Qt.PenStyle.DashLine))
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.drawPolygon(QPolygonF([at(-_REACH, -_REACH), at(_REACH, -_REACH), at(_REACH, _REACH), at(-_REACH, _REACH)]))
    handle = at(_REACH, _REACH)
    p.setPen(QPen(QColor(theme.surface), 2))
    p.setBrush(QColor(theme.accent))
    p.drawEllipse(handle, 7, 7)
    return handle


def box(p: QPainter, rect: QRectF, view: Viewpoint, low: np.ndarray, high: np.ndarray, theme: Theme) -> None:
    """The edges of a box, its lowest and highest corner (3,) in the unit frame."""
    aspect = rect.width() / rect.height()
    corners = [np.where([k & 4, k & 2, k & 1], high, low) for k in range(8)]
    at = [project(view, (float(c[0]), float(c[1]), float(c[2])), aspect) for c in corners]
    points = [QPointF(x * rect.width(), y * rect.height()) for x, y in at]
    p.setPen(QPen(QColor(theme.accent), 1.5))
    for a in range(8):
        for bit in (1, 2, 4):
            if not a & bit:
                p.drawLine(points[a], points[a | bit])


def message(p: QPainter, rect: QRectF, text: str, theme: Theme) -> None:
    """A line or two in the middle."""
    p.setPen(QColor(theme.quiet))
    box = rect.adjusted(rect.width() * 0.2, 0, -rect.width() * 0.2, 0)
    p.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)
