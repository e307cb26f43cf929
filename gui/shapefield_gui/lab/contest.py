"""What a comparison needs beside its sliders: which methods, what is the same for all, and the networks' sizes."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QVBoxLayout, QWidget

from shapefield.lab.comparison.plan import MESH
from shapefield.methods import METHODS
from shapefield.settings import PRESETS
from shapefield_gui.lab.model import BUDGET, STEPS_EACH, ComparisonChoices
from shapefield_gui.theme import STEP
from shapefield_gui.widgets.dock import quiet
from shapefield_gui.widgets.segments import Segments

_LIMITS = (
    (BUDGET, "Same seconds", "Every fit ends after the same time"),
    (STEPS_EACH, "Same steps", "Every fit takes the same number of optimiser steps"),
)


class ContestForm(QWidget):
    """Edits a `Comparison`; limited() after another limit."""

    limited = pyqtSignal()

    def __init__(self, comparison: ComparisonChoices) -> None:
        super().__init__()
        self.comparison = comparison
        self.methods: dict[str, QCheckBox] = {}
        names = QGridLayout()
        names.setVerticalSpacing(2)
        half = (len(METHODS) + 1) // 2
        for k, (name, entry) in enumerate(METHODS.items()):
            box = self.methods[name] = QCheckBox(name)
            box.setToolTip(f"{entry.summary}. {entry.when}")
            box.clicked.connect(lambda _: self._choose())
            names.addWidget(box, k % half, k // half)
        self.every = QCheckBox("all of them")
        self.every.setToolTip("Check every method, or clear all and choose a few")
        self.every.clicked.connect(self._choose_every)
        self.limit = Segments("Limit", [(title, tip) for _, title, tip in _LIMITS])
        self.limit.picked.connect(self._limit_by)
        self.preset = QComboBox()
        self.preset.addItems(PRESETS)
        self.preset.setAccessibleName("Preset")
        self.preset.setToolTip("Sizes of the networks for meshes; pictures have their own")
        self.preset.currentTextChanged.connect(lambda name: setattr(comparison, "preset", name))
        sizes = QGridLayout()
        sizes.setColumnStretch(1, 1)
        sizes.setHorizontalSpacing(STEP)
        sizes.addWidget(quiet("Preset"), 0, 0)
        sizes.addWidget(self.preset, 0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP)
        column.addWidget(self.every)
        column.addLayout(names)
        column.addLayout(sizes)
        column.addWidget(self.limit)
        self.refresh()

    def refresh(self) -> None:
        """Show the comparison as it is: what suits no input cannot be chosen."""
        found = self.comparison
        suiting = found.suiting
        for name, box in self.methods.items():
            box.setEnabled(name in suiting)
            box.setChecked(name in found.methods and name in suiting)
        self._show_every()
        self.preset.setEnabled(MESH in found.kinds)
        self.preset.setCurrentText(found.preset)
        self.limit.show_chosen([name for name, _, _ in _LIMITS].index(found.limit))

    def _choose(self) -> None:
        """Those that suit no input keep their place for the next one."""
        found = self.comparison
        checked = {name for name, box in self.methods.items() if box.isChecked() or not box.isEnabled()}
        found.methods = tuple(
            n for n in METHODS if n in checked and (n in found.methods or self.methods[n].isEnabled())
        )
        self._show_every()

    def _choose_every(self, on: bool) -> None:
        for box in self.methods.values():
            if box.isEnabled():
                box.setChecked(on)
        self._choose()

    def _show_every(self) -> None:
        """Checked if all are that can be, half so if only some are; a click then checks all."""
        checked = [box.isChecked() for box in self.methods.values() if box.isEnabled()]
        some, every = Qt.CheckState.PartiallyChecked, Qt.CheckState.Checked
        state = every if all(checked) else some if any(checked) else Qt.CheckState.Unchecked
        self.every.setTristate(state == some)
        self.every.setCheckState(state)

    def _limit_by(self, k: int) -> None:
        self.comparison.limit = _LIMITS[k][0]
        self.limited.emit()
