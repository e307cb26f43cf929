"""Scrolling scrolls: the mouse wheel changes a value only where the value has been clicked, or reached by Tab."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject, Qt
from PyQt6.QtWidgets import QAbstractSpinBox, QComboBox, QSlider, QWidget


class WheelGuard(QObject):
    """Lets the wheel over controls that have no focus pass on to what they lie in."""

    def guard(self, widget: QWidget) -> None:
        """Watch a control that the wheel would change; others are left alone."""
        if isinstance(widget, QComboBox | QAbstractSpinBox | QSlider):
            widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # the wheel alone gives no focus
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if event is None or event.type() != QEvent.Type.Wheel or not isinstance(watched, QWidget):
            return False
        if watched.hasFocus():
            return False
        event.ignore()
        return True
