"""A run that the window follows: pause, stop and keep, discard, save for later. Subclasses know what it makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from shapefield_gui.children.engine import FINISH_NOW, KEEP, PAUSE, RESUME, STOP
from shapefield_gui.engine import Task
from shapefield_gui.models.session import FINISHING, PAUSED, RUNNING, FitSession


class Running(QObject):
    """At most one task at a time, in step with a session. ended() : after it, whatever its end was"""

    ended = pyqtSignal()

    def __init__(self, session: FitSession, changed: Callable[[], None], parent: QObject) -> None:
        """changed : called when a task begins, pauses, goes on or ends"""
        super().__init__(parent)
        self.session, self._changed = session, changed
        self.task: Task | None = None

    def follow(self, task: Task) -> None:
        """Take a task that has just been asked for."""
        task.said.connect(self._event)
        task.done.connect(self._done)
        task.failed.connect(self._failed)
        task.stopped.connect(self._stopped)
        task.ended.connect(self._ended)
        self.task = task
        self._changed()

    def toggle_pause(self) -> None:
        if self.task is None or self.session.state not in (RUNNING, PAUSED):
            return
        paused = self.session.state == PAUSED
        self.task.tell(RESUME if paused else PAUSE)
        self.session.move(RUNNING if paused else PAUSED)
        self._changed()

    def stop(self) -> None:
        """Stop learning; what has been learnt is kept."""
        if self.task is not None and self.session.state != FINISHING:
            self.session.move(FINISHING)
            self.task.tell(FINISH_NOW)
            self._changed()

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
        raise NotImplementedError

    def _failed(self, message: str, details: str) -> None:
        raise NotImplementedError

    def _stopped(self, message: str) -> None:
        """message : what was kept, "" for nothing"""
        raise NotImplementedError

    def _ended(self) -> None:
        self.task = None
        self._changed()
        self.ended.emit()
