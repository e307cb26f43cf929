"""How to fit: method, quality, budget, everything else under Advanced, and the one primary button."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QToolButton,
    QWidget,
)

from shapefield.methods import METHODS
from shapefield_gui.models.method_groups import NAMED
from shapefield_gui.models.plan import QUALITIES, FitChoices
from shapefield_gui.theme import STEP
from shapefield_gui.widgets.advanced import Advanced
from shapefield_gui.widgets.dock import Panel, quiet, wrapping
from shapefield_gui.widgets.method_list import MethodList
from shapefield_gui.widgets.segments import Segments

RESOLUTIONS = (64, 96, 128, 192, 256, 384, 512, 768, 1024)


class FitPanel(Panel):
    """Edits `FitChoices`; `button` is the primary one and is driven by the page."""

    def __init__(self, plan: FitChoices, fit: QAction, stop: QAction, repair: QAction) -> None:
        super().__init__()
        self.plan = plan
        self.method = MethodList()
        self.presets = self._presets()
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
        tips = (f"{q.budget:g} s, surface at {q.resolution}³ cells: {q.hint}" for q in QUALITIES)
        self.quality = Segments("Quality", zip((q.title for q in QUALITIES), tips, strict=True))
        self.quality.picked.connect(lambda k: plan.choose(QUALITIES[k]))
        self.advanced = Advanced(plan)
        self._running = False
        self._build(fit, repair)
        self.button.clicked.connect(lambda: (stop if self._running else fit).trigger())
        plan.listen(self.refresh)
        self.method.currentIndexChanged.connect(lambda _: self._choose_method())
        self.budget.valueChanged.connect(lambda v: self.plan.set(budget=v))
        self.resolution.currentIndexChanged.connect(lambda _: self.plan.set(resolution=self.resolution.currentData()))
        self._choose_method()

    def _build(self, fit: QAction, repair: QAction) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(STEP)
        grid.setVerticalSpacing(STEP)
        grid.setColumnStretch(1, 1)
        grid.addWidget(quiet("Method"), 0, 0)
        grid.addWidget(self.method, 0, 1)
        grid.addWidget(self.when, 1, 0, 1, 2)
        grid.addWidget(self.quality, 2, 0, 1, 2)
        grid.addWidget(quiet("Budget"), 3, 0)
        grid.addWidget(self.budget, 3, 1)
        grid.addWidget(quiet("Resolution"), 4, 0)
        grid.addWidget(self.resolution, 4, 1)
        self.column.addLayout(grid)
        self.button = QPushButton(fit.text())
        self.button.setObjectName("primary")
        self.button.setAccessibleName("Fit")
        self.mend = QPushButton("Repair")
        self.mend.setToolTip(repair.toolTip())
        self.mend.clicked.connect(repair.trigger)
        self.mend.setEnabled(repair.isEnabled())
        repair.enabledChanged.connect(self.mend.setEnabled)
        row = QHBoxLayout()
        row.setSpacing(STEP)
        row.addWidget(self.button, 2)
        row.addWidget(self.mend, 1)
        self.column.addLayout(row)
        foot = QHBoxLayout()
        foot.addWidget(self.advanced.toggle)
        foot.addStretch()
        foot.addWidget(self.presets)
        self.column.addLayout(foot)
        QWidget.setTabOrder(self.mend, self.advanced.toggle)
        QWidget.setTabOrder(self.advanced.toggle, self.presets)
        self.add(self.advanced)
        self.column.addStretch()

    def _presets(self) -> QToolButton:
        """The networks that the field knows by name, and whether they are as large as in their papers."""
        button = QToolButton()
        button.setText("Presets ▾")
        button.setToolTip("DeepSDF, occupancy network, SIREN; as sized for this machine, or as in their papers")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        menu = QMenu(button)
        for title, name in NAMED:
            entry = menu.addAction(f"{title} ({METHODS[name].source.rpartition(', ')[2]})")
            if entry is not None:
                entry.triggered.connect(lambda _, name=name: self.choose(name))
        menu.addSeparator()
        self.published = QAction("As large as published (slow without a GPU)", menu)
        self.published.setCheckable(True)
        self.published.toggled.connect(lambda on: self.plan.override("preset", "paper" if on else None))
        menu.addAction(self.published)
        button.setMenu(menu)
        return button

    def choose(self, name: str) -> None:
        """A method by its name."""
        self.method.setCurrentIndex(self.method.findData(name))

    def _choose_method(self) -> None:
        self.plan.set(method=self.method.currentData())
        self.advanced.renew()

    def show_state(self, possible: bool, running: bool, again: bool) -> None:
        """The one primary button: fit, stop, or fit again."""
        self._running = running
        self.button.setText("■  Stop and keep" if running else "▶  Fit again" if again else "▶  Fit")
        self.button.setEnabled(possible)

    def refresh(self) -> None:
        """Show the plan as it is."""
        for widget in (self.method, self.budget, self.resolution):
            widget.blockSignals(True)
        self.method.setCurrentIndex(self.method.findData(self.plan.method))
        m = self.plan.chosen
        self.when.setText(f"{m.when[:1].upper()}{m.when[1:]}.")
        self.when.setToolTip(f"{m.summary} ({m.source})")
        self.published.blockSignals(True)
        self.published.setChecked(self.plan.changed.get("preset") == "paper")
        self.published.blockSignals(False)
        self.budget.setValue(self.plan.budget)
        self.budget.setEnabled("steps" not in self.plan.changed)
        if self.resolution.findData(self.plan.resolution) < 0:
            self.resolution.addItem(f"{self.plan.resolution}³ cells", self.plan.resolution)
        self.resolution.setCurrentIndex(self.resolution.findData(self.plan.resolution))
        for widget in (self.method, self.budget, self.resolution):
            widget.blockSignals(False)
        chosen = self.plan.quality
        self.quality.show_chosen(None if chosen is None else QUALITIES.index(chosen))
