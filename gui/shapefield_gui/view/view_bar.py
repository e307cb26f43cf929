"""The strips above and below the 3D view: from where, how shaded; original, fitted or both."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QSlider, QToolButton

from shapefield_gui.models.scene import ShapeScene
from shapefield_gui.theme import STEP
from shapefield_gui.widgets.actions import Actions
from shapefield_gui.widgets.dock import begin_segments, tool
from shapefield_gui.widgets.folding_bar import FoldingBar
from shapefield_gui.widgets.plain import PlainLabel, tip

_SHORT = {"fit_view": "Fit view", "front": "Front", "right": "Right", "top": "Top", "iso": "Iso", "ortho": "Ortho",
          "edges": "Edges", "lit": "Clay", "heat": "Error", "colors": "Colours", "normals": "Normals"}  # fmt: skip


class ViewBar(FoldingBar):
    """Presets and shading, above the view."""

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        for rank, name in ((0, "fit_view"), (3, "front"), (4, "right"), (5, "top"), (6, "iso")):
            self.fold(named(tool(actions[name]), _SHORT[name]), rank)
        self.row.addWidget(self.more)
        self.row.addStretch()
        for name in ("lit", "heat", "colors", "normals"):
            button = named(tool(actions[name], "segment"), _SHORT[name])
            self.row.addWidget(begin_segments(button) if name == "lit" else button)
        self.row.addSpacing(STEP)
        for rank, name in ((1, "edges"), (2, "ortho")):
            self.fold(named(tool(actions[name]), _SHORT[name]), rank)
        self.finish([actions[name] for name in ("back", "left", "bottom", "z_up")])


def named(button: QToolButton, text: str) -> QToolButton:
    """A shorter word than the menu's; the action would set it back whenever it changes."""
    action = button.defaultAction()
    button.setText(text)
    if action is not None:
        action.changed.connect(lambda: button.setText(text))
    return button


_ROOM_FOR_WORDS = 600
"""Logical pixels from which the slider's value is written beside it."""


class ModeBar(QFrame):
    """What is shown, below the view, with the slider that belongs to it."""

    def __init__(self, actions: Actions, scene: ShapeScene) -> None:
        super().__init__()
        self.setObjectName("lowerBar")
        self.scene = scene
        row = QHBoxLayout(self)
        row.setContentsMargins(STEP, STEP // 2, STEP, STEP // 2)
        row.setSpacing(0)
        for name in ("original", "marks", "fitted", "both", "side", "split"):
            button = tool(actions[name], "segment")
            row.addWidget(begin_segments(button) if name == "original" else button)
            if name == "marks":  # no room is held for what a clean mesh has not
                button.setVisible(actions[name].isEnabled())
                actions[name].enabledChanged.connect(button.setVisible)
            elif name == "side":
                named(button, "Side")
        self.amount = QSlider(Qt.Orientation.Horizontal)
        self.amount.setRange(0, 100)
        self.amount.setMinimumWidth(32)
        self.amount.setMaximumWidth(120)
        self.amount.setAccessibleName("Share of the fitted surface")
        self.amount.valueChanged.connect(self._slid)
        self.label = PlainLabel("")
        self.label.setObjectName("quiet")
        self.label.setMinimumWidth(104 + STEP)
        self.label.setContentsMargins(STEP, 0, 0, 0)
        row.addSpacing(STEP)
        row.addWidget(self.amount, 2)
        row.addWidget(self.label)
        row.addStretch(1)
        scene.listen(lambda _: self.refresh())
        self.refresh()

    def _slid(self, value: int) -> None:
        if self.scene.look.mode == "both":
            self.scene.change(opacity=value / 100)
        elif self.scene.look.mode == "split":
            self.scene.change(border=min(max(value / 100, 0.02), 0.98))

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self.refresh()

    def refresh(self) -> None:
        look = self.scene.look
        value = {"both": look.opacity, "split": look.border}.get(look.mode)
        on = value is not None
        self.amount.setVisible(on)
        self.label.setVisible(on and self.width() >= _ROOM_FOR_WORDS)
        if value is not None:
            self.amount.blockSignals(True)
            self.amount.setValue(round(value * 100))
            self.amount.blockSignals(False)
            words = f"{value * 100:.0f} % fitted" if look.mode == "both" else f"split at {value * 100:.0f} %"
            self.label.setText(words)
            self.amount.setToolTip(tip(words))
            self.amount.setAccessibleName(
                "Opacity of the fitted surface" if look.mode == "both" else "Place of the split"
            )
