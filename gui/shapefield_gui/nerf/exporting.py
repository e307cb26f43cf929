"""What leaves the tab: a coloured mesh or points, the run, a video, a picture, a command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QObject, QSettings, Qt
from PyQt6.QtGui import QGuiApplication, QImage, QPainter
from PyQt6.QtWidgets import QFileDialog

from shapefield.errors import OutputError
from shapefield_gui.engine import EngineTask
from shapefield_gui.images import write_png
from shapefield_gui.models import formatting
from shapefield_gui.nerf.children.records import Exported
from shapefield_gui.nerf.filming import Filming
from shapefield_gui.nerf.free_view import FreeView
from shapefield_gui.nerf.models.plan import export_command
from shapefield_gui.nerf.models.scene import title_of
from shapefield_gui.nerf.panels.mesh_panel import MeshPanel
from shapefield_gui.nerf.scene_context import SceneContext
from shapefield_gui.saved import tell_saved
from shapefield_gui.view.focus import leave_button
from shapefield_gui.widgets.save_dialog import ask_where

MESHES = "PLY (*.ply);;GLB (*.glb);;OBJ (*.obj);;STL (*.stl);;OFF (*.off)"
POINTS = 200_000


class SceneExporting(QObject):
    """Dialogs are non-modal; everything slow happens in a child."""

    def __init__(
        self, work: SceneContext, view: FreeView, panel: MeshPanel, filming: Filming, settings: QSettings
    ) -> None:
        super().__init__(work)
        self.work, self.view, self.panel, self.filming, self.settings = work, view, panel, filming, settings
        self.task: EngineTask | None = None

    @property
    def _stem(self) -> str:
        opened = self.work.scene.opened
        return title_of(opened.source) if opened is not None else "scene"

    def _ask(self, title: str, suffix: str, filters: str, then: Callable[[str], None]) -> None:
        ask_where(self.view.window(), self.settings, title, f"{self._stem}{suffix}", filters, then)

    # mesh and points

    def ask_mesh(self) -> None:
        self._ask("Export the mesh", ".mesh.ply", MESHES, self.save_mesh)

    def ask_points(self) -> None:
        self._ask("Export points", ".points.ply", "PLY (*.ply)", lambda p: self.save_mesh(p, POINTS))

    def save_mesh(self, path: str, points: int | None = None, then: Callable[[str], None] | None = None) -> None:
        """Take the surface out and write it. points : so many of them instead of a mesh;  then : gets the path"""
        trained = self.work.scene.trained
        if trained is None or self.task is not None:
            return
        leave_button(self.view)
        config = self.panel.config()
        task = self.task = self.work.studio.run("export", run=trained.folder, path=path, config=config, points=points)
        self.panel.line.follow(task, "Extracting", counted=False)

        def done(made: Exported) -> None:
            what = formatting.counted(made.faces, "face") if made.faces else formatting.counted(made.vertices, "point")
            tell_saved(self.work.say, path, f": {what}")
            self.work.unsaved = "" if then is None else self.work.unsaved
            if then is not None:
                then(path)

        task.done.connect(done)
        task.failed.connect(self.work.complain)
        task.stopped.connect(lambda _: self.work.say("The export was cancelled.", "noticeGood"))
        task.ended.connect(self._ended)
        self.work.changed.emit()

    def _ended(self) -> None:
        self.task = None
        self.work.changed.emit()

    def to_shape(self, take_mesh: Callable[[str, str, str], None]) -> None:
        """Take the mesh out, and give it to the Shape tab, whose list of results keeps it."""
        trained = self.work.scene.trained
        if trained is not None:
            beside = Path(trained.folder).parent if self.work.run is not None else Path(trained.folder)
            source = Path(trained.source)
            scene = str(source if source.suffix not in (".json", ".npy") else source.parent)
            path, model = str(beside / f"{self._stem}.ply"), trained.model
            self.save_mesh(path, None, lambda made: take_mesh(made, scene, model))

    # run, video, picture

    def ask_run(self) -> None:
        """Where to save the run: a folder, empty or of a run."""
        dialog = QFileDialog(self.view.window(), "Save the run into a folder", "")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.save_run)
        dialog.open()

    def save_run(self, folder: str) -> None:
        trained = self.work.scene.trained
        if trained is not None:
            task = self.work.studio.run("save run", run=trained.folder, folder=folder)
            task.done.connect(lambda _: self._run_saved(folder))
            task.failed.connect(self.work.complain)

    def _run_saved(self, folder: str) -> None:
        self.work.unsaved = ""
        tell_saved(self.work.say, folder)

    def ask_film(self) -> None:
        self._ask("Export the video", ".path.mp4", "Video (*.mp4);;GIF (*.gif)", self.filming.film)

    def ask_picture(self) -> None:
        self._ask("Export the view", ".view.png", "PNG (*.png)", self.save_picture)

    def save_picture(self, path: str) -> None:
        """The view as it is, at the screen's full resolution."""
        ratio = self.view.devicePixelRatioF()
        image = QImage(self.view.size() * ratio, QImage.Format.Format_RGB888)
        image.setDevicePixelRatio(ratio)
        painter = QPainter(image)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        self.view.compose(painter)
        painter.end()
        try:
            write_png(image, path)
        except OutputError as error:
            self.work.complain(str(error))
        else:
            tell_saved(self.work.say, path)

    # words

    @property
    def run_name(self) -> str:
        """The run's folder, or RUN before there is one."""
        trained = self.work.scene.trained
        return trained.folder if trained is not None else "RUN"

    def command(self) -> str:
        """The line that trains as it is set in the window."""
        opened = self.work.scene.opened
        return self.work.plan.command(opened.source if opened is not None else "DATA")

    def export_command(self) -> str:
        return export_command(self.run_name, f"{self._stem}.mesh.ply", self.panel.config(), None)

    def copy(self, text: str) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(text)
            self.work.say(f"Copied: {text}", "noticeGood")
