"""The camera path: found in a child process, drawn into the view, rendered to a video."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PyQt6.QtCore import QObject, pyqtSignal

from shapefield.nerf.cameras import Camera
from shapefield_gui.engine import EngineTask
from shapefield_gui.nerf.free_view import FreeView
from shapefield_gui.nerf.models.viewpoint import SceneViewpoint
from shapefield_gui.nerf.panels.path_panel import PathPanel
from shapefield_gui.nerf.scene_context import SceneContext
from shapefield_gui.saved import tell_saved
from shapefield_gui.timing import after
from shapefield_gui.view.focus import leave_button

_WAIT_MS = 120


class Filming(QObject):
    """changed() : the path, or whether one is being rendered, changed"""

    changed = pyqtSignal()

    def __init__(self, work: SceneContext, view: FreeView, panel: PathPanel) -> None:
        super().__init__(work)
        self.work, self.view, self.panel = work, view, panel
        self.cameras: list[Camera] = []
        self.task: EngineTask | None = None
        self.visible = False
        self._token = 0
        self._due = after(self, _WAIT_MS, self._find)
        panel.changed.connect(self._due.start)
        panel.went.connect(self._go)
        work.scene.listen(lambda what: self._due.start() if what == "scene" else None)

    def add_keyframe(self) -> None:
        """The path goes through where one stands."""
        camera = self.view.camera()
        if camera is not None:
            self.work.scene.add_keyframe(camera)

    def _go(self, index: int) -> None:
        if 0 <= index < len(self.work.scene.keyframes) and self.work.scene.room is not None:
            room, camera = self.work.scene.room, self.work.scene.keyframes[index]
            self.work.scene.move(SceneViewpoint.at(camera, room))

    def _find(self) -> None:
        scene, kind = self.work.scene, self.panel.chosen
        given = (
            scene.keyframes
            if kind == "keyframes"
            else [v.camera for v in scene.opened.views if not v.held_out]
            if scene.opened is not None
            else []
        )
        self._token += 1
        token = self._token
        self._found([], token)  # the old path is not this one
        if not given:
            return
        arguments = {"kind": kind, "given": given, "around": scene.center, "frames": self.panel.frames.value(),
                     "closed": self.panel.closed.isChecked()}  # fmt: skip
        task = self.work.desk.run("path", **arguments)
        task.done.connect(lambda cameras: self._found(cameras, token))
        task.failed.connect(self.work.complain)

    def _found(self, cameras: Sequence[Camera], token: int) -> None:
        if token == self._token:
            self.cameras = list(cameras)
            self.show(self.visible)
            self.changed.emit()

    def show(self, on: bool) -> None:
        """Whether the path is drawn in the view."""
        self.visible = on
        wanted = self.work.scene.trained is not None or self.panel.chosen == "keyframes"
        drawn = on and wanted and self.cameras
        self.view.set_path(np.array([c.position for c in self.cameras]) if drawn else None)

    @property
    def possible(self) -> bool:
        """Whether there is something to film, and a path."""
        return self.work.scene.trained is not None and bool(self.cameras) and self.task is None

    def film(self, path: str) -> None:
        """Render the path into a file; progress and Cancel are in the panel."""
        trained = self.work.scene.trained
        if trained is None or not self.possible:
            return
        leave_button(self.view)
        width = self.panel.width_box.currentData()
        arguments = {"run": trained.folder, "cameras": self.cameras, "path": path, "width": width,
                     "fps": self.panel.rate.value()}  # fmt: skip
        task = self.task = self.work.studio.run("film", **arguments)
        self.panel.line.follow(task, "Frame")
        task.done.connect(lambda _: tell_saved(self.work.say, path))
        task.failed.connect(self.work.complain)
        task.stopped.connect(lambda _: self.work.say("The video was cancelled; no file was written.", "noticeGood"))
        task.ended.connect(self._ended)
        self.changed.emit()

    def _ended(self) -> None:
        self.task = None
        self.changed.emit()

    def close(self) -> None:
        self._due.stop()
