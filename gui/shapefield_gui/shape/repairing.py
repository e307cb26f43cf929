"""Mend the mesh that is open, without training: beside Fit. The repaired mesh is a result like a fit's."""

from __future__ import annotations

import time
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from shapefield.errors import ShapefieldError
from shapefield_gui import paths
from shapefield_gui.children.engine import STOP
from shapefield_gui.children.records import Fitted
from shapefield_gui.engine import EngineTask
from shapefield_gui.models import runs
from shapefield_gui.models.runs import RepairRun
from shapefield_gui.models.session import DONE
from shapefield_gui.shape.context import ShapeContext
from shapefield_gui.shape.fitting import told


class Repairing(QObject):
    """One at a time. finished(fitted, seconds): the mesh is mended, and lies in the folder of the workplace's run"""

    finished = pyqtSignal(object, float)

    def __init__(self, work: ShapeContext) -> None:
        super().__init__(work)
        self.work = work
        self.task: EngineTask | None = None

    def start(self, settings: dict[str, Any]) -> None:
        """Mend the mesh. settings : as the plan's input section has them, of a MendingConfig"""
        work = self.work
        if work.opened is None or work.opened.field is not None or self.task is not None:
            return
        try:
            run = runs.begin(paths.repairs(), work.opened.path, {"method": "repair", **settings}, RepairRun)
        except ShapefieldError as error:
            work.complain(str(error))
            return
        work.hold(run)
        began = time.monotonic()
        task = self.task = work.desk.run("repair", path=run.path, out=str(run.field), settings=settings)
        stop = (("Stop", lambda: task.tell(STOP)),)
        take_back = work.say(f"Repairing {work.opened.mesh.name or 'the mesh'} …", "noticeBusy", "", stop)
        task.done.connect(lambda fitted: self._done(run, fitted, time.monotonic() - began))
        task.failed.connect(lambda message, details: self._failed(run, message, details))
        task.stopped.connect(lambda _: work.forget(run, "The repair is stopped."))
        task.ended.connect(lambda: take_back())
        task.ended.connect(self._ended)
        work.changed.emit()

    def _done(self, run: RepairRun, fitted: Fitted, seconds: float) -> None:
        work = self.work
        if work.opened is None or work.opened.path != run.path or work.session.active:
            work.say(f"{fitted.mesh.name or 'The mesh'} is repaired: it is in the list of results.", "noticeGood")
            work.kept_changed.emit()
            return
        mesh = fitted.mesh
        work.run, work.fitted = run, fitted
        work.scene.set_mesh("fitted", mesh.vertices, mesh.faces, mesh.colors)
        work.scene.change(mode="fitted", shading="colors" if mesh.colors is not None else "lit")
        work.session.reset()
        work.session.move(DONE, told(fitted, work.unit))
        self.finished.emit(fitted, seconds)

    def _failed(self, run: RepairRun, message: str, details: str) -> None:
        self.work.complain(message, details)
        self.work.forget(run, "")

    def _ended(self) -> None:
        self.task = None
        self.work.changed.emit()
