"""Where a tab's panels stand: docks that can be moved, closed and brought back; the layout persists."""

from __future__ import annotations

from itertools import pairwise

from PyQt6.QtCore import QSettings, Qt
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QMainWindow, QTabWidget, QWidget

from shapefield_gui.widgets.dock import Dock

_VERSION = 4
_LEFT, _RIGHT = 280, 288
_RUN_HEIGHT = 104


class Layout:
    """What goes in on the left, what came out on the right, what is happening at the bottom."""

    def __init__(
        self,
        page: QMainWindow,
        name: str,
        left: dict[str, QWidget],
        right: dict[str, QWidget],
        run: QWidget,
        heights: tuple[tuple[int, int], tuple[int, int] | None],
    ) -> None:
        """name : for settings;  left, right : panels by title, two on the left; the first of the right stands above,
        the others are tabs below it;  heights : of the upper and lower ones on the left, and on the right, where None
        makes tabs of all"""
        self._page, self._key = page, f"{name}/layout"
        area = Qt.DockWidgetArea
        self._left = [Dock(title.lower(), title, panel, page, _LEFT) for title, panel in left.items()]
        self._right = [Dock(title.lower(), title, panel, page, _RIGHT) for title, panel in right.items()]
        bottom = Dock("run", "Run", run, page, bare=True)
        for place, docks in (
            (area.LeftDockWidgetArea, self._left),
            (area.RightDockWidgetArea, self._right),
            (area.BottomDockWidgetArea, [bottom]),
        ):
            for dock in docks:
                page.addDockWidget(place, dock)
        self.docks = {d.windowTitle(): d for d in (*self._left, *self._right, bottom)}
        page.setTabPosition(area.RightDockWidgetArea, QTabWidget.TabPosition.North)
        tabs = self._right if heights[1] is None else self._right[1:]
        for one, other in pairwise(tabs):
            page.tabifyDockWidget(one, other)
        tabs[0].raise_()
        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        page.resizeDocks([self._left[0], self._right[0]], [_LEFT, _RIGHT], across)
        page.resizeDocks(self._left, list(heights[0]), down)
        if heights[1] is not None:
            page.resizeDocks(self._right[:2], list(heights[1]), down)
        page.resizeDocks([bottom], [_RUN_HEIGHT], down)
        self._first = page.saveState(_VERSION)
        for k, dock in enumerate(self.docks.values(), 1):
            switch = dock.toggleViewAction()
            if switch is not None:
                switch.setShortcut(QKeySequence(f"Alt+{k}"))
        self._reset = QAction("Reset &layout", page)
        self._reset.setShortcut(QKeySequence("Ctrl+Alt+0"))
        self._reset.triggered.connect(lambda: page.restoreState(self._first, _VERSION))

    def actions(self) -> list[QAction | None]:
        """For the View menu: a switch for every dock, and the way back to the first layout."""
        return [*(d.toggleViewAction() for d in self.docks.values()), self._reset]

    def restore(self, settings: QSettings) -> None:
        state = settings.value(self._key)
        if state is not None:
            self._page.restoreState(state, _VERSION)

    def save(self, settings: QSettings) -> None:
        settings.setValue(self._key, self._page.saveState(_VERSION))
