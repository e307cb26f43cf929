"""Everything that leaves the window: mesh, field, report, picture, turntable, command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PyQt6.QtCore import QObject, QSettings
from PyQt6.QtGui import QGuiApplication, QImage, QPainter

from shapefield.errors import OutputError
from shapefield.storage.files import lock, writing
from shapefield_gui.children.messages import Draw, Turntable, TurntableProgress
from shapefield_gui.engine import EngineTask
from shapefield_gui.images import image_of, png_of, write_png
from shapefield_gui.models.again import commands
from shapefield_gui.models.plan import stem
from shapefield_gui.models.report_page import page
from shapefield_gui.saved import tell_saved
from shapefield_gui.shape.context import ShapeContext
from shapefield_gui.view.rendering import RenderClient
from shapefield_gui.view.viewport import Viewport
from shapefield_gui.widgets.save_dialog import ask_where

MESHES = "PLY (*.ply);;OBJ (*.obj);;STL (*.stl);;OFF (*.off);;GLB (*.glb);;3MF (*.3mf)"


class Exporting(QObject):
    """Dialogs are non-modal; everything slow happens in a child."""

    def __init__(self, work: ShapeContext, viewport: Viewport, settings: QSettings, command: Callable[[], str]) -> None:
        super().__init__(work)
        self.work, self.viewport, self.settings, self._command = work, viewport, settings, command
        self.transparent = False
        self._turner: RenderClient | None = None

    def _ask(self, title: str, suffix: str, filters: str, then: Callable[[str], None]) -> None:
        name = f"{stem(self.work.opened.path) if self.work.opened else 'view'}{suffix}"
        ask_where(self.viewport.window(), self.settings, title, name, filters, then)

    def _keep(self, task: EngineTask, path: str) -> None:
        """Say how saving ends; a result that is saved need not be asked about."""
        work, entry = self.work, self.work.results.current

        def done(_: object) -> None:
            tell_saved(work.say, path)
            if entry is not None:
                entry.exported = True
                work.results.tell()

        task.done.connect(done)
        task.failed.connect(work.complain)

    def _input(self) -> str | None:
        """The file that the result is made from."""
        return ((self.work.fitted and self.work.fitted.report.get("input")) or {}).get("path")

    # mesh, field, report

    def ask_mesh(self) -> None:
        self._ask("Export the fitted mesh", ".shapefield.ply", MESHES, self.save_mesh)

    def save_mesh(self, path: str) -> None:
        """Write the fitted surface; the format is the suffix's."""
        if self.work.fitted is not None:
            self._keep(
                self.work.desk.run("save mesh", mesh=self.work.fitted.mesh, path=path, made_from=self._input()), path
            )

    def ask_field(self) -> None:
        self._ask("Export the field", ".field", "Field (*.field)", self.save_field)

    def save_field(self, path: str) -> None:
        if self.work.fitted is not None:
            self._keep(
                self.work.desk.run("save field", source=self.work.fitted.field, path=path, made_from=self._input()),
                path,
            )

    def ask_json(self) -> None:
        self._ask("Export the report", ".report.json", "JSON (*.json)", self.save_json)

    def save_json(self, path: str) -> None:
        if self.work.fitted is not None:
            self._write(path, json.dumps(self.work.fitted.report, indent=2) + "\n")

    def ask_page(self) -> None:
        self._ask("Export the report", ".report.html", "Page (*.html)", self.save_page)

    def save_page(self, path: str) -> None:
        """Draw the pictures, then write the page; without a renderer it has none."""
        fitted, views, entry = self.work.fitted, [], self.work.results.current
        if fitted is None:
            return
        base = self.viewport.picture(2, 900, 675)
        if base is not None and self.work.rendering.status == "ready":
            one, there = replace(base, mode="one", edges=False), "original" in self.work.scene.meshes
            views = [("Original", replace(one, panes=("original",), shading="lit"))] if there else []
            views.append(("Fitted", replace(one, panes=("fitted",), shading="lit")))
            if self.work.scene.error is not None:
                heat = replace(
                    one, panes=("fitted",), shading="heat", heat=self.work.scene.error.top, map="viridis", over=None
                )
                views.append(("Distance to the original", heat))
        coloured = len(views) > 1 and views[-1][1].shading == "heat"
        pictures: list[tuple[str, bytes]] = []

        def next_view() -> None:
            if len(pictures) < len(views):
                caption, draw = views[len(pictures)]

                def take(picture: np.ndarray) -> None:
                    pictures.append((caption, png_of(image_of(picture, premultiplied=True))))
                    next_view()

                self.work.rendering.snapshot(draw, take)
            else:
                again = commands(entry) if entry is not None and entry.fitted is fitted else []
                when = entry.when if entry is not None else None
                faces, scale = len(fitted.mesh.faces), self.work.scene.error if coloured else None
                report, lines = fitted.report, again or [self._command()]
                self._write(path, page(report, self.work.unit, lines, pictures, when, faces, scale))

        next_view()

    def _write(self, path: str, text: str) -> None:
        def write() -> None:
            with lock(path), writing(path, "w") as file:
                file.write(text)

        self._save(path, write)

    def _save(self, path: str, write: Callable[[], None]) -> None:
        """Write, and say how it went."""
        try:
            write()
        except OutputError as error:
            self.work.complain(str(error))
        else:
            tell_saved(self.work.say, path)

    # pictures

    def ask_picture(self) -> None:
        self._ask(
            "Export the view", ".png", "PNG (*.png)", lambda path: self.picture(lambda i: self._save_image(i, path))
        )

    def _save_image(self, image: QImage, path: str) -> None:
        self._save(path, lambda: write_png(image, path))

    def picture(self, then: Callable[[QImage], None]) -> None:
        """The view at twice its size, with or without a background."""
        view = self.viewport
        draw = view.picture(2, 2 * view.width(), 2 * view.height())
        if draw is not None:
            self.work.rendering.snapshot(draw, lambda p: then(self._composed(p, draw)))

    def _composed(self, picture: np.ndarray, drawn: Draw) -> QImage:
        image = image_of(picture, premultiplied=True)
        if self.transparent:
            return image
        out = QImage(image.size(), QImage.Format.Format_RGB888)
        out.setDevicePixelRatio(2.0)
        painter = QPainter(out)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.viewport.compose(painter, image, drawn)
        painter.end()
        return out

    def copy_picture(self) -> None:
        def put(image: QImage) -> None:
            clipboard = QGuiApplication.clipboard()
            if clipboard is not None:
                clipboard.setImage(image)
                self.work.say("The picture is in the clipboard.", "noticeGood")

        self.picture(put)

    def ask_turntable(self) -> None:
        self._ask("Export a turntable", ".turntable.mp4", "Video (*.mp4);;GIF (*.gif)", self.turntable)

    def turntable(self, path: str, frames: int = 90, rate: int = 30) -> None:
        """Render one turn in a renderer of its own, so that the view stays free."""
        draw = self.viewport.picture(1, 960, 720)
        if draw is None or self._turner is not None:
            return
        if path.lower().endswith(".gif"):
            rate, frames = 20, min(frames, 60)
        theme = self.viewport.theme
        red, green, blue = (int(theme.ground[k : k + 2], 16) for k in (1, 3, 5))
        job = Turntable(path, draw, self.work.scene.look.camera.axis, frames, rate, (red, green, blue))
        turner = self._turner = RenderClient(self)
        turner.set_meshes({k: self.work.scene.meshes[k] for k in draw.panes})
        turner.said.connect(self._turn_failed)
        turner.turned.connect(self._turned)
        turner.state.connect(lambda s: turner.turn(job) if s == "ready" else None)
        self.work.say("Turning … the file appears when it is complete.", "noticeGood")
        turner.start()

    def _turned(self, progress: TurntableProgress) -> None:
        self.viewport.set_progress(progress.done / progress.total)
        if progress.done == progress.total:
            self._end_turn()
            tell_saved(self.work.say, progress.path)

    def _turn_failed(self, message: str) -> None:
        self._end_turn()
        self.work.complain(message)

    def _end_turn(self) -> None:
        self.viewport.set_progress(None)
        if self._turner is not None:
            turner, self._turner = self._turner, None
            turner.close()
            turner.deleteLater()

    def close(self) -> None:
        self._end_turn()

    # words

    def copy_command(self) -> None:
        """The exact line for what is set, into the clipboard."""
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(self._command())
            self.work.say(f"Copied: {self._command()}", "noticeGood")
