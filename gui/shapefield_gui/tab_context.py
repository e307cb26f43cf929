"""What every tab that trains shares: its engine processes, the session that is watched, and the run on disk."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from shapefield.errors import OutputError
from shapefield_gui.children import engine as process
from shapefield_gui.engine import EngineProcess
from shapefield_gui.models import keeping, runs
from shapefield_gui.models.runs import FitRun, Run
from shapefield_gui.models.session import FitSession


class TabContext(QObject):
    """changed(): something was opened, learnt or closed, or a run began or ended;
    kept_changed(): a run was put into the trash, or taken out of it.

    run : the fit or the training that runs, or that ran last
    unsaved : what a result is called that was finished here and never exported, "" where there is none
    """

    changed = pyqtSignal()
    kept_changed = pyqtSignal()

    def __init__(self, say: Callable[..., Callable[[], None]], session: FitSession, parent: QObject) -> None:
        """say : shows a notice, see `tabs.Services`"""
        super().__init__(parent)
        self.say, self.session = say, session
        self.run: FitRun | None = None
        self.unsaved = ""
        self._folders: set[Path] = set()
        self._engines: list[EngineProcess] = []

    def engine(self, name: str, main: Any = process.main) -> EngineProcess:
        """One more process that works for this tab."""
        made = EngineProcess(name, self, main)
        made.said.connect(self.say)
        self._engines.append(made)
        return made

    def complain(self, message: str, details: str = "") -> None:
        """An error as a notice."""
        self.say(message, "noticeBad", details)

    def hold(self, run: FitRun) -> None:
        """Keep the run's folder for as long as the window lives. Raises nothing: another window may keep it instead."""
        with contextlib.suppress(OutputError):
            keeping.hold(run.folder)
            self._folders.add(run.folder)

    def forget(self, run: FitRun, what: str) -> None:
        """Put a run into the trash, and say how it comes back. what : what is gone, as a sentence"""
        try:
            place = run.forget()
        except OutputError as error:
            self.complain(str(error))
            return
        self._folders.discard(run.folder)
        self.kept_changed.emit()
        gone = runs.at(place, type(run))
        if gone is not None and gone.worth:
            undo = (("Undo", functools.partial(self.take_back, gone)),)
            self.say(f"{what} It can be taken back for {keeping.TRASH_DAYS} days.", "noticeGood", "", undo)

    def take_back(self, run: Run) -> Run | None:
        """Take a run out of the trash, and say where it is."""
        try:
            back = runs.at(keeping.restore(run.folder), type(run))
        except OutputError as error:
            self.complain(str(error))
            return None
        self.say("It is back, under File, Earlier results.", "noticeGood")
        self.kept_changed.emit()
        return back

    def close(self) -> None:
        """End all child processes, and let go of the runs."""
        for engine in self._engines:
            engine.close()
        for folder in self._folders:
            keeping.release(folder)
