"""Where the keyboard's focus is, said by views that fill their place: an outline for whoever came there by keyboard."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QFocusEvent, QPainter
from PyQt6.QtWidgets import QAbstractButton, QApplication, QWidget

from shapefield_gui.theme import Theme

_BY_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


def leave_button(view: QWidget) -> None:
    """To be called before a button that was pressed is disabled: Qt would give the focus to whatever comes next."""
    if isinstance(QApplication.focusWidget(), QAbstractButton):
        view.setFocus(Qt.FocusReason.OtherFocusReason)


class Focused(QWidget):
    """Takes the focus; its `paintEvent` calls `paint_focus` last. Who clicked knows where the focus is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._by_keyboard = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        self._by_keyboard = event is not None and event.reason() in _BY_KEYBOARD
        super().focusInEvent(event)

    def paint_focus(self, p: QPainter, theme: Theme) -> None:
        """The outline, where it is due."""
        if self.hasFocus() and self._by_keyboard:
            p.setPen(QColor(theme.accent))
            p.setBrush(Qt.BrushStyle.NoBrush)
            p.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
