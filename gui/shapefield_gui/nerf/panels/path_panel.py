"""A camera path and its video: keyframes, an orbit or a spiral; frames, size and speed."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QListWidget,
    QPushButton,
    QSpinBox,
    QToolButton,
)

from shapefield_gui.models import formatting
from shapefield_gui.nerf.models.scene import NerfScene
from shapefield_gui.nerf.panels.task_line import TaskLine
from shapefield_gui.theme import STEP
from shapefield_gui.widgets.dock import Panel, quiet, wrapping

WIDTHS = (160, 240, 320, 480, 640, 960, 1280)
KINDS = {"keyframes": "Through keyframes", "orbit": "Orbit", "spiral": "Spiral"}


class PathPanel(Panel):
    """changed(): another path, length or closing was chosen;  went(index): a keyframe was clicked"""

    changed = pyqtSignal()
    went = pyqtSignal(int)

    def __init__(self, scene: NerfScene, keyframe: QAction, film: QAction) -> None:
        super().__init__()
        self.scene = scene
        self.kind = QComboBox()
        self.kind.setAccessibleName("Camera path")
        for name, title in KINDS.items():
            self.kind.addItem(title, name)
        self.kind.setCurrentIndex(1)
        self.frames, self.rate = QSpinBox(), QSpinBox()
        self.frames.setRange(2, 10_000)
        self.frames.setValue(60)
        self.rate.setRange(1, 60)
        self.rate.setValue(24)
        self.rate.setSuffix(" fps")
        self.width_box = QComboBox()
        for width in WIDTHS:
            self.width_box.addItem(f"{width} px", width)
        self.width_box.setCurrentIndex(WIDTHS.index(320))
        self.closed = QCheckBox("Back to the first")
        self.closed.setToolTip("The path ends at the keyframe where it begins.")
        self.list = QListWidget()
        self.list.setAccessibleName("Keyframes")
        self.list.setMaximumHeight(110)
        self.list.itemActivated.connect(lambda item: self.went.emit(self.list.row(item)))
        self.list.itemClicked.connect(lambda item: self.went.emit(self.list.row(item)))
        self.add_button, self.drop_button = QPushButton("Add keyframe"), QPushButton("Remove")
        self.add_button.setToolTip(keyframe.toolTip())
        self.add_button.clicked.connect(keyframe.trigger)
        self.add_button.setEnabled(keyframe.isEnabled())
        keyframe.enabledChanged.connect(self.add_button.setEnabled)
        self.drop_button.clicked.connect(lambda: scene.drop_keyframe(self.list.currentRow()))
        self.order_buttons = [
            self._order_button("↑", "Earlier in the path", -1),
            self._order_button("↓", "Later in the path", 1),
        ]
        self.button = QPushButton("Export video …")
        self.button.setToolTip(film.toolTip())
        self.button.clicked.connect(film.trigger)
        self.button.setEnabled(film.isEnabled())
        film.enabledChanged.connect(self.button.setEnabled)
        self.length = quiet("")
        self.line = TaskLine()
        self._build()
        scene.listen(self._scene_changed)
        self.kind.currentIndexChanged.connect(lambda _: self._chosen())
        self.frames.valueChanged.connect(lambda _: self._chosen())
        self.rate.valueChanged.connect(lambda _: self._chosen())
        self.closed.toggled.connect(lambda _: self._chosen())
        self._chosen()

    def _build(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(STEP)
        grid.setVerticalSpacing(STEP)
        grid.setColumnStretch(1, 1)
        for row, (title, widget) in enumerate(
            (("Path", self.kind), ("Frames", self.frames), ("Frame rate", self.rate), ("Width", self.width_box))
        ):
            label = quiet(title)
            label.setBuddy(widget)
            if title != "Path":
                widget.setAccessibleName(title)
            grid.addWidget(label, row, 0)
            grid.addWidget(widget, row, 1)
        self.column.addLayout(grid)
        self.tip = wrapping("Move to where the path should pass, and press K.", "quiet")
        self.add(self.tip)
        self.add(self.list)
        row = QHBoxLayout()
        row.setSpacing(STEP // 2)
        row.addWidget(self.closed, 1)
        for button in self.order_buttons:
            row.addWidget(button)
        self.column.addLayout(row)
        row = QHBoxLayout()
        row.addWidget(self.add_button)
        row.addWidget(self.drop_button)
        self.column.addLayout(row)
        self.add(self.length)
        self.add(self.button)
        self.add(self.line)
        self.column.addStretch()

    def _order_button(self, sign: str, tip: str, by: int) -> QToolButton:
        button = QToolButton()
        button.setText(sign)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda: self._move(by))
        return button

    def _move(self, by: int) -> None:
        """Put the chosen keyframe earlier or later; it stays chosen."""
        row = self.list.currentRow()
        if row >= 0 and 0 <= row + by < self.list.count():
            self.scene.move_keyframe(row, row + by)
            self.list.setCurrentRow(row + by)

    def _scene_changed(self, what: str) -> None:
        if what == "keyframes":
            added = len(self.scene.keyframes) > self.list.count()
            row = len(self.scene.keyframes) - 1 if added else self.list.currentRow()
            self.list.clear()
            for k in range(len(self.scene.keyframes)):
                self.list.addItem(f"Keyframe {k + 1}")
            self.list.setCurrentRow(min(row, self.list.count() - 1))
            if self.scene.keyframes and self.chosen != "keyframes":
                self.kind.setCurrentIndex(0)
            else:
                self._chosen()

    def _chosen(self) -> None:
        by_keys = self.chosen == "keyframes"
        for part in (self.closed, self.drop_button, *self.order_buttons):
            part.setVisible(by_keys)
        self.tip.setVisible(by_keys and len(self.scene.keyframes) < 2)
        self.list.setVisible(by_keys and bool(self.scene.keyframes))
        self.drop_button.setEnabled(bool(self.scene.keyframes))
        for button in self.order_buttons:
            button.setEnabled(len(self.scene.keyframes) > 1)
        self.length.setText(f"{formatting.seconds(self.frames.value() / self.rate.value())} of video")
        self.changed.emit()

    @property
    def chosen(self) -> str:
        """ "keyframes", "orbit" or "spiral"."""
        return self.kind.currentData()
