"""Open datasets and runs, make the sample scene, keep the list of recent ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PyQt6.QtCore import QObject, QSettings, Qt, pyqtSignal
from PyQt6.QtWidgets import QFileDialog, QWidget

from shapefield.events import Stage
from shapefield.nerf.synthetic_config import DatasetConfig
from shapefield_gui import paths
from shapefield_gui.children.engine import STOP
from shapefield_gui.engine import EngineTask
from shapefield_gui.images import image_of
from shapefield_gui.leaving import Leaving
from shapefield_gui.models import formatting
from shapefield_gui.nerf.children.records import OpenedScene, PosesFound, Thumbnail, Trained
from shapefield_gui.nerf.models.runs import is_run
from shapefield_gui.nerf.models.scene import title_of
from shapefield_gui.nerf.scene_context import SceneContext
from shapefield_gui.recent import Recent
from shapefield_gui.widgets import thumbnails

FILES = "Posed pictures (transforms*.json poses_bounds.npy);;All files (*)"
POSING = "features"
"""The first stage of finding where photographs were taken."""
_FINDING = "These pictures do not say where they were taken: that is being found out. It takes minutes."
SAMPLE = DatasetConfig(views=40, held_out=6, supersample=2)
"""Small enough to be there in seconds."""


class SceneOpening(QObject):
    """Fills workspace.scene. opened() : a dataset's cameras are there;  working(Task, verb) : it takes a while"""

    opened = pyqtSignal()
    working = pyqtSignal(object, str)

    def __init__(self, work: SceneContext, settings: QSettings, leaving: Leaving) -> None:
        super().__init__(work)
        self.work, self.settings, self.leaving = work, settings, leaving
        self.recent = Recent(settings, "nerf/recent")
        self.task: EngineTask | None = None
        self._token = 0
        self._take_back: Callable[[], None] = lambda: None

    # asking

    def ask(self, parent: QWidget, folder: bool) -> None:
        """The dialog, without blocking the window."""
        title = "Open a folder of posed pictures" if folder else "Open posed pictures"
        dialog = QFileDialog(parent, title, str(self.settings.value("nerf/folder", "")), FILES)
        dialog.setFileMode(QFileDialog.FileMode.Directory if folder else QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.open)
        dialog.open()

    def open(self, path: str) -> None:
        """Read a dataset, or a run and its dataset; what is open now stays until it is there, and its export asked."""
        self.leaving.then(f"Open {title_of(path)}", lambda: self._open(path))

    def _open(self, path: str) -> None:
        path = str(Path(path).resolve())
        if Path(path).name == "model.safetensors":
            path = str(Path(path).parent)
        self.settings.setValue("nerf/folder", str(Path(path).parent))
        self._begin()
        if is_run(path):
            self._open_run(path, self._token)
        else:
            self._open_dataset(path, self._token)

    def sample(self, mesh: str) -> None:
        """Open the scene rendered from a sample mesh; it is made once."""
        folder = paths.scenes() / Path(mesh).stem
        if (folder / "transforms_test.json").is_file():  # the split that is written last
            self.open(str(folder))
            return
        self._begin()
        token = self._token
        task = self.work.desk.run("make", mesh=mesh, folder=str(folder), config=SAMPLE)
        task.done.connect(lambda made: self.open(made) if token == self._token else None)
        task.failed.connect(self._complain)
        self.working.emit(task, "Rendering picture")

    def _begin(self) -> None:
        """Something else is asked for: answers to what was asked before, and its error, are of no interest now."""
        self._token += 1
        self._take_back()

    def _complain(self, message: str, details: str = "") -> None:
        self._take_back = self.work.say(message, "noticeBad", details)

    # reading

    def _open_dataset(self, path: str, token: int, trained: Trained | None = None) -> None:
        task = self.task = self.work.desk.run("open", path=path, posed=str(paths.posed(path)))
        self.working.emit(task, f"Opening {title_of(path)}")
        first = True

        def said(event: object) -> None:
            nonlocal first
            if token != self._token:
                return
            if isinstance(event, Stage) and event.name == POSING:
                self._take_back = self.work.say(_FINDING, "noticeBusy", "", (("Stop", lambda: task.tell(STOP)),))
            elif isinstance(event, PosesFound):
                self._take_back()
                self.work.say(formatting.spaced(f"{event.lines[0]}."), "noticeGood", "\n".join(event.lines), stays=True)
            elif isinstance(event, OpenedScene):
                self._show(event, trained)
                first = False
            elif isinstance(event, Thumbnail):
                self.work.scene.put_thumbnail(event.index, event.picture)
                if event.index == 0:
                    thumbnails.keep(trained.folder if trained is not None else path, image_of(event.picture))

        def done(opened: OpenedScene) -> None:
            if token == self._token and self.work.scene.trained is None:
                self.work.scene.refine(opened)

        def failed(message: str, details: str) -> None:
            if token != self._token:
                return
            self._take_back()
            self._complain(message, details)
            if trained is not None and first:
                self._show(_without_pictures(trained), trained)

        task.said.connect(said)
        task.done.connect(done)
        task.failed.connect(failed)
        task.stopped.connect(lambda _: self._take_back())
        task.ended.connect(self._ended)

    def _show(self, opened: OpenedScene, trained: Trained | None) -> None:
        work = self.work
        work.scene.open(opened)
        work.run, work.unsaved = None, ""
        if trained is not None:
            work.scene.learnt(trained)
        self.recent.remember(trained.folder if trained is not None else opened.source)
        self.opened.emit()
        work.changed.emit()

    def _open_run(self, path: str, token: int) -> None:
        task = self.task = self.work.trainer.run("open run", run=path)
        self.working.emit(task, f"Opening {title_of(path)}")

        def done(trained: Trained) -> None:
            if token == self._token:
                self._open_dataset(trained.source, token, replace(trained, folder=path))

        task.done.connect(done)
        task.failed.connect(self._complain)
        task.ended.connect(self._ended)

    def _ended(self) -> None:
        if self.task is not None and not self.task.running:
            self.task = None


def _without_pictures(trained: Trained) -> OpenedScene:
    """A run whose dataset is gone can still be looked at."""
    return OpenedScene(trained.source, (), trained.center, trained.half, np.array([0.0, 0.0, 1.0]))
