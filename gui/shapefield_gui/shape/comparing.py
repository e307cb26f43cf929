"""Fit the same mesh with several methods, one after another: each becomes an entry of the list of results."""

from __future__ import annotations

from typing import Any

from PyQt6.QtCore import QObject

from shapefield.config import FitConfig
from shapefield.errors import OutputError
from shapefield.events import Progress, Stage
from shapefield.settings import fit_config
from shapefield_gui import paths
from shapefield_gui.children.engine import STOP
from shapefield_gui.children.records import Fitted
from shapefield_gui.engine import EngineTask
from shapefield_gui.models import runs
from shapefield_gui.models.result_list import COMPARED, ResultEntry, title
from shapefield_gui.models.session import STAGES
from shapefield_gui.shape.context import ShapeContext
from shapefield_gui.shape.fitting import work_seconds
from shapefield_gui.shape.keeping_results import KeepingResults

RESOLUTION = 128
"""Cells of every method's surface."""


class Comparing(QObject):
    """Fits one method after another; those that wait say so in the list. A fit of the plan goes before what waits."""

    def __init__(self, work: ShapeContext, keeping: KeepingResults) -> None:
        super().__init__(work)
        self.work, self.keeping = work, keeping
        self.task: EngineTask | None = None
        self.entry: ResultEntry | None = None
        self._queue: list[ResultEntry] = []
        self._made: list[ResultEntry] = []
        self._seconds = 10.0

    @property
    def running(self) -> bool:
        return self.task is not None

    def begin(self, methods: list[str], seconds: float) -> None:
        """Put an entry for each method into the list, and start."""
        work = self.work
        if work.reference is None or self.running:
            return
        self._seconds, self._made = seconds, []
        for name in methods:
            try:
                run = runs.begin(paths.runs(), work.reference, {"method": name, "compared": True})
            except OutputError as error:
                work.complain(str(error))
                break
            work.hold(run)
            entry = ResultEntry(COMPARED, run, title(COMPARED, run), name, runs.now(), state="waits")
            entry.surface = {"resolution": RESOLUTION}
            work.results.add(entry)
            self._queue.append(entry)
        self._next()

    def stop(self) -> None:
        """End what runs, forget what waits; what is finished stays."""
        for entry in self._queue:
            self._drop(entry)
        self._queue = []
        if self.task is not None:
            self.task.tell(STOP)

    def config(self, name: str) -> FitConfig:
        """What a method is fitted with: the same for all."""
        return fit_config(method=name, budget=self._seconds, resolution=RESOLUTION, checkpoint_every=0.0)

    def _next(self) -> None:
        work = self.work
        if not self._queue:
            self.entry = None
            if self._made and not work.session.active:
                self.keeping.compare(self._made)
                self.keeping.panel.select(self._made)
            work.changed.emit()
            return
        entry = self.entry = self._queue.pop(0)
        task = self.task = work.fitter.run(
            "fit", path=entry.path, field=str(entry.run.field), config=self.config(entry.method), previews=0.0
        )
        entry.state = "starting"
        task.said.connect(lambda event: self._progress(entry, event))
        task.done.connect(lambda fitted: self._done(entry, fitted))
        task.failed.connect(lambda message, _: self._failed(entry, message))
        task.stopped.connect(lambda _: self._drop(entry))
        task.ended.connect(self._ended)
        work.results.tell()
        work.changed.emit()

    def _progress(self, entry: ResultEntry, event: Any) -> None:
        said = ""
        if isinstance(event, Stage):
            said = STAGES.get(event.name, event.name)
        elif isinstance(event, Progress) and event.total:
            said = f"{STAGES.get(event.stage, event.stage)} {100 * event.done / event.total:.0f} %"
        if said and said != entry.state:
            entry.state = said
            self.work.results.tell()

    def _done(self, entry: ResultEntry, fitted: Fitted) -> None:
        self._made.append(entry)
        self.keeping.complete(entry, fitted, work_seconds(fitted))

    def _failed(self, entry: ResultEntry, message: str) -> None:
        self.work.complain(f"{entry.method}: {message}")
        self._drop(entry)

    def _drop(self, entry: ResultEntry) -> None:
        """Nothing came of it."""
        self.work.results.remove(entry)
        self.work.forget(entry.run, "Stopped.")

    def _ended(self) -> None:
        self.task = None
        self._next()
