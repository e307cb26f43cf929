"""A row of joined buttons of which one is chosen, or none."""

from __future__ import annotations

from collections.abc import Iterable

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from shapefield_gui.widgets.dock import begin_segments


class Segments(QWidget):
    """picked(k): a person chose the k-th.  entries : text and tip of each;  what : names them to a screen reader"""

    picked = pyqtSignal(int)

    def __init__(self, what: str, entries: Iterable[tuple[str, str]]) -> None:
        super().__init__()
        box = QHBoxLayout(self)
        box.setContentsMargins(1, 0, 0, 0)
        box.setSpacing(0)
        self._group = QButtonGroup(self)
        for k, (title, tip) in enumerate(entries):
            button = QToolButton()
            button.setObjectName("narrow")
            button.setText(title)
            button.setCheckable(True)
            button.setToolTip(tip)
            button.setAccessibleName(f"{what} {title}")
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self._group.addButton(button, k)
            box.addWidget(begin_segments(button) if k == 0 else button)
        self._group.idClicked.connect(self.picked)

    def show_chosen(self, k: int | None) -> None:
        """Mark the k-th, or none; picked is not sent."""
        self._group.setExclusive(False)
        for button in self._group.buttons():
            button.setChecked(self._group.id(button) == k)
        self._group.setExclusive(k is not None)
