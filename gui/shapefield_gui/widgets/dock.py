"""A dock with a thin title in the window's own type, and small building blocks that every panel uses."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QSize, Qt
from PyQt6.QtGui import QAction, QFont
from PyQt6.QtWidgets import (
    QDockWidget,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from shapefield_gui.theme import STEP
from shapefield_gui.widgets.plain import PlainLabel

TITLE_SIZE = 0.86
"""Of a panel's title, as a share of the text's."""


class Dock(QDockWidget):
    """A panel that can be moved, floated, closed and brought back from the View menu."""

    def __init__(
        self, name: str, title: str, content: QWidget, parent: QWidget | None = None, width: int = 0, bare: bool = False
    ) -> None:
        """width : least, in logical pixels;  bare : no title, no scrolling, for a bar that speaks for itself"""
        super().__init__(title, parent)
        self.setObjectName(name)
        if bare:
            self.setTitleBarWidget(QWidget())
            self.setWidget(content)
            return
        self.setTitleBarWidget(_Title(title, self))
        self.setWidget(_Scroll(content, width))


class _Scroll(QScrollArea):
    """Scrolls up and down only: never narrower than its content and the scroll bar, also when the text grows."""

    def __init__(self, content: QWidget, width: int) -> None:
        super().__init__()
        self._content, self._least = content, width
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)

    def minimumSizeHint(self) -> QSize:
        bar = self.verticalScrollBar()
        wide = bar.sizeHint().width() if bar is not None else 0
        wanted = self._content.minimumSizeHint().width() + wide
        return QSize(max(self._least, wanted), super().minimumSizeHint().height())

    def event(self, event: QEvent | None) -> bool:
        if event is not None and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().event(event)


class _Title(QFrame):
    def __init__(self, title: str, dock: QDockWidget) -> None:
        super().__init__(dock)
        self.setObjectName("dockTitle")
        row = QHBoxLayout(self)
        row.setContentsMargins(STEP * 3 // 2, STEP // 2, STEP // 2, 0)
        text = PlainLabel(title.upper())
        text.setObjectName("dockTitleText")
        font = QFont(text.font())
        font.setPointSizeF(font.pointSizeF() * TITLE_SIZE)
        text.setFont(font)
        close = QToolButton()
        close.setText("×")
        close.setToolTip(f"Close {title} (bring it back from the View menu)")
        close.setAccessibleName(f"Close {title}")
        close.setAutoRaise(True)
        close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        close.clicked.connect(dock.close)
        row.addWidget(text)
        row.addStretch()
        row.addWidget(close)


class Panel(QWidget):
    """A column with the window's margins."""

    def __init__(self) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(STEP * 3 // 2, STEP // 2, STEP * 3 // 2, STEP)
        self.column.setSpacing(STEP)

    def add(self, item: QWidget) -> QWidget:
        self.column.addWidget(item)
        return item


class Figures(QWidget):
    """Rows of a name and a number: names left, numbers right in tabular figures."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(STEP)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(0, 1)
        self._values: dict[str, QLabel] = {}
        self._names: dict[str, QLabel] = {}

    def row(self, key: str, title: str, tip: str = "") -> None:
        name, value = quiet(title), PlainLabel("–")
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        value.setFont(tabular(value.font()))
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        value.setAccessibleName(title)
        for label in (name, value):
            label.setToolTip(tip)
        at = self._grid.rowCount()
        self._grid.addWidget(name, at, 0)
        self._grid.addWidget(value, at, 1)
        self._values[key], self._names[key] = value, name

    def set(self, key: str, text: str) -> None:
        self._values[key].setText(text)

    def show_known(self) -> None:
        """Only the rows that have a value."""
        for key, value in self._values.items():
            for label in (value, self._names[key]):
                label.setVisible(value.text() != "–")
        self.show()

    def text(self, key: str) -> str:
        return self._values[key].text()


def quiet(text: str = "") -> QLabel:
    """A label of the second rank."""
    label = PlainLabel(text)
    label.setObjectName("quiet")
    return label


def wrapping(text: str = "", name: str = "") -> QLabel:
    """A label that breaks lines and never widens its panel."""
    label = PlainLabel(text)
    label.setWordWrap(True)
    label.setObjectName(name)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label


def tabular(font: QFont) -> QFont:
    """The same font with figures of equal width."""
    out = QFont(font)
    out.setFeature(QFont.Tag("tnum"), 1)
    return out


def tool(action: QAction, name: str = "") -> QToolButton:
    """A flat button for an action, reachable by Tab."""
    button = QToolButton()
    button.setDefaultAction(action)
    button.setObjectName(name)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAccessibleName(action.text().replace("&", ""))
    return button


def begin_segments(button: QToolButton) -> QToolButton:
    """The first of a row of segments: it draws its own left border, the others share their neighbour's."""
    button.setProperty("first", "true")
    return button
