"""The Advanced section: a disclosure over one form a config dataclass, made when it is first opened."""

from __future__ import annotations

from functools import partial

from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QScrollArea, QToolButton, QVBoxLayout, QWidget

from shapefield_gui.models.choices import Choices
from shapefield_gui.timing import after
from shapefield_gui.widgets.options_form import OptionsForm


class Advanced(QWidget):
    """Edits the advanced options of a plan. toggle : the button that opens it"""

    def __init__(self, plan: Choices) -> None:
        super().__init__()
        self._plan = plan
        self._forms: list[OptionsForm] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.toggle = QToolButton()
        self.toggle.setObjectName("disclosure")
        self.toggle.setCheckable(True)
        self.toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._opened = after(self, 0, self._reveal)
        self.toggle.toggled.connect(self._disclose)
        self._disclose(False)

    def renew(self) -> None:
        """The plan's groups are others now: make the forms again, at once where they are seen."""
        for form in self._forms:
            self._column.removeWidget(form)
            form.deleteLater()
        self._forms = []
        if self.toggle.isChecked():
            self._make()

    def _disclose(self, on: bool) -> None:
        self.toggle.setText(("▾" if on else "▸") + " Advanced")
        if on and not self._forms:
            self._make()
        self.setVisible(on)
        if on:
            self._opened.start()

    def _reveal(self) -> None:
        """Scroll to the section: what was opened must be seen."""
        area = self.parentWidget()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        bar = area.verticalScrollBar() if area is not None else None
        if area is not None and bar is not None:
            bar.setValue(self.toggle.mapTo(area.widget(), QPoint()).y())

    def _make(self) -> None:
        plan = self._plan
        for title, kind in plan.groups:
            form = OptionsForm(title, kind, partial(plan.default, kind), plan.leave_out(kind), plan.override)
            self._column.addWidget(form)
            self._forms.append(form)
