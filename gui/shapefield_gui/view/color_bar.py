"""The colours of an error or a depth with their values, on a plate over the picture."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen

from shapefield_gui.children.shading import ramp
from shapefield_gui.models import formatting
from shapefield_gui.models.scene import ErrorScale
from shapefield_gui.theme import Theme
from shapefield_gui.view.overlay import plate

Marks = list[tuple[float, str]]
"""0..1 from the colours' lower end, and what is written there; the first ones matter most."""

_THICK = 14
_LEAST = 60, 160
"""Logical pixels of the shortest bar, standing and lying."""
_TRIPOD = 80
"""Logical pixels that tripod and scale bar take at the foot."""


def error_marks(scale: ErrorScale, signed: bool = False) -> Marks:
    """The ends, the 95th percentile and the mean; those that would stand on another are left out.

    signed : the colours go from inside to outside, with 0 in the middle
    """
    if signed:
        end = formatting.significant(scale.top)
        return [(1.0, f"outside  {end}"), (0.0, f"inside  {end}"), (0.5, "0")]
    beyond = "≥ " if scale.max > scale.top else ""
    marks = [(1.0, f"{beyond}{formatting.significant(scale.top)}"), (0.0, "0")]
    if scale.p95 < scale.top * 0.94:
        marks.append((scale.p95 / scale.top, f"95 %  {formatting.significant(scale.p95)}"))
    if scale.top * 0.08 < scale.mean < min(scale.p95 - scale.top * 0.08, scale.top):
        marks.append((scale.mean / scale.top, f"mean  {formatting.significant(scale.mean)}"))
    return marks


def depth_marks(near: float, far: float) -> Marks:
    """Near is above far."""
    return [(share, formatting.length(far + share * (near - far), None)) for share in (1.0, 0.5, 0.0)]


def standing(p: QPainter, rect: QRectF, title: str, marks: Marks, theme: Theme, colours: str = "viridis") -> None:
    """At the right edge, below the panes' names; not at all where there is no room."""
    height = min(220.0, rect.height() - 180)
    if height < _LEAST[0]:
        return
    advance = QFontMetricsF(p.font()).horizontalAdvance
    inner = max(advance(title), *(advance(text) + 24 for _, text in marks))
    bar = QRectF(rect.right() - 34, rect.top() + 76, _THICK, height)
    plate(
        p, QRectF(QPointF(bar.right() - inner - 8, bar.top() - 32), QPointF(bar.right() + 8, bar.bottom() + 14)), theme
    )
    _bar(p, bar, theme, colours)
    at_right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    p.drawText(QRectF(bar.right() - 220, bar.top() - 28, 220, 18), at_right, title)
    for share, text in marks:
        y = bar.bottom() - bar.height() * share
        p.drawLine(QPointF(bar.left() - 5, y), QPointF(bar.left(), y))
        p.drawText(QRectF(bar.left() - 190, y - 9, 180, 18), at_right, text)


def lying(p: QPainter, rect: QRectF, title: str, marks: Marks, theme: Theme, colours: str = "viridis") -> None:
    """At the foot, between tripod and scale bar, or above them where they leave too little room."""
    advance = QFontMetricsF(p.font()).horizontalAdvance
    named = advance(title) + 12
    width, foot = min(320.0, rect.width() - 340 - named), rect.bottom() - 46
    if width < _LEAST[1]:
        width, foot = min(320.0, rect.width() - 60 - named), foot - _TRIPOD
    if width < _LEAST[1]:
        return
    bar = QRectF(rect.center().x() + (named - width) / 2, foot, width, _THICK)
    plate(
        p, QRectF(QPointF(bar.left() - named - 8, bar.top() - 22), QPointF(bar.right() + 8, bar.bottom() + 24)), theme
    )
    _bar(p, bar, theme, colours)
    p.drawText(QRectF(bar.left() - named, bar.top() - 2, named, 18), Qt.AlignmentFlag.AlignVCenter, title)
    taken: dict[bool, list[QRectF]] = {False: [], True: []}
    for share, text in marks:
        wide, x = advance(text), bar.left() + share * bar.width()
        left = min(max(bar.left(), x - wide / 2), bar.right() - wide)
        for above in (False, True):
            box = QRectF(left, bar.top() - 22 if above else bar.bottom() + 4, wide, 18)
            if not any(box.adjusted(-8, 0, 8, 0).intersects(other) for other in taken[above]):
                taken[above].append(box)
                end = bar.top() - 4 if above else bar.bottom() + 4
                p.drawLine(QPointF(x, end), QPointF(x, bar.top() if above else bar.bottom()))
                p.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
                break


def _bar(p: QPainter, bar: QRectF, theme: Theme, name: str) -> None:
    """The colours from low to high, upwards or to the right; leaves the pen as the text wants it."""
    upright = bar.height() > bar.width()
    colours = np.ascontiguousarray(ramp(np.linspace(1, 0, 128) if upright else np.linspace(0, 1, 128), name))
    width, height = (1, 128) if upright else (128, 1)
    p.drawImage(bar, QImage(colours.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888))
    p.setPen(QPen(QColor(theme.quiet), 1))
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.drawRect(bar)
    p.setPen(QColor(theme.text))
