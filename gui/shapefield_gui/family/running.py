"""The Family tab's process: one job at a time, and the newest question for a picture."""

from __future__ import annotations

from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from shapefield.events import Notice, Progress
from shapefield_gui.children.engine import FINISH_NOW, KEEP
from shapefield_gui.engine import EngineProcess, EngineTask
from shapefield_gui.family import jobs
from shapefield_gui.family.records import CodedSurface, OpenedFamily, ShapeQuestion, Thumb


class FamilyRunning(QObject):
    """opened(OpenedFamily);  thumb(Thumb);  seen(CodedSurface);  progress(share);  finished(job, result);
    changed(): a job began or ended;  noticed(text);  trouble(message, details)
    """

    opened = pyqtSignal(object)
    thumb = pyqtSignal(object)
    seen = pyqtSignal(object)
    progress = pyqtSignal(float)
    finished = pyqtSignal(str, object)
    changed = pyqtSignal()
    noticed = pyqtSignal(str)
    trouble = pyqtSignal(str, str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.engine = EngineProcess("family", self, jobs.main)
        self.engine.said.connect(self.noticed)
        self.engine.answered.connect(self._answered)
        self.task: EngineTask | None = None
        self.job = ""
        """What it is, "" where nothing runs."""

    def warm(self) -> None:
        """Start the process, with what a family needs already imported."""
        self.engine.run("warm")

    def start(self, job: str, **arguments: Any) -> None:
        """Begin a job; the caller has seen that none runs."""
        task = self.task = self.engine.run(job, **arguments)
        self.job = job
        task.said.connect(self._take)
        task.done.connect(lambda result, j=job: self.finished.emit(j, result))
        task.failed.connect(self.trouble)
        task.stopped.connect(lambda text: self.noticed.emit(text) if text else None)
        task.ended.connect(self._end)
        self.changed.emit()

    def ask(self, look: ShapeQuestion | None) -> None:
        """Ask for a picture."""
        if look is not None:
            self.engine.ask(look)

    def stop(self) -> None:
        """End the job; what a training has learnt is kept."""
        if self.task is not None:
            self.task.tell(KEEP)

    def finish(self) -> None:
        """Take what the training has learnt."""
        if self.task is not None:
            self.task.tell(FINISH_NOW)

    def close(self) -> None:
        self.engine.close()

    def _take(self, event: Any) -> None:
        if isinstance(event, OpenedFamily):
            self.opened.emit(event)
        elif isinstance(event, Thumb):
            self.thumb.emit(event)
        elif isinstance(event, Notice):
            self.noticed.emit(event.message)
        elif isinstance(event, Progress) and event.total:
            self.progress.emit(event.done / event.total)

    def _answered(self, content: Any) -> None:
        if isinstance(content, CodedSurface):
            self.seen.emit(content)

    def _end(self) -> None:
        self.task, self.job = None, ""
        self.changed.emit()
