"""A run that the window follows: pause, stop and keep, discard, save for later; and how each of them ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from shapefield_gui.children.engine import FINISH_NOW, KEEP, PAUSE, RESUME, STOP
from shapefield_gui.engine import EngineTask
from shapefield_gui.models.runs import FitRun
from shapefield_gui.models.session import DONE, FAILED, FINISHING, IDLE, PAUSED, RUNNING
from shapefield_gui.tab_context import TabContext


class Running(QObject):
    """At most one task at a time, in step with the tab's session.

    finished(result) : it was made;  ended() : after a task, whatever its end was
    """

    finished = pyqtSignal(object)
    ended = pyqtSignal()

    def __init__(
        self,
        work: TabContext,
        taken: Callable[[Any], str],
        dropped: Callable[[], None],
        resume: Callable[[Any], None],
    ) -> None:
        """taken(result) : keep and show it, and say in a sentence what it is;  dropped() : show no more of a run that
        was discarded;  resume(run) : go on with one that was interrupted"""
        super().__init__(work)
        self._work, self._taken, self._dropped, self._resume = work, taken, dropped, resume
        self.session = work.session
        self.task: EngineTask | None = None

    def follow(self, task: EngineTask) -> None:
        """Take a task that has just been asked for."""
        task.said.connect(self._event)
        task.done.connect(self._done)
        task.failed.connect(self._failed)
        task.stopped.connect(self._stopped)
        task.ended.connect(self._ended)
        self.task = task
        self._work.changed.emit()

    def toggle_pause(self) -> None:
        if self.task is None or self.session.state not in (RUNNING, PAUSED):
            return
        paused = self.session.state == PAUSED
        self.task.tell(RESUME if paused else PAUSE)
        self.session.move(RUNNING if paused else PAUSED)
        self._work.changed.emit()

    def stop(self) -> None:
        """Stop learning; what has been learnt is kept."""
        if self.task is not None and self.session.state != FINISHING:
            self.session.move(FINISHING)
            self.task.tell(FINISH_NOW)
            self._work.changed.emit()

    def discard(self) -> None:
        """Stop and forget."""
        if self.task is not None:
            self.task.tell(STOP)

    def keep(self) -> None:
        """Stop and save a checkpoint, to be resumed at another time."""
        if self.task is not None:
            self.task.tell(KEEP)

    def _event(self, event: Any) -> None:
        self.session.take(event)

    def _done(self, result: Any) -> None:
        self.session.move(DONE, self._taken(result))
        self.finished.emit(result)

    def _failed(self, message: str, details: str) -> None:
        run, buttons = self._work.run, ()
        if run is not None and run.checkpoint.is_file():
            buttons = (("Resume", lambda: self._resume(run)),)
            message += " What was learnt until the last checkpoint can be resumed."
        self.session.move(FAILED, message)
        self._work.say(message, "noticeBad", details, buttons)

    def _stopped(self, message: str) -> None:
        """message : what was kept, "" for nothing"""
        self.session.move(IDLE, message or "Discarded.")
        run: FitRun | None = self._work.run
        if not message and run is not None:
            self._work.run = None
            self._work.forget(run, "Discarded.")
            self._dropped()

    def _ended(self) -> None:
        self.task = None
        self._work.changed.emit()
        self.ended.emit()
