"""What every tab that trains shares: its engine processes, the session that is watched, and the run on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from shapefield_gui.children import engine as process
from shapefield_gui.engine import Engine
from shapefield_gui.models.runs import FitRun
from shapefield_gui.models.session import FitSession


class Workplace(QObject):
    """changed(): something was opened, learnt or closed, or a run began or ended.

    run : the fit or the training that runs, or that ran last
    """

    changed = pyqtSignal()

    def __init__(self, say: Callable[..., Callable[[], None]], session: FitSession, parent: QObject) -> None:
        """say : shows a notice, see `tabs.Services`"""
        super().__init__(parent)
        self.say, self.session = say, session
        self.run: FitRun | None = None
        self._engines: list[Engine] = []

    def engine(self, name: str, main: Any = process.main) -> Engine:
        """One more process that works for this tab."""
        made = Engine(name, self, main)
        made.said.connect(self.say)
        self._engines.append(made)
        return made

    def complain(self, message: str, details: str = "") -> None:
        """An error as a notice."""
        self.say(message, "noticeBad", details)

    def close(self) -> None:
        """End all child processes."""
        for engine in self._engines:
            engine.close()
