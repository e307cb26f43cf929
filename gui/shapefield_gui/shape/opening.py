"""Open files: meshes, fields, checkpoints; recent files and their thumbnails; the samples of the empty window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PyQt6.QtCore import QObject, QSettings, Qt
from PyQt6.QtGui import QImage, QPixmap
from PyQt6.QtWidgets import QFileDialog, QWidget

from shapefield.mesh.model import UNIT_RADIUS
from shapefield_gui.children.jobs import Examined, Opened
from shapefield_gui.children.messages import Draw, SetMesh
from shapefield_gui.models.camera import Camera
from shapefield_gui.models.samples import SUFFIXES, offered
from shapefield_gui.shape.panels.input_panel import InputPanel
from shapefield_gui.shape.workspace import Workspace
from shapefield_gui.widgets.start_page import THUMBNAIL, StartPage, thumbnail_of

FILTER = "Meshes and fields (*" + " *".join((*SUFFIXES, ".field", ".checkpoint")) + ");;All files (*)"
_RECENT = 6


class Opening(QObject):
    """Fills workspace.opened and the scene."""

    def __init__(self, work: Workspace, panel: InputPanel, start: StartPage, settings: QSettings) -> None:
        super().__init__(work)
        self.work, self.panel, self.start, self.settings = work, panel, start, settings
        self._token = 0
        self._waiting: list[str] = []
        self.drawing = False
        start.opened.connect(self.open)

    # recent files and samples

    @property
    def recent(self) -> list[str]:
        """Recently opened files that are still there, newest first."""
        saved = self.settings.value("recent", []) or []
        listed = [saved] if isinstance(saved, str) else list(saved)
        return [p for p in listed if Path(p).is_file()][:_RECENT]

    def remember(self, path: str) -> None:
        path = str(Path(path).resolve())
        self.settings.setValue("recent", [path, *(p for p in self.recent if p != path)][:_RECENT])

    def fill_start(self) -> None:
        """Show samples and recent files; thumbnails that are missing are made one after another."""
        samples = [(s.title, str(s.path)) for s in offered()]
        recent = [(Path(p).name, p) for p in self.recent]
        pictures = {p: QPixmap(str(f)) for _, p in (*samples, *recent) if (f := thumbnail_of(p)).is_file()}
        self.start.show_files("samples", samples, pictures)
        self.start.show_files("recent", recent, pictures)
        self._waiting = [p for _, p in samples if p not in pictures]
        if not self.drawing:
            self._next_thumbnail()

    def _next_thumbnail(self) -> None:
        self.drawing = False
        if not self._waiting or self.work.opened is not None or self.work.rendering.status != "ready":
            return
        self.drawing = True
        path = self._waiting.pop(0)
        task = self.work.desk.run("open", path=path)
        task.done.connect(lambda opened: self._draw_thumbnail(opened))
        task.failed.connect(lambda *_: self._next_thumbnail())

    def _draw_thumbnail(self, opened: Opened) -> None:
        mesh = opened.mesh
        points = ((mesh.vertices - opened.center) * opened.scale).astype(np.float32)
        width, height = THUMBNAIL.width(), THUMBNAIL.height()
        view = Camera().view(width / height)
        draw = Draw(
            0, 2 * width, 2 * height, 2, view, ("thumbnail",), shading="colors" if mesh.colors is not None else "lit"
        )
        extra = SetMesh("thumbnail", points, mesh.faces, mesh.colors)
        self.work.rendering.snapshot(draw, lambda picture: self._keep_thumbnail(opened.path, picture), extra)

    def _keep_thumbnail(self, path: str, picture: np.ndarray) -> None:
        height, width = picture.shape[:2]
        image = QImage(picture.tobytes(), width, height, QImage.Format.Format_RGBA8888_Premultiplied).copy()
        image.save(str(thumbnail_of(path)))
        pixmap = QPixmap.fromImage(image)
        self.start.show_picture(path, pixmap)
        self._next_thumbnail()

    def keep_view_thumbnail(self, image: QImage) -> None:
        """The view's present picture becomes the open file's thumbnail."""
        if self.work.opened is not None:
            small = image.scaled(
                THUMBNAIL * 2, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
            )
            x, y = (small.width() - 2 * THUMBNAIL.width()) // 2, (small.height() - 2 * THUMBNAIL.height()) // 2
            cut = small.copy(x, y, 2 * THUMBNAIL.width(), 2 * THUMBNAIL.height())
            cut.save(str(thumbnail_of(self.work.opened.path)))

    # opening

    def ask(self, parent: QWidget) -> None:
        """The file dialog, without blocking the window."""
        dialog = QFileDialog(parent, "Open a mesh or a field", str(self.settings.value("folder", "")), FILTER)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.open)
        dialog.open()

    def open(self, path: str) -> None:
        """Read a file in the engine; what is open now stays until it is there."""
        self._waiting = []
        self._token += 1
        token = self._token
        self.settings.setValue("folder", str(Path(path).parent))
        self.work.say(f"Opening {Path(path).name} …", "noticeGood")
        task = self.work.desk.run("open", path=str(path))
        task.done.connect(lambda opened: self._opened(opened, token))
        task.failed.connect(lambda message, details: self._failed(message, details, token))

    def _failed(self, message: str, details: str, token: int) -> None:
        if token == self._token:
            self.work.complain(message, details)
            if self.work.opened is None:
                self.panel.show_trouble(message)

    def _opened(self, opened: Opened, token: int) -> None:
        if token != self._token:
            return
        work = self.work
        work.opened, work.fitted = opened, None
        work.scene.clear()
        work.scene.set_frame(opened.center, opened.scale, work.unit)
        key = "fitted" if opened.field else "original"
        work.scene.set_mesh(key, opened.mesh.vertices, opened.mesh.faces, opened.mesh.colors)
        work.scene.change(mode=key, shading="colors" if opened.mesh.colors is not None else "lit")
        self.panel.show_opened(opened)
        self.remember(opened.path)
        if opened.field is None:
            task = work.desk.run("examine", path=opened.path)
            task.done.connect(lambda seen: self._examined(seen, token))
            task.failed.connect(lambda message, _: self.panel.show_trouble(message))
            work.fitter.run("warm")
        work.changed.emit()

    def _examined(self, seen: Examined, token: int) -> None:
        if token == self._token:
            self.panel.show_examined(seen)

    def set_reference(self, path: str) -> None:
        """The mesh that the open field was fitted to: errors are measured against it."""
        work = self.work
        task = work.desk.run("open", path=path)
        task.done.connect(self._referenced)
        task.failed.connect(work.complain)

    def _referenced(self, reference: Opened) -> None:
        work, field = self.work, self.work.opened
        if field is None or field.field is None:
            return
        gap = float(np.linalg.norm(reference.center - field.center)) * field.scale
        if gap > 0.05 or not 0.9 < reference.scale / field.scale < 1.1:
            work.complain("This mesh has another place or size than the field: it is not the one it was fitted to.")
            return
        mesh = reference.mesh
        work.opened = Opened(
            reference.path, mesh, field.center, field.scale, field.field, field.report, field.settings,
            field.extent, reference.path,
        )  # fmt: skip
        work.scene.set_mesh("original", mesh.vertices, mesh.faces, mesh.colors)
        work.changed.emit()


def radius_of(opened: Opened) -> float:
    """Bounding radius in the input's units."""
    return UNIT_RADIUS / opened.scale
