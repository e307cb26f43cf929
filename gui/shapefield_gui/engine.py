"""The window's end of an engine process: jobs in, events out as Qt signals; a dead process is noticed and replaced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from shapefield.events import Done, Event
from shapefield_gui.children import engine
from shapefield_gui.children.answering import Answer, Question, Unanswered
from shapefield_gui.children.engine import Failed, JobEvent, JobSignal, JobStart, Stopped
from shapefield_gui.children.process import Child


class EngineTask(QObject):
    """One job in the engine process.

    said(event) : Stage, Progress, Preview, Notice;  done(result);  failed(message, details);  stopped(message);
    ended() : after any of the last three
    """

    said = pyqtSignal(object)
    done = pyqtSignal(object)
    failed = pyqtSignal(str, str)
    stopped = pyqtSignal(str)
    ended = pyqtSignal()

    def __init__(self, number: int, name: str, tell: Callable[[JobSignal], None]) -> None:
        super().__init__()
        self.number, self.name = number, name
        self.running = True
        self._tell = tell

    def tell(self, word: str) -> None:
        """Send PAUSE, RESUME, STOP, KEEP or FINISH_NOW."""
        if self.running:
            self._tell(JobSignal(self.number, word))

    def take(self, message: JobEvent | Failed | Stopped) -> None:
        if not self.running:
            return
        event: Event | None = message.event if isinstance(message, JobEvent) else None
        if event is not None and not isinstance(event, Done):
            self.said.emit(event)
            return
        self.running = False
        if isinstance(event, Done):
            self.done.emit(event.result)
        elif isinstance(message, Failed):
            self.failed.emit(message.message, message.details)
        elif isinstance(message, Stopped):
            self.stopped.emit(message.message)
        self.ended.emit()


class EngineProcess(QObject):
    """Keeps one engine process; starts it with the first job.

    said(str) : one line for the user;  answered(content) : a piece of an answer;  lost() : the process died
    """

    said = pyqtSignal(str)
    answered = pyqtSignal(object)
    lost = pyqtSignal()
    _arrived = pyqtSignal(object, object)
    _ended = pyqtSignal(object, object)

    def __init__(self, name: str, parent: QObject | None = None, main: Any = engine.main) -> None:
        super().__init__(parent)
        self.name = name
        self._main = main
        self._child: Child | None = None
        self._tasks: dict[int, EngineTask] = {}
        self._count = 0
        self._arrived.connect(self._on_message)
        self._ended.connect(self._on_death)

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    @property
    def busy(self) -> bool:
        return bool(self._tasks)

    def run(self, job: str, **arguments: Any) -> EngineTask:
        """Begin a job (after those that were asked for before it)."""
        if self._child is None:
            self._child = Child(
                self._main,
                f"shapefield {self.name}",
                lambda message: self._arrived.emit(self._child, message),
                lambda code: self._ended.emit(self._child, code),
            )
        self._count += 1
        child = self._child
        task = EngineTask(self._count, job, child.send)
        self._tasks[self._count] = task
        child.send(JobStart(self._count, job, arguments))
        return task

    def ask(self, what: Any) -> None:
        """Put a question to the process, if there is one; a newer one of its type takes its place."""
        if self._child is not None:
            self._child.send(Question(what))

    def when_idle(self, then: Callable[[], None]) -> None:
        """Call `then` once, when the job that runs last now has ended; at once if there is none."""
        if not self._tasks:
            then()
        else:
            list(self._tasks.values())[-1].ended.connect(then)

    def _on_message(self, child: Child, message: Any) -> None:
        if child is not self._child:
            return
        if isinstance(message, Answer):
            self.answered.emit(message.content)
            return
        if isinstance(message, Unanswered):
            self.said.emit(message.message)
            return
        task = self._tasks.get(message.number)
        if task is not None:
            task.take(message)
            if not task.running:
                self._tasks.pop(message.number, None)

    def _on_death(self, child: Child, code: int | None) -> None:
        if child is not self._child:
            return
        child.close(0.0)
        self._child = None
        tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            task.take(Failed(task.number, died(code, task.name)))
        self.lost.emit()

    def close(self, patience: float = 0.5) -> None:
        """End the process, whatever it is doing."""
        child, self._child = self._child, None
        self._tasks.clear()
        if child is not None:
            child.close(patience)


_WORDS = {
    "fit": "The fit",
    "train": "The training",
    "extract": "The extraction",
    "open": "Opening the file",
    "film": "The video",
    "export": "The export",
}
"""What a job is called when its process is gone."""


def died(code: int | None, job: str) -> str:
    """One line on why the process is gone."""
    what = _WORDS.get(job, "The engine")
    if code == -9:
        why = "its process was killed (often: not enough memory)"
    else:
        why = f"its process ended unexpectedly (code {code})"
    rest = "" if job in ("fit", "train") else " Try it again."  # who follows a run knows what is left of it
    return f"{what} stopped: {why}.{rest}"
