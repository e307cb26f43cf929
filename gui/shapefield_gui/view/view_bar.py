"""The strips above and below the 3D view: from where, how shaded; original, fitted or both."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QSlider, QToolButton

from shapefield_gui.models.scene import Scene
from shapefield_gui.theme import STEP
from shapefield_gui.widgets.actions import Actions
from shapefield_gui.widgets.dock import begin_segments, tool

_SHORT = {"fit_view": "Fit view", "front": "Front", "right": "Right", "top": "Top", "iso": "Iso", "ortho": "Ortho",
          "edges": "Edges", "lit": "Clay", "heat": "Error", "colors": "Colours", "normals": "Normals"}  # fmt: skip


class ViewBar(QFrame):
    """Presets and shading, above the view."""

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self.setObjectName("bar")
        row = QHBoxLayout(self)
        row.setContentsMargins(STEP, STEP // 2, STEP, STEP // 2)
        row.setSpacing(2)
        for name in ("fit_view", "front", "right", "top", "iso"):
            row.addWidget(named(tool(actions[name]), _SHORT[name]))
        more = QToolButton()
        more.setText("More ▾")
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        more.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        menu = QMenu(more)
        for name in ("back", "left", "bottom", "z_up"):
            menu.addAction(actions[name])
        more.setMenu(menu)
        row.addWidget(more)
        row.addStretch()
        for name in ("lit", "heat", "colors", "normals"):
            button = named(tool(actions[name], "segment"), _SHORT[name])
            row.addWidget(begin_segments(button) if name == "lit" else button)
        row.addSpacing(STEP)
        row.addWidget(named(tool(actions["edges"]), _SHORT["edges"]))
        row.addWidget(named(tool(actions["ortho"]), _SHORT["ortho"]))


def named(button: QToolButton, text: str) -> QToolButton:
    """A shorter word than the menu's; the action would set it back whenever it changes."""
    action = button.defaultAction()
    button.setText(text)
    if action is not None:
        action.changed.connect(lambda: button.setText(text))
    return button


class ModeBar(QFrame):
    """What is shown, below the view, with the slider that belongs to it."""

    def __init__(self, actions: Actions, scene: Scene) -> None:
        super().__init__()
        self.setObjectName("bar")
        self.scene = scene
        row = QHBoxLayout(self)
        row.setContentsMargins(STEP, STEP // 2, STEP, STEP // 2)
        row.setSpacing(0)
        row.addStretch()
        for name in ("original", "fitted", "both", "side", "split"):
            button = tool(actions[name], "segment")
            row.addWidget(begin_segments(button) if name == "original" else button)
        self.amount = QSlider(Qt.Orientation.Horizontal)
        self.amount.setRange(0, 100)
        self.amount.setFixedWidth(120)
        self.amount.setAccessibleName("Share of the fitted surface")
        self.amount.valueChanged.connect(self._slid)
        self.label = QLabel("")
        self.label.setObjectName("quiet")
        self.label.setMinimumWidth(104)
        row.addSpacing(STEP)
        row.addWidget(self.amount)
        row.addSpacing(STEP)
        row.addWidget(self.label)
        row.addStretch()
        scene.listen(lambda _: self.refresh())
        self.refresh()

    def _slid(self, value: int) -> None:
        if self.scene.look.mode == "both":
            self.scene.change(opacity=value / 100)
        elif self.scene.look.mode == "split":
            self.scene.change(border=min(max(value / 100, 0.02), 0.98))

    def refresh(self) -> None:
        look = self.scene.look
        value = {"both": look.opacity, "split": look.border}.get(look.mode)
        on = value is not None
        for widget in (self.amount, self.label):
            widget.setVisible(on)
        if value is not None:
            self.amount.blockSignals(True)
            self.amount.setValue(round(value * 100))
            self.amount.blockSignals(False)
            self.label.setText(
                f"{value * 100:.0f} % fitted" if look.mode == "both" else f"split at {value * 100:.0f} %"
            )
            self.amount.setAccessibleName(
                "Opacity of the fitted surface" if look.mode == "both" else "Place of the split"
            )
