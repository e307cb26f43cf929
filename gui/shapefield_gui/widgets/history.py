"""What the window said, newest first: for whoever closed a notice too soon, or was not there."""

from __future__ import annotations

import time

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from shapefield_gui.theme import STEP
from shapefield_gui.widgets.dock import quiet
from shapefield_gui.widgets.notices import SIGNS, PastNotice, show_details


class History(QDialog):
    """Lines with their time and tab, whole; Enter or a double click shows what lies behind one."""

    def __init__(self, said: list[PastNotice], tabs: dict[str, str], parent: QWidget) -> None:
        """tabs : each tab's title by its name"""
        super().__init__(parent)
        self.setWindowTitle("Notices")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.list = QListWidget()
        self.list.setAccessibleName("Notices, newest first")
        self.list.setWordWrap(True)
        self.list.setSpacing(STEP // 2)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        for line in reversed(said):
            when = time.strftime("%H:%M", time.localtime(line.when))
            where = f"{tabs[line.owner]}, " if line.owner in tabs else ""
            item = QListWidgetItem(f"{SIGNS.get(line.kind, '•')}  {line.text}\n{where}{when}")
            item.setData(Qt.ItemDataRole.UserRole, line)
            self.list.addItem(item)
        self.list.itemActivated.connect(self._open)
        column = QVBoxLayout(self)
        column.addWidget(self.list)
        column.addWidget(quiet("Double-click one for its details." if said else "Nothing was said yet."))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self.resize(620, 460)

    def _open(self, item: QListWidgetItem) -> None:
        line: PastNotice = item.data(Qt.ItemDataRole.UserRole)
        show_details(self, line.text, line.details or line.text)
