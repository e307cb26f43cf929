"""The command palette: every action, searchable, with its shortcut."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QEvent, QObject, QSize, Qt
from PyQt6.QtGui import QAction, QKeyEvent, QPainter, QPaintEvent
from PyQt6.QtWidgets import QDialog, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from shapefield_gui.theme import ROW, STEP


def score(query: str, text: str) -> int | None:
    """How well `query` fits `text`, smaller is better; None if its letters do not occur in order."""
    query, text = query.lower().strip(), text.lower()
    if query in text:
        return text.index(query)
    at, first = -1, -1
    for letter in query.replace(" ", ""):
        at = text.find(letter, at + 1)
        if at < 0:
            return None
        first = at if first < 0 else first
    return 100 + at - first


class Palette(QDialog):
    """A line and a list; Enter runs the chosen action."""

    def __init__(
        self,
        actions: list[tuple[str, QAction]],
        parent: QWidget,
        run: Callable[[QAction], object] = lambda action: action.trigger(),
    ) -> None:
        """actions : each with the menu or the tab that it is found under"""
        super().__init__(parent)
        self.setWindowTitle("Commands")
        self.setWindowFlags(Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._do = run
        self._actions = [(group, a) for group, a in actions if a.text() and not a.isSeparator()]
        self.line = QLineEdit()
        self.line.setPlaceholderText("Type what you want to do")
        self.line.setAccessibleName("Search commands")
        self.list = QTreeWidget()
        self.list.setColumnCount(2)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.itemActivated.connect(lambda item, _: self._run(item))
        self.list.itemClicked.connect(lambda item, _: self._run(item))
        column = QVBoxLayout(self)
        column.setContentsMargins(STEP, STEP, STEP, STEP)
        column.addWidget(self.line)
        column.addWidget(self.list)
        self.resize(520, 380)
        self.line.textChanged.connect(self._search)
        self.line.installEventFilter(self)
        self._search("")
        middle = parent.rect().center()
        self.move(parent.mapToGlobal(middle).x() - 260, parent.mapToGlobal(parent.rect().topLeft()).y() + 72)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """The outline that a window without a frame lacks."""
        super().paintEvent(event)
        p = QPainter(self)
        p.setPen(self.palette().mid().color())
        p.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _search(self, query: str) -> None:
        self.list.clear()
        found = []
        for group, action in self._actions:
            text = f"{group}: {action.text().replace('&', '')}"
            fit = score(query, text)
            if fit is not None:
                found.append((fit, text, action))
        for _, text, action in sorted(found, key=lambda f: (f[0], not f[2].isEnabled())) if query else found:
            item = QTreeWidgetItem([text, action.shortcut().toString()])
            item.setData(0, Qt.ItemDataRole.UserRole, action)
            item.setSizeHint(0, QSize(0, ROW))
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setDisabled(not action.isEnabled())
            self.list.addTopLevelItem(item)
        self.list.setColumnWidth(0, 360)
        if self.list.topLevelItemCount():
            self.list.setCurrentItem(self.list.topLevelItem(0))

    def _run(self, item: QTreeWidgetItem | None) -> None:
        if item is None or item.isDisabled():
            return
        action: QAction = item.data(0, Qt.ItemDataRole.UserRole)
        self.accept()
        self._do(action)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                at = self.list.indexOfTopLevelItem(self.list.currentItem())
                at += 1 if event.key() == Qt.Key.Key_Down else -1
                item = self.list.topLevelItem(max(0, min(at, self.list.topLevelItemCount() - 1)))
                self.list.setCurrentItem(item)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)
