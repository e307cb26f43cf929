"""A tour: one thing after another is framed, and a bubble beside it says what it is for. It holds nothing up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PyQt6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from shapefield_gui.theme import STEP
from shapefield_gui.timing import every
from shapefield_gui.widgets.dock import quiet, wrapping
from shapefield_gui.widgets.plain import PlainLabel

_WIDE = 320
"""Logical pixels of the bubble."""
_FOOT = 48
"""Logical pixels between the bubble and the foot of what it covers."""
_FOLLOWS_MS = 150


@dataclass(frozen=True, slots=True)
class TourStep:
    """title, text : what the bubble says;  next : its button;  target() : what it is about

    enter() : when it is come to;  leave() : what the button does before the next step
    """

    title: str
    text: str
    target: Callable[[], QWidget]
    next: str = "Next"
    enter: Callable[[], object] = lambda: None
    leave: Callable[[], object] = lambda: None


class Tour(QFrame):
    """ended() : it was gone through, or skipped. Esc skips."""

    ended = pyqtSignal()

    def __init__(self, window: QWidget, steps: Sequence[TourStep]) -> None:
        super().__init__(window)
        self.setObjectName("tour")
        self.setAutoFillBackground(True)
        self.steps, self.at = list(steps), 0
        self.ring = _Ring(window)
        self.title, self.text, self.count = PlainLabel(""), wrapping(), quiet()
        self.title.setObjectName("heading")
        self.skip, self.on = QPushButton("Skip"), QPushButton("Next")
        self.on.setObjectName("primary")
        self.skip.clicked.connect(self.end)
        self.on.clicked.connect(self.go_on)
        foot = QHBoxLayout()
        foot.addWidget(self.count)
        foot.addStretch()
        foot.addWidget(self.skip)
        foot.addWidget(self.on)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * STEP, 2 * STEP, 2 * STEP, 2 * STEP)
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addLayout(foot)
        self.setFixedWidth(_WIDE)
        self._following = every(self, _FOLLOWS_MS, self.place)  # docks move, tabs turn, the window grows

    def begin(self) -> None:
        """Show the first step."""
        self.ring.show()
        self.show()
        self._following.start()
        self._come_to(0)

    def go_on(self) -> None:
        """The next step, or the end."""
        self.steps[self.at].leave()
        if self.at + 1 < len(self.steps):
            self._come_to(self.at + 1)
        else:
            self.end()

    def end(self) -> None:
        """Go away for good."""
        self._following.stop()
        self.ring.hide()
        self.hide()
        self.ring.deleteLater()
        self.deleteLater()
        self.ended.emit()

    def _come_to(self, at: int) -> None:
        self.at, step = at, self.steps[at]
        step.enter()
        self.title.setText(step.title)
        self.text.setText(step.text)
        self.count.setText(f"{at + 1} of {len(self.steps)}")
        self.on.setText(step.next)
        self.skip.setVisible(at + 1 < len(self.steps))
        self.place()
        self.on.setFocus()

    def place(self) -> None:
        """Beside what it is about, where there is most room, and in the window in any case."""
        window, target = self.parentWidget(), self.steps[self.at].target()
        if window is None:
            return
        layout = self.layout()
        height = layout.totalHeightForWidth(_WIDE) if layout is not None else self.height()
        about = QRect(target.mapTo(window, QPoint(0, 0)), target.size()) if target.isVisible() else window.rect()
        self.ring.setGeometry(window.rect())
        self.ring.turn_to(about if target.isVisible() else QRect())
        gap = STEP * 3 // 2
        sides = {
            window.width() - about.right(): about.right() + gap,
            about.left(): about.left() - gap - _WIDE,
        }
        if max(sides) > _WIDE + 2 * gap:
            left, top = sides[max(sides)], about.center().y() - height // 2
        else:  # no room beside it: at its foot, so that it is seen
            left, top = about.center().x() - _WIDE // 2, about.bottom() - height - _FOOT
        left = min(max(left, gap), window.width() - _WIDE - gap)
        top = min(max(top, gap), window.height() - height - gap)
        self.setGeometry(left, top, _WIDE, height)
        self.ring.raise_()
        self.raise_()

    def event(self, event: QEvent | None) -> bool:
        """Esc belongs to the tour while it has the focus: it is a command of the tabs elsewhere."""
        if event is not None and event.type() == QEvent.Type.ShortcutOverride and _is_escape(event):
            event.accept()
            return True
        if event is not None and event.type() == QEvent.Type.KeyPress and _is_escape(event):
            self.end()
            return True
        return super().event(event)


def _is_escape(event: QObject | QEvent) -> bool:
    return getattr(event, "key", lambda: None)() == Qt.Key.Key_Escape


class _Ring(QWidget):
    """A frame around what a step is about; the mouse goes through it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self._about = QRect()
        self.hide()

    def turn_to(self, about: QRect) -> None:
        if about != self._about:
            self._about = about
            self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        if self._about.isEmpty():
            return
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setPen(QPen(QColor(self.palette().color(QPalette.ColorRole.Accent)), 3))
        p.drawRoundedRect(QRectF(self._about.adjusted(1, 1, -2, -2)), 6, 6)
