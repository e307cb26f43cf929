"""What is run, and how: the experiment or one's own picture, and a slider for every number."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QComboBox, QListWidget, QListWidgetItem, QPushButton, QWidget

from shapefield.lab.experiments import EXPERIMENTS
from shapefield.lab.recipes import fits_pictures
from shapefield.methods import METHODS
from shapefield_gui.lab.contest import ContestForm
from shapefield_gui.lab.model import COMPARE, PICTURE, Bench, Control
from shapefield_gui.lab.sliders import Sliders
from shapefield_gui.theme import STEP
from shapefield_gui.widgets.dock import Panel, quiet, wrapping
from shapefield_gui.widgets.plain import tip

_TITLES = {
    "spectral-bias": "Spectral bias",
    "fourier": "Fourier features",
    "siren": "SIREN's derivatives",
    "heat": "Heat equation",
    "deepsdf": "DeepSDF, three shapes",
    "eikonal": "The eikonal term",
    "nerf": "One ray of a NeRF",
    "latent": "A family's codes",
    PICTURE: "A picture of your own",
    COMPARE: "Compare the methods",
}


SUBJECTS = (*EXPERIMENTS, PICTURE, COMPARE)


class ChoicePanel(Panel):
    """chosen() after another subject, method or picture; moved() while a slider moves."""

    chosen = pyqtSignal()
    moved = pyqtSignal()

    def __init__(self, bench: Bench, run: QAction, open_picture: QAction) -> None:
        super().__init__()
        self.bench = bench
        self.list = QListWidget()
        self.list.setAccessibleName("Experiments")
        self.list.setSpacing(1)
        tips = {PICTURE: "Fit any method to a picture", COMPARE: "The methods on your own meshes and pictures"}
        for name in SUBJECTS:
            self._list(name, _TITLES.get(name, name), tips.get(name) or EXPERIMENTS[name].title)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.picture = wrapping("", "quiet")
        self.open = QPushButton("Open a picture …")
        self.open.setToolTip(open_picture.toolTip())
        self.open.clicked.connect(open_picture.trigger)
        self.method = QComboBox()
        self.method.setAccessibleName("Method")
        self.method.addItems([name for name, entry in METHODS.items() if fits_pictures(entry)])
        self.method.setCurrentText(bench.method)
        self.method_name = quiet("method")
        self.contest = ContestForm(bench.comparison)
        self.contest.limited.connect(self.show_subject)
        self.sliders = Sliders(self._on_moved)
        self.button = QPushButton()
        self.button.setObjectName("primary")
        self.button.clicked.connect(run.trigger)
        self._action = run
        self.add(self.list)
        for widget in (self.picture, self.open, self.method_name, self.method, self.contest, self.sliders, self.button):
            self.add(widget)
        self.column.addSpacing(STEP)
        self.column.addStretch()
        self.list.currentItemChanged.connect(lambda item, _: self._choose(item))
        self.method.currentTextChanged.connect(self._choose_method)
        self.show_subject()
        self.show_state(False)

    def show_subject(self) -> None:
        """Bring list, picture, method and sliders to what the bench has."""
        subjects = [*SUBJECTS, *self.bench.demos]
        self.list.blockSignals(True)
        for name in subjects[self.list.count() :]:
            self._list(name, Path(name).name, self.bench.demos[name].title)
        self.list.setCurrentRow(subjects.index(self.bench.subject))
        self.list.blockSignals(False)
        subject = self.bench.subject
        self.picture.setText(self.bench.data)
        self.open.setText("Choose meshes and pictures …" if subject == COMPARE else "Open a picture …")
        parts: tuple[QWidget, ...] = (self.picture, self.open)
        for widget in parts:
            widget.setVisible(subject in (PICTURE, COMPARE))
        for widget in (self.method, self.method_name):
            widget.setVisible(subject == PICTURE)
        self.contest.setVisible(subject == COMPARE)
        if subject == COMPARE:
            self.contest.refresh()
        self.sliders.show_controls(self.bench.controls(), self.bench.value)
        for slider in self.sliders.sliders.values():  # what is made late comes last in the window: Tab goes down to Run
            self.setTabOrder(self.button, slider)
            self.setTabOrder(slider, self.button)
        self.fit_list()

    def _list(self, name: str, text: str, words: str) -> None:
        item = QListWidgetItem(text)
        item.setData(Qt.ItemDataRole.UserRole, name)
        item.setToolTip(tip(words))
        self.list.addItem(item)

    def fit_list(self) -> None:
        """As high as its lines."""
        rows = self.list.count() * (max(1, self.list.sizeHintForRow(0)) + 2 * self.list.spacing())
        self.list.setFixedHeight(rows + 2 * self.list.frameWidth() + 2)

    def show_state(self, running: bool) -> None:
        self.button.setText("Stop" if running else "Run")
        self.button.setToolTip("End this run; what is shown stays  (Esc)" if running else self._action.toolTip())

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.bench.subject = item.data(Qt.ItemDataRole.UserRole)
            self.show_subject()
            self.chosen.emit()

    def _choose_method(self, name: str) -> None:
        self.bench.method = name
        self.show_subject()
        self.chosen.emit()

    def _on_moved(self, control: Control, value: float) -> None:
        if self.bench.set(control, value):
            self.moved.emit()
