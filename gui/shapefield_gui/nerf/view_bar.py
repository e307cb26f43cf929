"""The strip above the free view: from where, what is drawn beside it, what is shown."""

from __future__ import annotations

from PyQt6.QtWidgets import QFrame, QHBoxLayout

from shapefield_gui.theme import STEP
from shapefield_gui.view.view_bar import named
from shapefield_gui.widgets.actions import Actions
from shapefield_gui.widgets.dock import tool

_PLACES = {"fit_view": "Fit view", "all_cameras": "All", "front": "Front", "top": "Top", "iso": "Iso"}
_SHOWN = {"colour": "Colour", "depth": "Depth", "opacity": "Opacity", "normals": "Normals"}
_MARKS = {"cameras": "Cameras", "box": "Box"}


class SceneViewBar(QFrame):
    """Buttons for the page's actions."""

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self.setObjectName("bar")
        row = QHBoxLayout(self)
        row.setContentsMargins(STEP, STEP // 2, STEP, STEP // 2)
        row.setSpacing(2)
        for name, text in _PLACES.items():
            row.addWidget(named(tool(actions[name]), text))
        row.addStretch()
        for name, text in _SHOWN.items():
            row.addWidget(named(tool(actions[name], "segment"), text))
        row.addSpacing(STEP)
        for name, text in _MARKS.items():
            row.addWidget(named(tool(actions[name]), text))
