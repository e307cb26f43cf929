"""The dialog before a comparison: which methods, in the groups of the method list, and for how long each."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import (
    QDialog,
    QDoubleSpinBox,
    QHBoxLayout,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from shapefield.methods import Method
from shapefield_gui.models import formatting
from shapefield_gui.models.method_groups import grouped
from shapefield_gui.shape.comparing import RESOLUTION
from shapefield_gui.theme import ROW, STEP
from shapefield_gui.widgets.dock import quiet, wrapping
from shapefield_gui.widgets.plain import tip

_FIRST = ("hybrid", "hashgrid", "siren")
_NAME = 128
"""Logical pixels of a name with its box."""
_UNCHECKED, _PARTLY = Qt.CheckState.Unchecked, Qt.ItemFlag.ItemIsAutoTristate


def when(method: Method) -> str:
    """When to use a method, as a sentence begins."""
    return f"{method.when[:1].upper()}{method.when[1:]}"


class MethodChoice(QDialog):
    """Which methods, and for how long each. compare(names, seconds) is called once; a group's box checks all of it."""

    def __init__(self, parent: QWidget, compare: Callable[[list[str], float], None]) -> None:
        super().__init__(parent)
        self.setWindowTitle("Compare methods")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._compare = compare
        self.rows: dict[str, QTreeWidgetItem] = {}
        self.table = self._filled()
        self.budget = QDoubleSpinBox()
        self.budget.setRange(2.0, 3600.0)
        self.budget.setDecimals(0)
        self.budget.setValue(10.0)
        self.budget.setSuffix(" s each")
        self.budget.setAccessibleName("Seconds for each method")
        self.total = quiet()
        self.button = QPushButton("Compare")
        self.button.setObjectName("primary")
        self.button.clicked.connect(self._begin)
        foot = QHBoxLayout()
        for part in (quiet("Budget"), self.budget, self.total):
            foot.addWidget(part)
        foot.addStretch()
        foot.addWidget(self.button)
        column = QVBoxLayout(self)
        note = f"The same mesh, the same time, surfaces at {RESOLUTION}³. Each becomes an entry under Results."
        column.addWidget(wrapping(note, "quiet"))
        column.addWidget(self.table)
        column.addLayout(foot)
        self.table.itemChanged.connect(lambda *_: self._tell())
        self.budget.valueChanged.connect(lambda _: self._tell())
        self._tell()
        lines = (self.table.topLevelItemCount() + len(self.rows) + 1) * ROW
        self.resize(_NAME + self.table.sizeHintForColumn(1) + 6 * STEP, min(lines + 112, 560))

    def _filled(self) -> QTreeWidget:
        table = QTreeWidget()
        table.setHeaderLabels(["Method", "When to use it"])
        table.setRootIsDecorated(False)
        table.setItemsExpandable(False)
        table.setIndentation(2 * STEP)
        table.setAccessibleName("Methods")
        for title, methods in grouped():
            heading = QTreeWidgetItem([title])
            heading.setFlags(heading.flags() | _PARTLY)
            heading.setSizeHint(0, QSize(0, ROW))
            font = heading.font(0)
            font.setBold(True)
            heading.setFont(0, font)
            table.addTopLevelItem(heading)
            heading.setFirstColumnSpanned(True)
            for method in methods:
                self.rows[method.name] = row = QTreeWidgetItem(heading, [method.name, when(method)])
                row.setCheckState(0, Qt.CheckState.Checked if method.name in _FIRST else _UNCHECKED)
                row.setSizeHint(0, QSize(0, ROW))
                row.setToolTip(0, tip(method.summary))
                row.setToolTip(1, tip(when(method)))
        table.expandAll()
        table.setColumnWidth(0, _NAME)
        return table

    @property
    def chosen(self) -> list[str]:
        """The methods that are checked."""
        return [n for n, row in self.rows.items() if row.checkState(0) == Qt.CheckState.Checked]

    def _tell(self) -> None:
        """How long it will take, and whether there is anything to compare."""
        count = len(self.chosen)
        self.button.setEnabled(count > 0)
        self.total.setText(f"about {formatting.seconds(count * self.budget.value())} in all" if count else "")

    def _begin(self) -> None:
        self._compare(self.chosen, self.budget.value())
        self.accept()
