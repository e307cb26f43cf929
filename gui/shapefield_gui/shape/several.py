"""Several files at once: entries of the list of results, read one after another, fitted or repaired by the batch code.

What is made of one is moved into a run of its own as soon as it is there: an entry like any other. What nothing came
of says why in its line.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from shapefield.errors import OutputError
from shapefield.events import Progress
from shapefield.mesh.sniffing import named_as_mesh
from shapefield_gui import paths
from shapefield_gui.children.engine import STOP
from shapefield_gui.children.records import REPAIR, Ended, Opened
from shapefield_gui.engine import EngineTask
from shapefield_gui.models import formatting, runs
from shapefield_gui.models.result_list import FIT, GIVEN, ResultEntry, given, title
from shapefield_gui.models.runs import FitRun, RepairRun
from shapefield_gui.shape.context import ShapeContext
from shapefield_gui.shape.keeping_results import KeepingResults
from shapefield_gui.shape.opening import Opening
from shapefield_gui.widgets import thumbnails

_WAITS = "waits"
_KEPT_S = 7 * 86_400
_DOES = {FIT: "Fitting", REPAIR: "Repairing"}
_DONE = {FIT: "fitted", REPAIR: "repaired"}


class Several(QObject):
    """progressed() : `share` is another one;  ended(text) : all are done, or stopped.  share : 0..1 of the files"""

    progressed = pyqtSignal()
    ended = pyqtSignal(str)

    def __init__(self, work: ShapeContext, opening: Opening, keeping: KeepingResults) -> None:
        super().__init__(work)
        self.work, self.opening, self.keeping = work, opening, keeping
        self.engine = work.engine("several")
        self.task: EngineTask | None = None
        self._reading: EngineTask | None = None
        self._making: list[ResultEntry] = []
        self.share: float | None = None

    @property
    def running(self) -> bool:
        return self.task is not None

    # files

    @property
    def waiting(self) -> list[ResultEntry]:
        """Meshes that nothing was made of yet, in the order of the list."""
        return [e for e in self.work.results.entries if e.kind == GIVEN and named_as_mesh(e.path)]

    def add(self, paths: Sequence[str]) -> None:
        """Put files into the list, and read one after another."""
        here = {e.path for e in self.work.results.entries if e.kind == GIVEN}
        now = runs.now()
        fresh = [given(path, now - k / 1000) for k, path in enumerate(dict.fromkeys(paths)) if path not in here]
        for entry in reversed(fresh):
            entry.state = "" if thumbnails.place_of(entry.path).is_file() else _WAITS
            self.work.results.add(entry)
        self._read_next()

    def _read_next(self) -> None:
        """A picture and the faces of the next file; whatever is asked for meanwhile goes first."""
        entry = next((e for e in self.work.results.entries if e.kind == GIVEN and e.state == _WAITS), None)
        if entry is None or self._reading is not None or self.task is not None:
            return
        entry.state = "opening"
        self.work.results.tell()
        task = self._reading = self.engine.run("open", path=entry.path)
        task.done.connect(lambda opened: self._read(entry, opened))
        task.failed.connect(lambda message, _: self._unread(entry, message))
        task.ended.connect(self._reading_ended)

    def _read(self, entry: ResultEntry, opened: Opened) -> None:
        entry.state, entry.faces, entry.unit = "", len(opened.mesh.faces), opened.mesh.unit
        self.keeping.portray(entry, opened.mesh)
        self.work.results.tell()

    def _unread(self, entry: ResultEntry, message: str) -> None:
        entry.state, entry.trouble = "", _without_name(message, entry.path)
        self.work.results.tell()

    def _reading_ended(self) -> None:
        self._reading = None
        self._read_next()

    # work

    def begin(self, kind: str, settings: dict[str, Any]) -> None:
        """Fit or repair all that wait. kind : FIT or REPAIR;  settings : flat, as the command's"""
        entries = self.waiting
        if not entries or self.task is not None:
            return
        out = _folder(kind)
        for entry in entries:
            entry.state, entry.trouble = _WAITS, ""
        self._making = entries
        paths = [e.path for e in entries]
        task = self.task = self.engine.run("batch", paths=paths, out=str(out), kind=kind, settings=settings)
        what = f"{_DOES[kind]} {formatting.counted(len(entries), 'file')}: each fills its line in the list of results."
        take_back = self.work.say(what, "noticeBusy", "", (("Stop", self.stop),))
        self._move(0.0)

        def said(event: object) -> None:
            if isinstance(event, Ended):
                self._take(event, kind, settings)
            elif isinstance(event, Progress) and event.total:
                self._move(event.done / event.total)

        task.said.connect(said)
        task.failed.connect(self.work.complain)
        task.ended.connect(lambda: (take_back(), self._ended(kind, out)))
        self.work.results.tell()
        self.work.changed.emit()

    def _move(self, share: float | None) -> None:
        self.share = share
        self.progressed.emit()

    def stop(self) -> None:
        """End what is worked on now; what is done stays."""
        if self.task is not None:
            self.task.tell(STOP)

    def abandon(self) -> None:
        """End it for good, and at once: the window closes."""
        self.engine.close()
        self.task = None

    def _take(self, ended: Ended, kind: str, settings: dict[str, Any]) -> None:
        """One file is done: its outputs go into a run of their own."""
        entry = next((e for e in self._making if e.path == ended.path and e.kind == GIVEN), None)
        if entry is None:
            return
        entry.state, entry.trouble = "", _without_name(ended.trouble, entry.path)
        if not ended.trouble:
            try:
                self._fill(entry, ended, kind, settings)
            except (OSError, OutputError) as error:
                entry.trouble = f"{entry.name}: its result is not kept: {error}"
        self.work.results.tell()

    def _fill(self, entry: ResultEntry, ended: Ended, kind: str, settings: dict[str, Any]) -> None:
        """Raises OSError and OutputError."""
        report, mesh = ended.report, ended.outputs[".ply"]
        if kind == REPAIR:
            run: FitRun = runs.begin(paths.repairs(), entry.path, {"method": REPAIR, **settings}, RepairRun)
            os.replace(mesh, run.field)
            os.replace(ended.outputs[".json"], run.field.with_suffix(".json"))
            mesh = str(run.field)
        else:
            run = runs.begin(paths.runs(), entry.path, settings)
            os.replace(ended.outputs[".field"], run.field)
            entry.surface = {"resolution": int(report["resolution"])}
        self.work.hold(run)
        entry.kind, entry.run, entry.name = kind, run, title(kind, run)
        entry.method = str(run.settings["method"])
        entry.when, entry.exported = runs.now(), False
        faces = (report.get("surface") or {}).get("faces")
        entry.fill(report, ended.seconds, faces, (report.get("sizes") or {}).get("unit"))
        self.work.results.keep(entry)
        task = self.work.desk.run("open", path=mesh)
        task.done.connect(lambda opened: self.keeping.portray(entry, opened.mesh))

    def _ended(self, kind: str, out: Path) -> None:
        entries, self._making, self.task = self._making, [], None
        for entry in entries:
            entry.state = ""
        done = [e for e in entries if e.kind != GIVEN]
        failed = [e for e in entries if e.trouble]
        left = len(entries) - len(done) - len(failed)
        parts = [f"{formatting.counted(len(done), 'file')} {_DONE[kind]}"]
        parts += [f"{len(failed)} failed, see the list"] if failed else []
        parts += [f"{left} left, as it was stopped"] if left else []
        told = f"{', '.join(parts)}."
        self.work.say(told, "noticeBad" if failed else "noticeGood")
        # pictures are made of what lies there: it goes when the last one is drawn
        self.work.desk.when_idle(lambda: shutil.rmtree(out, ignore_errors=True))
        self._move(None)
        self.ended.emit(told)
        self.work.results.tell()
        self.work.changed.emit()
        self._read_next()


def _folder(kind: str) -> Path:
    """Where a batch writes to: a folder of its own. Those that a killed window left behind go after a week."""
    for old in paths.batches().iterdir():
        if time.time() - old.stat().st_mtime > _KEPT_S:
            shutil.rmtree(old, ignore_errors=True)
    return paths.batches() / f"{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 1_000_000:06d}-{kind}"


def _without_name(message: str, path: str) -> str:
    """A line of the engine, for an entry that has the file's name above it."""
    bare = message.removeprefix(f"{path}: ").removeprefix(f"{Path(path).name}: ")
    return f"{bare[:1].upper()}{bare[1:]}"
