"""Runs of the Lab in its own process: one at a time, a newer one takes the older one's place."""

from __future__ import annotations

from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from shapefield.events import Notice, Progress
from shapefield_gui import paths
from shapefield_gui.children.engine import STOP
from shapefield_gui.engine import EngineProcess, EngineTask
from shapefield_gui.lab import jobs
from shapefield_gui.lab.model import COMPARE, REPORT, Bench


class LabRunning(QObject):
    """shown(): the board has something new;  changed(): a run began or ended;  trouble(message, details);
    noticed(text);  reported(path): a comparison's report is written
    """

    shown = pyqtSignal()
    changed = pyqtSignal()
    trouble = pyqtSignal(str, str)
    noticed = pyqtSignal(str)
    reported = pyqtSignal(str)

    def __init__(self, bench: Bench, parent: QObject) -> None:
        super().__init__(parent)
        self.bench = bench
        self.engine = EngineProcess("lab", self, jobs.main)
        self.engine.said.connect(self.noticed)
        self.task: EngineTask | None = None
        self.progress: Progress | None = None
        self.ended_well = False
        self._of = ""

    def warm(self) -> None:
        """Start the process, with what every run needs already imported."""
        self.engine.run("warm")

    def start(self) -> None:
        """Run what the bench says; the board before becomes the ghost."""
        self.stop()
        of = f"{self.bench.subject} {self.bench.method} {self.bench.data}"
        self.bench.begin(same=of == self._of and bool(self.bench.board.plots))
        name, arguments = self.bench.job()
        if name == COMPARE:
            folder = paths.runs() / "compare"
            folder.mkdir(exist_ok=True)
            arguments["report"] = str(folder / REPORT)
        self._of, self.progress, self.ended_well = of, None, False
        task = self.task = self.engine.run(name, **arguments)
        task.said.connect(lambda event, t=task: self._take(t, event))
        task.failed.connect(lambda message, details, t=task: self._failed(t, message, details))
        task.done.connect(lambda result, t=task: self._done(t, result))
        task.stopped.connect(lambda _, t=task: self._end(t, False))
        self.changed.emit()

    def stop(self) -> None:
        """End the run, if there is one; what it has shown stays."""
        task, self.task = self.task, None
        if task is not None:
            task.tell(STOP)
            self.changed.emit()

    def clear(self) -> None:
        """End the run and forget how it ended."""
        self.stop()
        self.progress, self.ended_well = None, False

    def look_into(self, path: str) -> EngineTask:
        """Ask what a file of one's own demonstrates, which runs it."""
        return self.engine.run("look into", path=path)

    def save(self, path: str) -> EngineTask:
        """Write what is shown to a PNG, after the run that is under way."""
        b = self.bench
        return self.engine.run("save", board=b.board, title=b.title, see=b.see, path=path)

    def save_fitted(self, path: str) -> EngineTask:
        """Write the picture that was fitted last, as a `.field` or as a picture."""
        return self.engine.run("save fitted", path=path)

    def close(self) -> None:
        self.engine.close()

    def _take(self, task: EngineTask, event: Any) -> None:
        if task is not self.task:
            return
        if isinstance(event, Progress):
            self.progress = event
        elif isinstance(event, Notice):
            self.noticed.emit(event.message)
        else:
            self.bench.board.take(event)
        self.shown.emit()

    def _done(self, task: EngineTask, result: Any) -> None:
        if task is self.task and isinstance(result, str):
            self.reported.emit(result)
        self._end(task, True)

    def _failed(self, task: EngineTask, message: str, details: str) -> None:
        if task is self.task:
            self.trouble.emit(message, details)
        self._end(task, False)

    def _end(self, task: EngineTask, well: bool) -> None:
        if task is self.task:
            self.task, self.ended_well = None, well
            self.changed.emit()
