"""Everything that leaves the window: one list, each entry with its format and what it is good for."""

from __future__ import annotations

from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QGridLayout, QPushButton, QWidget

from shapefield_gui.theme import STEP
from shapefield_gui.widgets.dock import Panel, quiet, wrapping


class ExportPanel(Panel):
    """Buttons for the page's export actions; they follow the actions' state."""

    def __init__(self, rows: list[tuple[QAction, str]]) -> None:
        super().__init__()
        self.add(wrapping("Everything is in the input's own units and pose.", "quiet"))
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(STEP // 2)
        grid.setColumnStretch(0, 1)
        for at, (action, what) in enumerate(rows):
            button = QPushButton(_title(action.text()))
            button.setStyleSheet("text-align: left")
            button.setToolTip(action.toolTip())
            button.clicked.connect(action.trigger)
            button.setEnabled(action.isEnabled())
            action.enabledChanged.connect(button.setEnabled)
            grid.addWidget(button, at, 0)
            grid.addWidget(quiet(what), at, 1)
        self.add(body)
        self.column.addStretch()


def _title(text: str) -> str:
    """ "Export report (&JSON) …" → "Report (JSON) …"."""
    short = text.replace("&", "").removeprefix("Export ")
    return short[:1].upper() + short[1:]
