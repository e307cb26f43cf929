"""How to train: model, time, size of the pictures, everything else under Advanced, and the one primary button."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QComboBox, QDoubleSpinBox, QGridLayout, QPushButton

from shapefield.methods import method, of_kind
from shapefield_gui.nerf.models.plan import PRESETS, TrainPlan
from shapefield_gui.theme import STEP
from shapefield_gui.widgets.advanced import Advanced
from shapefield_gui.widgets.dock import Panel, quiet, wrapping
from shapefield_gui.widgets.segments import Segments

_SIZES: tuple[tuple[str, float | None], ...] = (
    ("to suit the time", None),
    ("full size", 1.0),
    ("1/2", 2.0),
    ("1/4", 4.0),
    ("1/8", 8.0),
)


class TrainPanel(Panel):
    """Edits a `TrainPlan`; `button` is the primary one and is driven by the page."""

    def __init__(self, plan: TrainPlan, train: QAction, stop: QAction) -> None:
        super().__init__()
        self.plan = plan
        self.model = QComboBox()
        self.model.setAccessibleName("Model")
        for name, entry in of_kind("radiance").items():
            self.model.addItem(name, name)
            self.model.setItemData(self.model.count() - 1, entry.summary, Qt.ItemDataRole.ToolTipRole)
        self.when = wrapping("", "quiet")
        self.budget = QDoubleSpinBox()
        self.budget.setRange(1.0, 86_400.0)
        self.budget.setDecimals(0)
        self.budget.setSuffix(" s")
        self.budget.setAccessibleName("Time budget")
        self.budget.setToolTip(
            "Seconds from pressing Train to the trained scene; looking around takes a little on top."
        )
        self.picture_size = QComboBox()
        self.picture_size.setAccessibleName("Size of the pictures")
        self.picture_size.setToolTip("Pictures are shrunk before training: small ones are learnt sooner.")
        for title, value in _SIZES:
            self.picture_size.addItem(title, value)
        self.quality = Segments("Quality", ((p.title, f"{p.budget:g} s: {p.hint}") for p in PRESETS))
        self.quality.picked.connect(lambda k: plan.set(budget=PRESETS[k].budget))
        self.advanced = Advanced(plan)
        self._running = False
        self._build(train)
        self.button.clicked.connect(lambda: (stop if self._running else train).trigger())
        plan.listen(self.refresh)
        self.model.currentIndexChanged.connect(lambda _: self._choose_model())
        self.budget.valueChanged.connect(lambda v: plan.set(budget=v))
        self.picture_size.currentIndexChanged.connect(lambda _: plan.set(downscale=self.picture_size.currentData()))
        self._choose_model()

    def _build(self, train: QAction) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(STEP)
        grid.setVerticalSpacing(STEP)
        grid.setColumnStretch(1, 1)
        for row, (title, widget) in enumerate(
            (("Model", self.model), ("", self.when), ("Quality", self.quality), ("Time", self.budget))
        ):
            if title:
                grid.addWidget(quiet(title), row, 0)
                grid.addWidget(widget, row, 1)
            else:
                grid.addWidget(widget, row, 0, 1, 2)
        grid.addWidget(quiet("Pictures"), 4, 0)
        grid.addWidget(self.picture_size, 4, 1)
        self.column.addLayout(grid)
        self.button = QPushButton(train.text())
        self.button.setObjectName("primary")
        self.button.setAccessibleName("Train")
        self.add(self.button)
        self.add(self.advanced.toggle)
        self.add(self.advanced)
        self.column.addStretch()

    def show_state(self, possible: bool, running: bool, again: bool) -> None:
        """The one primary button: train, stop, or train again."""
        self._running = running
        self.button.setText("■  Stop and keep" if running else "▶  Train again" if again else "▶  Train")
        self.button.setEnabled(possible)

    def _choose_model(self) -> None:
        self.plan.set(model=self.model.currentData())
        self.advanced.renew()

    def refresh(self) -> None:
        """Show the plan as it is."""
        for widget in (self.model, self.budget, self.picture_size):
            widget.blockSignals(True)
        self.model.setCurrentIndex(self.model.findData(self.plan.model))
        entry = method(self.plan.model, "radiance")
        self.when.setText(f"{entry.summary[:1].upper()}{entry.summary[1:]}: {entry.when}.")
        self.budget.setValue(self.plan.budget)
        self.budget.setEnabled("steps" not in self.plan.changed)
        if self.picture_size.findData(self.plan.downscale) < 0:
            self.picture_size.addItem(f"1/{self.plan.downscale:g}", self.plan.downscale)
        self.picture_size.setCurrentIndex(self.picture_size.findData(self.plan.downscale))
        for widget in (self.model, self.budget, self.picture_size):
            widget.blockSignals(False)
        chosen = self.plan.preset
        self.quality.show_chosen(None if chosen is None else PRESETS.index(chosen))
