"""Open files: meshes, fields, checkpoints; recent files and their thumbnails; the samples of the empty window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PyQt6.QtCore import QObject, QSettings, Qt
from PyQt6.QtWidgets import QFileDialog, QWidget

from shapefield.lengths import METRES
from shapefield.mesh.model import UNIT_RADIUS
from shapefield_gui.children.messages import Draw, SetMesh
from shapefield_gui.children.records import Examined, Opened
from shapefield_gui.images import image_of
from shapefield_gui.models import upright
from shapefield_gui.models.camera import ViewCamera
from shapefield_gui.models.samples import SUFFIXES, offered
from shapefield_gui.models.samples import samples as all_samples
from shapefield_gui.recent import Recent
from shapefield_gui.shape.context import ShapeContext
from shapefield_gui.shape.panels.input_panel import InputPanel
from shapefield_gui.widgets import thumbnails
from shapefield_gui.widgets.start_page import StartPage

FILTER = "Meshes and fields (*" + " *".join((*SUFFIXES, ".field", ".checkpoint")) + ");;All files (*)"


class Opening(QObject):
    """Fills workspace.opened and the scene. trouble : why the last file could not be opened, or "" """

    def __init__(self, work: ShapeContext, panel: InputPanel, start: StartPage, settings: QSettings) -> None:
        super().__init__(work)
        self.work, self.panel, self.start, self.settings = work, panel, start, settings
        self.recent = Recent(settings, "recent")
        self._token = 0
        self._waiting: list[str] = []
        self.drawing = False
        self.trouble = ""
        self._take_back: Callable[[], None] = lambda: None
        start.opened.connect(lambda path: self.open(path))

    # samples

    def fill_start(self) -> None:
        """Show samples and recent files; thumbnails that are missing are made one after another."""
        samples = [(s.title, str(s.path)) for s in offered()]
        recent = [(Path(p).name, p) for p in self.recent.paths]
        self.start.show_files("samples", samples)
        self.start.show_files("recent", recent)
        every = dict.fromkeys([p for _, p in samples] + [str(s.path) for s in all_samples()])
        self._waiting = [p for p in every if not thumbnails.place_of(p).is_file()]
        if not self.drawing:
            self._next_thumbnail()

    def _next_thumbnail(self) -> None:
        self.drawing = False
        if not self._waiting or self.work.opened is not None or self.work.rendering.status != "ready":
            return
        self.drawing = True
        path = self._waiting.pop(0)
        task = self.work.desk.run("open", path=path)
        task.done.connect(self._draw_thumbnail)
        task.failed.connect(lambda *_: self._next_thumbnail())

    def _draw_thumbnail(self, opened: Opened) -> None:
        mesh = opened.mesh
        points = ((mesh.vertices - opened.center) * opened.scale).astype(np.float32)
        extra = SetMesh("thumbnail", points, mesh.faces, mesh.colors)

        def take(picture: np.ndarray) -> None:
            self._keep_thumbnail(opened.path, picture)
            self._next_thumbnail()

        self.work.rendering.snapshot(_portrait("thumbnail", opened, self._is_z_up(opened)), take, extra)

    def _keep_thumbnail(self, path: str, picture: np.ndarray) -> None:
        thumbnails.keep(path, image_of(picture, premultiplied=True))

    # the axis that is up

    def _is_z_up(self, opened: Opened) -> bool:
        """As the shape stands; where that does not tell, as was last chosen for its format, or as is usual there."""
        name = _name_of(opened)
        chosen = self.settings.value(_up_key(name)) or upright.usual(name)
        return (upright.stands(*opened.mesh.bounds) or chosen) == "z"

    def remember_up(self, z_up: bool) -> None:
        """A person chose the axis for what is open: files of its format that do not tell are shown like it."""
        if self.work.opened is not None:
            self.settings.setValue(_up_key(_name_of(self.work.opened)), "z" if z_up else "y")

    # the unit

    def name_unit(self, unit: str | None) -> None:
        """A person said what the lengths are: files of this format that do not say are taken for it, too."""
        if self.work.opened is not None:
            self.settings.setValue(_unit_key(_name_of(self.work.opened)), unit or "")
            self.work.plan.override("unit", unit)

    def _remembered_unit(self, opened: Opened) -> None:
        named = str(self.settings.value(_unit_key(_name_of(opened))) or "")
        self.work.plan.override("unit", named if named in METRES and opened.mesh.unit is None else None)

    # opening

    def ask(self, parent: QWidget, chosen: Callable[[list[str]], None]) -> None:
        """The file dialog, without blocking the window."""
        dialog = QFileDialog(parent, "Open a mesh or a field", str(self.settings.value("folder", "")), FILTER)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(chosen)
        dialog.open()

    def open(self, path: str, reference: str | None = None) -> None:
        """Read a file in the engine; what is open now stays until it is there, and its results in their list.

        reference : the mesh that a field was fitted to, where that is known
        """
        self._waiting, self.trouble = [], ""
        self._token += 1
        token = self._token
        self.settings.setValue("folder", str(Path(path).parent))
        self._take_back()
        self._take_back = self.work.say(f"Opening {Path(path).name} …", "noticeBusy")
        task = self.work.desk.run("open", path=str(path), reference=reference)
        task.done.connect(lambda opened: self._opened(opened, token))
        task.failed.connect(lambda message, details: self._failed(message, details, token))

    def _failed(self, message: str, details: str, token: int) -> None:
        if token == self._token:
            self._take_back()
            self.trouble = message
            self.work.complain(message, details)
            if self.work.opened is None:
                self.panel.show_trouble(message)

    def _opened(self, opened: Opened, token: int) -> None:
        if token != self._token:
            return
        self._take_back()
        work = self.work
        work.opened, work.fitted, work.results.current = opened, opened.drawn, None
        self._remembered_unit(opened)
        work.scene.clear()
        work.scene.set_frame(opened.center, opened.scale, work.unit)
        key = "fitted" if opened.field else "original"
        work.scene.set_mesh(key, opened.mesh.vertices, opened.mesh.faces, opened.mesh.colors)
        work.scene.change(
            mode=key,
            shading="colors" if opened.mesh.colors is not None else "lit",
            camera=replace(work.scene.look.camera, z_up=self._is_z_up(opened)),
        )
        self.panel.show_opened(opened)
        self.panel.show_unit(work.unit, opened.mesh.unit is not None)
        self.recent.remember(opened.path)
        if not thumbnails.place_of(opened.path).is_file():
            draw = _portrait(key, opened, work.scene.look.camera.z_up)
            work.rendering.snapshot(draw, lambda picture: self._keep_thumbnail(opened.path, picture))
        if opened.field is None:
            work.doctor.close(0.0)  # what it looks at is shown no more
            task = work.doctor.run("examine", path=opened.path, settings=work.plan.solid)
            task.done.connect(lambda seen: self._examined(seen, opened))
            task.failed.connect(lambda message, _: self._unexamined(message, opened))
            task.ended.connect(lambda: work.doctor.close(0.0))  # a large mesh is not kept twice
            work.fitter.run("warm")
        work.changed.emit()

    def _examined(self, seen: Examined, opened: Opened) -> None:
        """It holds for as long as that file is shown, whatever was asked for meanwhile."""
        if self.work.opened is opened:
            self.panel.show_examined(seen)
            self._paint(seen)

    def _paint(self, seen: Examined) -> None:
        """Show in colours what is done to the mesh, as long as nothing else is looked at."""
        scene = self.work.scene
        if seen.marks is None:
            return
        scene.set_mesh("marks", seen.marks.vertices, seen.marks.faces, seen.marks.colors)
        scene.done = seen.done
        if scene.look.mode == "original" and not self.work.session.active:
            scene.change(mode="marks")
        self.work.changed.emit()

    def _unexamined(self, message: str, opened: Opened) -> None:
        if self.work.opened is opened:
            self.panel.show_trouble(message)

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
        work.opened = replace(field, path=reference.path, mesh=mesh, reference=reference.path)
        work.scene.set_mesh("original", mesh.vertices, mesh.faces, mesh.colors)
        work.changed.emit()


def _portrait(key: str, opened: Opened, z_up: bool) -> Draw:
    """What the renderer is asked for to make a thumbnail of the mesh that it knows by `key`."""
    size = 2 * thumbnails.SIZE
    view = ViewCamera(z_up=z_up).view(size.width() / size.height())
    shading = "colors" if opened.mesh.colors is not None else "lit"
    return Draw(0, size.width(), size.height(), 2, view, (key,), shading=shading)


def _name_of(opened: Opened) -> str:
    """The name of the mesh file, of a field the one it was fitted to."""
    return str((opened.settings or {}).get("name") or opened.path)


def _up_key(name: str) -> str:
    return f"shape/up/{Path(name).suffix.lower().lstrip('.')}"


def _unit_key(name: str) -> str:
    return f"shape/unit/{Path(name).suffix.lower().lstrip('.')}"


def radius_of(opened: Opened) -> float:
    """Bounding radius in the input's units."""
    return UNIT_RADIUS / opened.scale
