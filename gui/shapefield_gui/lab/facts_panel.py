"""The numbers that a run found: name left, number right, and whether what was promised is kept."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QGridLayout, QLabel, QWidget

from shapefield.lab.board import Fact
from shapefield_gui.models import formatting
from shapefield_gui.theme import STEP
from shapefield_gui.widgets.dock import quiet, tabular, wrapping
from shapefield_gui.widgets.plain import PlainLabel, tip


class FactsPanel(QWidget):
    """`show_facts` replaces all."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(STEP * 3 // 2, STEP // 2, STEP * 3 // 2, STEP)
        self._grid.setHorizontalSpacing(STEP)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(0, 1)
        self.texts: dict[str, str] = {}
        self._labels: dict[str, QLabel] = {}
        self._rebuild({})

    def show_facts(self, facts: dict[str, Fact]) -> bool:
        """True if there are other rows than before."""
        other = list(facts) != list(self.texts)
        if other:
            self._rebuild(facts)
        for name, fact in facts.items():
            text = said(fact)
            self.texts[name] = text
            label, role = self._labels[name], {None: "", True: "good", False: "bad"}[fact.kept]
            label.setText(text)
            label.setToolTip(tip(fact.text))
            if label.objectName() != role and (style := label.style()) is not None:
                label.setObjectName(role)
                font = label.font()
                style.polish(label)
                label.setFont(font)  # polishing falls back to the application's size
        return other

    def _rebuild(self, facts: dict[str, Fact]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.texts, self._labels = {}, {}
        if not facts:
            self._grid.addWidget(wrapping("After a run: what it found, and whether what was promised holds.", "quiet"))
        for row, name in enumerate(facts):
            value = PlainLabel()
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            value.setFont(tabular(value.font()))
            value.setAccessibleName(name)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            title = quiet(name)
            title.setWordWrap(True)
            title.setMinimumHeight(value.sizeHint().height())
            self._grid.addWidget(title, row, 0)
            self._grid.addWidget(value, row, 1)
            self._labels[name] = value
        for row in range(self._grid.rowCount()):
            self._grid.setRowStretch(row, 0)
        self._grid.setRowStretch(max(1, len(facts)), 1)


def said(fact: Fact) -> str:
    """ "0.00081 ✓", the sign only where something was promised."""
    mark = {None: "", True: " ✓", False: " ✗"}[fact.kept]
    whole = float(fact.value).is_integer() and abs(fact.value) < 1e6
    return (
        (formatting.count(fact.value) if whole else formatting.significant(fact.value))
        + (f" {fact.unit}" if fact.unit else "")
        + mark
    )
