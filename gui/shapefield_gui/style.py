"""Fusion, with check boxes that can be seen on a dark ground: Qt draws their outline darker than the window."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen, QPolygonF
from PyQt6.QtWidgets import QProxyStyle, QStyle, QStyleOption, QWidget

from shapefield_gui.colors import LIGHT, Theme


class WindowStyle(QProxyStyle):
    """`theme` is set by whoever changes the colours."""

    def __init__(self) -> None:
        super().__init__("Fusion")
        self.theme: Theme = LIGHT

    def drawPrimitive(
        self,
        element: QStyle.PrimitiveElement,
        option: QStyleOption | None,
        painter: QPainter | None,
        widget: QWidget | None = None,
    ) -> None:
        if element == QStyle.PrimitiveElement.PE_IndicatorCheckBox and option is not None and painter is not None:
            self._check_box(option, painter)
        else:
            super().drawPrimitive(element, option, painter, widget)

    def _check_box(self, option: QStyleOption, p: QPainter) -> None:
        t, flag = self.theme, QStyle.StateFlag
        on = bool(option.state & flag.State_On)
        able = bool(option.state & flag.State_Enabled)
        edge = t.accent if on or option.state & flag.State_HasFocus else t.quiet
        box = QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5)
        p.save()
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setOpacity(1.0 if able else 0.45)
        p.setPen(QPen(QColor(edge), 1))
        p.setBrush(QColor(t.accent if on else t.surface))
        p.drawRoundedRect(box, 2, 2)
        if on:
            p.setPen(QPen(QColor(t.accent_text), 1.8, cap=Qt.PenCapStyle.RoundCap, join=Qt.PenJoinStyle.RoundJoin))
            tick = [(0.22, 0.54), (0.42, 0.74), (0.78, 0.28)]
            p.drawPolyline(
                QPolygonF([QPointF(box.left() + x * box.width(), box.top() + y * box.height()) for x, y in tick])
            )
        p.restore()
