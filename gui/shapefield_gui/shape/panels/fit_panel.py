"""How to fit: method, quality, budget, everything else under Advanced, and the one primary button."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from shapefield.methods import METHODS
from shapefield_gui.models.plan import ELSEWHERE, QUALITIES, Plan
from shapefield_gui.theme import STEP
from shapefield_gui.widgets.dock import Panel, begin_segments, quiet, wrapping
from shapefield_gui.widgets.options_form import OptionsForm

RESOLUTIONS = (64, 96, 128, 192, 256, 384, 512, 768, 1024)


class FitPanel(Panel):
    """Edits a `Plan`; `button` is the primary one and is driven by the page."""

    def __init__(self, plan: Plan, fit: QAction) -> None:
        super().__init__()
        self.plan = plan
        self._forms: list[OptionsForm] = []
        self.method = QComboBox()
        self.method.setAccessibleName("Method")
        for m in METHODS.values():
            self.method.addItem(m.name, m.name)
            self.method.setItemData(self.method.count() - 1, f"{m.summary}\n{m.when}", Qt.ItemDataRole.ToolTipRole)
        self.when = wrapping("", "quiet")
        self.budget = QDoubleSpinBox()
        self.budget.setRange(1.0, 86_400.0)
        self.budget.setDecimals(0)
        self.budget.setSuffix(" s")
        self.budget.setAccessibleName("Time budget")
        self.budget.setToolTip("Seconds from pressing Fit to the finished surface; the report comes after it.")
        self.resolution = QComboBox()
        self.resolution.setAccessibleName("Resolution")
        self.resolution.setToolTip("Cells along the box's edge when the surface is taken out; it can be changed later.")
        for r in RESOLUTIONS:
            self.resolution.addItem(f"{r}³ cells", r)
        self._build(fit)
        plan.listen(self.refresh)
        self.method.currentIndexChanged.connect(lambda _: self._choose_method())
        self.budget.valueChanged.connect(lambda v: self.plan.set(budget=v))
        self.resolution.currentIndexChanged.connect(lambda _: self.plan.set(resolution=self.resolution.currentData()))
        self._choose_method()

    def _build(self, fit: QAction) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(STEP)
        grid.setVerticalSpacing(STEP)
        grid.setColumnStretch(1, 1)
        grid.addWidget(quiet("Method"), 0, 0)
        grid.addWidget(self.method, 0, 1)
        grid.addWidget(self.when, 1, 0, 1, 2)
        grid.addWidget(self._qualities(), 2, 0, 1, 2)
        grid.addWidget(quiet("Budget"), 3, 0)
        grid.addWidget(self.budget, 3, 1)
        grid.addWidget(quiet("Resolution"), 4, 0)
        grid.addWidget(self.resolution, 4, 1)
        self.column.addLayout(grid)
        self.button = QPushButton(fit.text())
        self.button.setObjectName("primary")
        self.button.setAccessibleName("Fit")
        self.button.clicked.connect(fit.trigger)
        self.add(self.button)
        self.advanced = QToolButton()
        self.advanced.setObjectName("disclosure")
        self.advanced.setCheckable(True)
        self.advanced.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.advanced.toggled.connect(self._disclose)
        self.add(self.advanced)
        self.forms = QWidget()
        self._form_column = QVBoxLayout(self.forms)
        self._form_column.setContentsMargins(0, 0, 0, 0)
        self.add(self.forms)
        self.column.addStretch()
        self._disclose(False)

    def _qualities(self) -> QWidget:
        row = QWidget()
        box = QHBoxLayout(row)
        box.setContentsMargins(1, 0, 0, 0)
        box.setSpacing(0)
        self._group = QButtonGroup(self)
        for k, quality in enumerate(QUALITIES):
            button = QToolButton()
            button.setObjectName("narrow")
            button.setText(quality.title)
            button.setCheckable(True)
            button.setToolTip(f"{quality.budget:g} s, surface at {quality.resolution}³ cells: {quality.hint}")
            button.setAccessibleName(f"Quality {quality.title}")
            button.setSizePolicy(button.sizePolicy().Policy.Expanding, button.sizePolicy().Policy.Fixed)
            self._group.addButton(button, k)
            box.addWidget(begin_segments(button) if k == 0 else button)
        self._group.idClicked.connect(lambda k: self.plan.choose(QUALITIES[k]))
        return row

    def _disclose(self, on: bool) -> None:
        self.advanced.setText(("▾" if on else "▸") + " Advanced")
        if on and not self._forms:
            self._make_forms()
        self.forms.setVisible(on)

    def _make_forms(self) -> None:
        for form in self._forms:
            self._form_column.removeWidget(form)
            form.deleteLater()
        self._forms = []
        for title, kind in self.plan.groups:
            default = lambda name, kind=kind: self.plan.default(kind, name)  # noqa: E731
            form = OptionsForm(title, kind, default, ELSEWHERE, self.plan.override)
            self._form_column.addWidget(form)
            self._forms.append(form)

    def _choose_method(self) -> None:
        name = self.method.currentData()
        self.plan.set(method=name)
        m = self.plan.chosen
        self.when.setText(f"{m.when[:1].upper()}{m.when[1:]}.")
        self.when.setToolTip(f"{m.summary} ({m.source})")
        if self.advanced.isChecked():
            self._make_forms()
        else:
            for form in self._forms:
                form.deleteLater()
            self._forms = []

    def show_state(self, possible: bool, running: bool, again: bool) -> None:
        """The one primary button: fit, stop, or fit again."""
        self.button.setText("■  Stop and keep" if running else "▶  Fit again" if again else "▶  Fit")
        self.button.setEnabled(possible)

    def refresh(self) -> None:
        """Show the plan as it is."""
        for widget in (self.method, self.budget, self.resolution):
            widget.blockSignals(True)
        self.method.setCurrentIndex(self.method.findData(self.plan.method))
        self.budget.setValue(self.plan.budget)
        self.budget.setEnabled("steps" not in self.plan.changed)
        if self.resolution.findData(self.plan.resolution) < 0:
            self.resolution.addItem(f"{self.plan.resolution}³ cells", self.plan.resolution)
        self.resolution.setCurrentIndex(self.resolution.findData(self.plan.resolution))
        for widget in (self.method, self.budget, self.resolution):
            widget.blockSignals(False)
        chosen = self.plan.quality
        self._group.setExclusive(False)
        for k, quality in enumerate(QUALITIES):
            button = self._group.button(k)
            if button is not None:
                button.setChecked(quality is chosen)
        self._group.setExclusive(chosen is not None)
