"""Fusion, drawn flat: check boxes that can be seen on a dark ground, choices and numbers like the lines of text."""

from __future__ import annotations

from typing import Any

from PyQt6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QKeyEvent, QPainter, QPen, QPolygonF
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QProxyStyle,
    QPushButton,
    QSlider,
    QStyle,
    QStyleOption,
    QStyleOptionComboBox,
    QStyleOptionComplex,
    QStyleOptionSpinBox,
    QTabBar,
    QToolButton,
    QWidget,
)

from shapefield_gui.colors import LIGHT, Theme

_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
"""With one of these a letter is a command."""


class WindowStyle(QProxyStyle):
    """`theme` is set by whoever changes the colours."""

    def __init__(self) -> None:
        super().__init__("Fusion")
        self.theme: Theme = LIGHT

    def polish(self, what: Any) -> Any:
        """Every control comes by here before it is shown; so do the application and its palette."""
        polished = super().polish(what)
        if isinstance(what, QComboBox | QAbstractSpinBox | QSlider):
            what.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # the wheel alone gives no focus
            what.installEventFilter(self)
        elif isinstance(what, QAbstractItemView):
            what.installEventFilter(self)
        return polished

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """What has the focus gets what is typed; the wheel changes a value only there, else it scrolls the panel.

        A letter chooses in a list: no command takes it away. Commands with Ctrl or Alt still do.
        """
        if not isinstance(watched, QWidget):
            return False
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            if event.text().isprintable() and event.text().strip() and not event.modifiers() & _COMMANDS:
                event.accept()
            return False
        if event is None or event.type() != QEvent.Type.Wheel or isinstance(watched, QAbstractItemView):
            return False
        if watched.hasFocus():
            return False
        event.ignore()
        return True

    def drawPrimitive(
        self,
        element: QStyle.PrimitiveElement,
        option: QStyleOption | None,
        painter: QPainter | None,
        widget: QWidget | None = None,
    ) -> None:
        if element == QStyle.PrimitiveElement.PE_IndicatorCheckBox and option is not None and painter is not None:
            self._check_box(option, painter)
        elif element == QStyle.PrimitiveElement.PE_FrameFocusRect and option is not None and painter is not None:
            if not isinstance(widget, QTabBar | QPushButton | QToolButton):  # the style sheet shows their focus
                self._focus(option, painter)
        else:
            super().drawPrimitive(element, option, painter, widget)

    def drawComplexControl(
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex | None,
        painter: QPainter | None,
        widget: QWidget | None = None,
    ) -> None:
        part = QStyle.SubControl
        if isinstance(option, QStyleOptionComboBox) and painter is not None and not option.editable:
            self._box(option, painter)
            arrow = self.subControlRect(control, option, part.SC_ComboBoxArrow, widget)
            self._chevron(option, painter, QRectF(arrow), True)
        elif isinstance(option, QStyleOptionSpinBox) and painter is not None:
            self._box(option, painter)
            for sub, down in ((part.SC_SpinBoxUp, False), (part.SC_SpinBoxDown, True)):
                self._chevron(option, painter, QRectF(self.subControlRect(control, option, sub, widget)), down)
        else:
            super().drawComplexControl(control, option, painter, widget)

    def _box(self, option: QStyleOption, p: QPainter) -> None:
        """The ground and the outline, as the style sheet draws them for a line of text."""
        t, focus = self.theme, bool(option.state & QStyle.StateFlag.State_HasFocus)
        width = 2.0 if focus else 1.0
        p.save()
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setPen(QPen(QColor(t.accent if focus else t.border), width))
        p.setBrush(QColor(t.surface if option.state & QStyle.StateFlag.State_Enabled else t.window))
        inset = width / 2
        p.drawRoundedRect(QRectF(option.rect).adjusted(inset, inset, -inset, -inset), 3, 3)
        p.restore()

    def _chevron(self, option: QStyleOption, p: QPainter, room: QRectF, down: bool) -> None:
        able = bool(option.state & QStyle.StateFlag.State_Enabled)
        middle, half, tall = room.center(), 3.0, 1.6 if down else -1.6
        p.save()
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setPen(QPen(QColor(self.theme.quiet if able else self.theme.faint), 1.4, cap=Qt.PenCapStyle.RoundCap))
        points = ((-half, -tall), (0.0, tall), (half, -tall))
        p.drawPolyline(QPolygonF([QPointF(middle.x() + x, middle.y() + y) for x, y in points]))
        p.restore()

    def _focus(self, option: QStyleOption, p: QPainter) -> None:
        """A ring in the accent, as around buttons and lines of text."""
        p.save()
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setPen(QPen(QColor(self.theme.accent), 1))
        p.setBrush(Qt.BrushStyle.NoBrush)
        p.drawRoundedRect(QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        p.restore()

    def _check_box(self, option: QStyleOption, p: QPainter) -> None:
        t, flag = self.theme, QStyle.StateFlag
        on = bool(option.state & flag.State_On)
        able = bool(option.state & flag.State_Enabled)
        partly = bool(option.state & flag.State_NoChange)
        edge = t.accent if on or partly or option.state & flag.State_HasFocus else t.quiet
        box = QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5)
        p.save()
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setOpacity(1.0 if able else 0.45)
        p.setPen(QPen(QColor(edge), 1))
        p.setBrush(QColor(t.accent if on else t.surface))
        p.drawRoundedRect(box, 2, 2)
        if partly:
            p.fillRect(QRectF(box.left() + 3, box.center().y() - 1, box.width() - 6, 2), QColor(t.accent))
        elif on:
            p.setPen(QPen(QColor(t.accent_text), 1.8, cap=Qt.PenCapStyle.RoundCap, join=Qt.PenJoinStyle.RoundJoin))
            tick = [(0.22, 0.54), (0.42, 0.74), (0.78, 0.28)]
            p.drawPolyline(
                QPolygonF([QPointF(box.left() + x * box.width(), box.top() + y * box.height()) for x, y in tick])
            )
        p.restore()
