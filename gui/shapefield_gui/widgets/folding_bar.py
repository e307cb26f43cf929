"""A strip of buttons that fits any width: what has no room moves into the menu at its side."""

from __future__ import annotations

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QAction, QResizeEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLayout, QMenu, QToolButton

from shapefield_gui.theme import STEP


class FoldingBar(QFrame):
    """`row` takes widgets that always stay and, through `fold`, buttons that may go.

    Those that were added with the highest rank go first. The menu also holds the actions given to `finish`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("bar")
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(STEP, STEP // 2, STEP, STEP // 2)
        self.row.setSpacing(2)
        self.row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self._folding: list[tuple[int, QToolButton]] = []
        self._also: list[QAction] = []
        self.more = QToolButton()
        self.more.setText("More ▾")
        self.more.setAccessibleName("More commands of this strip")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self.more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.more.setMenu(QMenu(self.more))

    def fold(self, button: QToolButton, rank: int) -> None:
        """Add a button that may move into the menu."""
        self._folding.append((rank, button))
        self.row.addWidget(button)

    def finish(self, also: list[QAction] | None = None) -> None:
        """Everything is added. also : actions that are only in the menu"""
        self._also = also or []
        self._folding.sort(key=lambda entry: entry[0])
        self._refold()

    def minimumSizeHint(self) -> QSize:
        return QSize(self._width(0), self.row.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._refold()

    def _width(self, kept: int) -> int:
        """Logical pixels with the first `kept` of the buttons that may fold."""
        away = {button for _, button in self._folding[kept:]}
        items = [self.row.itemAt(k) for k in range(self.row.count())]
        used = [i for i in items if i is not None and i.widget() not in away and i.widget() is not self.more]
        widths = [w.sizeHint().width() if (w := i.widget()) is not None else i.minimumSize().width() for i in used]
        if away or self._also:
            widths.append(self.more.sizeHint().width())
        margins = self.row.contentsMargins()
        return sum(widths) + self.row.spacing() * len(widths) + margins.left() + margins.right()

    def _refold(self) -> None:
        kept = next((k for k in range(len(self._folding), 0, -1) if self._width(k) <= self.width()), 0)
        folded = [button.defaultAction() for _, button in self._folding[kept:]]
        for at, (_, button) in enumerate(self._folding):
            button.setVisible(at < kept)
        menu = self.more.menu()
        if menu is not None:
            menu.clear()
            menu.addActions([*(a for a in folded if a is not None), *self._also])
            self.more.setVisible(not menu.isEmpty())
