"""Asks once before a finished result that was never exported leaves the window: for another file, or at its end."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QObject, QSettings
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QWidget

from shapefield_gui.models.keeping import OLDEST_DAYS
from shapefield_gui.tab_context import TabContext
from shapefield_gui.widgets.questions import ask_leave

SETTING = "ask about what was not exported"


class Leaving(QObject):
    """One per tab, for its tab's `unsaved`."""

    def __init__(self, work: TabContext, settings: QSettings, page: QWidget, export: QAction, lost: str) -> None:
        """export : the command that saves the result;  lost : what is not kept anywhere, as a sentence begins"""
        super().__init__(work)
        self.work, self.settings, self.page, self.export, self.lost = work, settings, page, export, lost

    @property
    def asks(self) -> bool:
        """There is something to ask about, and the person wants to be asked."""
        return bool(self.work.unsaved) and str(self.settings.value(SETTING, True)).lower() != "false"

    def then(self, how: str, go: Callable[[], None]) -> None:
        """Do `go`, at once or when the answer is yes. how : what is done, as "Close" or "Open torus.obj" """
        if not self.asks:
            go()
            return
        kept = f"What was learnt stays under File, Earlier results, for {OLDEST_DAYS} days. {self.lost} is lost."

        def leave() -> None:
            self.work.unsaved = ""
            go()

        def again(on: bool) -> None:
            self.settings.setValue(SETTING, on)

        ask_leave(self.page, how, f"{self.work.unsaved} was not exported.", kept, leave, self.export.trigger, again)
