"""Every shortcut in one list, with what the mouse does in the view."""

from __future__ import annotations

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from shapefield_gui.theme import ROW

_BY_HAND = [
    ("View: turn", "drag, or arrow keys"),
    ("View: move", "right or middle drag, or Shift+arrows"),
    ("View: zoom to the point", "wheel, or + and -"),
    ("View: read a point", "click"),
    ("View: turn about a point", "double click"),
    ("View: its menu", "right click"),
    ("View: look along an axis", "click its letter at the lower left"),
]


def show_keys(parent: QWidget, commands: list[tuple[str, QAction]]) -> None:
    """commands : each with its menu's name"""
    dialog = QDialog(parent)
    dialog.setWindowTitle("Keys")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    table = QTreeWidget()
    table.setHeaderLabels(["What", "Key"])
    table.setRootIsDecorated(False)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    rows = [
        (f"{group}: {entry.text().replace('&', '')}", " or ".join(k.toString() for k in entry.shortcuts()))
        for group, entry in commands
        if not entry.shortcut().isEmpty()
    ]
    for row in rows + _BY_HAND:
        item = QTreeWidgetItem(row)
        item.setSizeHint(0, QSize(0, ROW))
        table.addTopLevelItem(item)
    table.setColumnWidth(0, 300)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    column = QVBoxLayout(dialog)
    column.addWidget(table)
    column.addWidget(buttons)
    dialog.resize(520, 560)
    dialog.open()
