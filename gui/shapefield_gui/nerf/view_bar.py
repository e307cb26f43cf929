"""The strip above the free view: from where, what is drawn beside it, what is shown."""

from __future__ import annotations

from shapefield_gui.theme import STEP
from shapefield_gui.view.view_bar import named
from shapefield_gui.widgets.actions import Actions
from shapefield_gui.widgets.dock import begin_segments, tool
from shapefield_gui.widgets.folding_bar import FoldingBar

_PLACES = {"fit_view": "Fit view", "all_cameras": "All", "front": "Front", "top": "Top", "iso": "Iso"}
_SHOWN = {"colour": "Colour", "depth": "Depth", "opacity": "Opacity", "normals": "Normals"}
_MARKS = {"cameras": "Cameras", "box": "Box"}


class SceneViewBar(FoldingBar):
    """Buttons for the page's actions."""

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        for rank, (name, text) in enumerate(_PLACES.items()):
            self.fold(named(tool(actions[name]), text), rank + len(_MARKS))
        self.row.addWidget(self.more)
        self.row.addStretch()
        for k, (name, text) in enumerate(_SHOWN.items()):
            button = named(tool(actions[name], "segment"), text)
            self.row.addWidget(begin_segments(button) if k == 0 else button)
        self.row.addSpacing(STEP)
        for rank, (name, text) in enumerate(_MARKS.items()):
            self.fold(named(tool(actions[name]), text), rank)
        self.finish()
