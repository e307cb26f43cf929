"""The list of results: a picture, a name, its figures in one line, and a mark on what was not exported."""

from __future__ import annotations

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QImage
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
)

from shapefield_gui.models.result_list import ResultEntry, ResultList
from shapefield_gui.theme import STEP
from shapefield_gui.widgets import thumbnails
from shapefield_gui.widgets.dock import Panel, wrapping
from shapefield_gui.widgets.plain import tip

_EMPTY = "Everything that is made stays here: fits, other surfaces, comparisons, repairs."
_HINT = "Click to show one; Ctrl+click two to compare them. ● was not exported yet."
UNSAVED = "●"


class ResultsPanel(Panel):
    """chosen(entry) : one was clicked, to be shown. Buttons follow the page's actions."""

    chosen = pyqtSignal(object)

    def __init__(self, results: ResultList, actions: list[QAction], of_files: list[QAction]) -> None:
        """actions : for what is selected;  of_files : for all files that wait, shown while one of them can be done"""
        super().__init__()
        self.results, self._of_files = results, of_files
        self.hint = wrapping(_EMPTY, "quiet")
        self.add(self.hint)
        self.list = QListWidget()
        self.list.setAccessibleName("Results")
        self.list.setIconSize(QSize(56, 40))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.list.addActions(actions)
        self.list.setMinimumHeight(96)
        self.list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)  # the buttons stay in sight
        self.list.itemSelectionChanged.connect(self._selected)
        self.list.itemActivated.connect(lambda item: self.chosen.emit(item.data(Qt.ItemDataRole.UserRole)))
        self.column.addWidget(self.list, 1)
        files = QHBoxLayout()
        files.setSpacing(STEP // 2)
        for action in of_files:
            button = QPushButton(action.text().replace("&", "").replace(" files", ""))
            button.setToolTip(action.toolTip())
            button.setVisible(action.isEnabled())
            button.clicked.connect(action.trigger)
            action.enabledChanged.connect(button.setVisible)
            files.addWidget(button)
        self.column.addLayout(files)
        grid = QGridLayout()
        grid.setSpacing(STEP // 2)
        for k, action in enumerate(actions):
            button = QPushButton(action.text().replace("&", "").replace("result ", "").replace(" results", ""))
            button.setToolTip(action.toolTip())
            button.setObjectName("small")
            button.setEnabled(action.isEnabled())
            button.clicked.connect(action.trigger)
            action.enabledChanged.connect(button.setEnabled)
            grid.addWidget(button, k // 3, k % 3)
        self.column.addLayout(grid)
        thumbnails.MADE.kept.connect(self._portrayed)
        results.listen(self.refresh)
        self.refresh()

    @property
    def selection(self) -> list[ResultEntry]:
        """What is selected, from the top."""
        rows = sorted(self.list.row(item) for item in self.list.selectedItems())
        return [self.results.entries[row] for row in rows]

    def select(self, entries: list[ResultEntry]) -> None:
        """Select these, without showing any."""
        self.list.blockSignals(True)
        for row, entry in enumerate(self.results.entries):
            if (item := self.list.item(row)) is not None:
                item.setSelected(any(entry is e for e in entries))
        self.list.blockSignals(False)

    def _selected(self) -> None:
        picked = self.selection
        self.results.tell()  # the commands for one or for several follow
        if len(picked) == 1:
            self.chosen.emit(picked[0])

    def _portrayed(self, path: str, picture: QImage) -> None:
        """A thumbnail was made; a method goes with its owner, a lambda may outlive it."""
        self.refresh()

    def refresh(self) -> None:
        """Show the list as it is; the selection stays."""
        entries, before = self.results.entries, self._listed()
        picked = [before[self.list.row(item)] for item in self.list.selectedItems()]
        self.hint.setText(_HINT if entries else _EMPTY)
        self.list.blockSignals(True)
        while self.list.count() > len(entries):
            self.list.takeItem(self.list.count() - 1)
        while self.list.count() < len(entries):
            self.list.addItem(QListWidgetItem())
        for row, entry in enumerate(entries):
            item = self.list.item(row)
            if item is not None:
                self._fill(item, entry)
                item.setSelected(any(entry is e for e in picked))
        self.list.blockSignals(False)

    def _listed(self) -> list[ResultEntry]:
        items = (self.list.item(row) for row in range(self.list.count()))
        return [item.data(Qt.ItemDataRole.UserRole) for item in items if item is not None]

    def _fill(self, item: QListWidgetItem, entry: ResultEntry) -> None:
        item.setData(Qt.ItemDataRole.UserRole, entry)
        mark = f"{UNSAVED} " if entry.unsaved else ""
        figures = entry.figures.split(" · ")
        lines = [f"{mark}{entry.name}", " · ".join(figures[:2]), " · ".join(figures[2:])]
        item.setText("\n".join(filter(None, lines)))
        item.setToolTip(tip(f"{entry.name}\n{entry.figures}\n{entry.path}"))
        item.setIcon(thumbnails.icon(entry.key))
        font = item.font()
        font.setBold(entry is self.results.current)
        item.setFont(font)
