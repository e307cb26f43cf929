"""What can be done with the list of results: show one, compare several, rename, delete and take back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PyQt6.QtCore import QObject, Qt
from PyQt6.QtWidgets import QInputDialog, QWidget

from shapefield.config import ExtractionConfig
from shapefield.errors import ShapefieldError
from shapefield.mesh.model import Mesh
from shapefield_gui import paths
from shapefield_gui.children.messages import Draw, SetMesh
from shapefield_gui.children.records import Differing, Fitted
from shapefield_gui.engine import EngineTask
from shapefield_gui.images import image_of
from shapefield_gui.models import keeping, runs
from shapefield_gui.models.plan import solid_settings
from shapefield_gui.models.result_list import GIVEN, REPAIR, SCENE, SURFACE, ResultEntry, title
from shapefield_gui.models.runs import FitRun, RepairRun, SceneMesh
from shapefield_gui.models.scene import reported
from shapefield_gui.models.session import DONE
from shapefield_gui.shape.context import ShapeContext
from shapefield_gui.shape.fitting import told
from shapefield_gui.shape.opening import Opening
from shapefield_gui.shape.panels.results_panel import ResultsPanel
from shapefield_gui.widgets import thumbnails

MOST_PANES = 4


class KeepingResults(QObject):
    """shown(fitted), unshown() are called when another result is the one that is looked at, or none."""

    def __init__(
        self,
        work: ShapeContext,
        panel: ResultsPanel,
        opening: Opening,
        page: QWidget,
        shown: Callable[[Fitted], None],
        unshown: Callable[[], None],
    ) -> None:
        super().__init__(work)
        self.work, self.panel, self.opening, self.page = work, panel, opening, page
        self._shown, self._unshown = shown, unshown
        self._waiting: ResultEntry | None = None
        panel.chosen.connect(self.show)
        work.changed.connect(self._go_on)
        work.kept_changed.connect(self.reload)
        work.results.listen(self._tell_unsaved)

    def _tell_unsaved(self) -> None:
        self.work.unsaved = self.work.results.unsaved

    def reload(self) -> None:
        """List what lies on the disk."""
        running = self.work.run.folder if self.work.run is not None and self.work.session.active else None
        self.work.results.reload(r for r in self._found() if r.folder != running)

    @staticmethod
    def _found() -> list[FitRun]:
        return [
            *runs.found(paths.runs()),
            *runs.found(paths.repairs(), RepairRun),
            *runs.found(paths.scene_meshes(), SceneMesh),
        ]

    # new ones

    def add(
        self, kind: str, run: FitRun, fitted: Fitted, seconds: float | None, config: ExtractionConfig
    ) -> ResultEntry:
        """A result was made just now, and is shown."""
        work = self.work
        surface = {k: v for k, v in config.differing.items()} | {"resolution": config.resolution}
        entry = ResultEntry(kind, run, title(kind, run), fitted.method, runs.now(), surface=surface)
        if kind == SURFACE:
            cropped = ", cropped" if config.crop is not None else ""
            entry.name = f"{Path(run.path).name} at {config.resolution}³{cropped}"
        for waiting in [e for e in work.results.entries if e.kind == GIVEN and e.path == run.path and not e.state]:
            work.results.remove(waiting)
        work.results.add(entry)
        self.complete(entry, fitted, seconds)
        work.results.current = entry
        work.results.tell()
        self.panel.select([entry])
        return entry

    def complete(self, entry: ResultEntry, fitted: Fitted, seconds: float | None) -> None:
        """An entry that was waited for is there."""
        entry.take(fitted, seconds, self.work.unit)
        try:
            self.work.results.keep(entry)
        except ShapefieldError as error:
            self.work.complain(str(error))
        self.portray(entry, fitted.mesh)

    def portray(self, entry: ResultEntry, mesh: Mesh) -> None:
        """Make the entry's thumbnail of this mesh."""
        work, key = self.work, entry.key
        if work.rendering.status != "ready":
            return
        points = mesh.similarity().to_unit(mesh.vertices).astype(np.float32)
        size = 2 * thumbnails.SIZE
        view = work.scene.look.camera.fitted().view(size.width() / size.height())
        draw = Draw(0, size.width(), size.height(), 2, view, ("thumbnail",))
        extra = SetMesh("thumbnail", points, mesh.faces)
        work.rendering.snapshot(draw, lambda p: thumbnails.keep(key, image_of(p, premultiplied=True)), extra)

    def extracted(self, fitted: Fitted, config: ExtractionConfig, seconds: float) -> None:
        """Another surface of a field: of a run of ours, or of a field that was opened, which is copied."""
        work, run = self.work, self.work.run
        if run is None or str(run.field) != fitted.field:
            opened = work.opened
            found = (r for r in runs.found(paths.runs()) if str(r.field) == fitted.field)
            run = next(found, None)
            if run is None and opened is not None:
                path = work.reference or opened.path
                run = runs.adopt_field(paths.runs(), path, {"method": fitted.method}, Path(fitted.field))
            if run is None:
                return
            work.hold(run)
        self.add(SURFACE, run, fitted, seconds, config)

    def take_mesh(self, mesh: str, source: str, method: str) -> None:
        """Keep a mesh that the NeRF tab took out of a scene, and show it. source : its pictures;  method : its model"""
        try:
            run = runs.adopt_mesh(paths.scene_meshes(), source, {"method": method}, Path(mesh))
        except (OSError, ShapefieldError) as error:
            self.work.complain(f"This mesh is not kept in the list: {error}")
            self.opening.open(mesh)
            return
        self.work.hold(run)
        entry = ResultEntry(SCENE, run, title(SCENE, run), method, runs.now())
        self.work.results.add(entry)
        try:
            self.work.results.keep(entry)
        except ShapefieldError as error:
            self.work.complain(str(error))
        self.panel.select([entry])
        self.show(entry)

    # showing

    def show(self, entry: ResultEntry) -> None:
        """Look at this one: what it was made of is opened first, and its surface taken out where it is not at hand."""
        work = self.work
        if entry.state or work.session.active:
            return
        if entry.kind == GIVEN:
            self.opening.open(entry.path)
        elif entry.fitted is not None and work.opened is not None and work.opened.path == entry.path:
            self._take(entry)
        elif work.opened is not None and work.opened.path == entry.path:
            self._load(entry, lambda: self._take(entry))
        elif Path(entry.path).is_file():
            self._waiting = entry
            self.opening.open(entry.path)
        else:
            work.say(f"{entry.path} is not there any more: the field is shown without it.", "notice")
            self.opening.open(str(entry.run.field))

    def _go_on(self) -> None:
        entry, opened = self._waiting, self.work.opened
        if entry is not None and opened is not None and opened.path == entry.path:
            self._waiting = None
            self.show(entry)

    def surface_of(self, entry: ResultEntry, reference: str | None = None) -> EngineTask:
        """Ask for an entry's surface. reference : the mesh that its error is measured against, None for no figures

        Raises UsageError for a damaged note.
        """
        work, field = self.work, str(entry.run.field)
        if entry.kind == REPAIR:
            return work.desk.run("repaired", out=field)
        if entry.kind == SCENE:
            return work.desk.run("taken", mesh=field, method=entry.method)
        settings = solid_settings(entry.run.settings)
        return work.desk.run("extract", field=field, config=entry.config, reference=reference, settings=settings)

    def _load(self, entry: ResultEntry, then: Callable[[], None]) -> None:
        work = self.work
        if entry.fitted is not None:
            then()
            return
        try:
            task = self.surface_of(entry, work.reference)
        except ShapefieldError as error:
            work.complain(str(error))
            return
        take_back = work.say(f"Taking out the surface of {entry.name} …", "noticeBusy")

        def done(fitted: Fitted) -> None:
            entry.take(fitted, entry.seconds, work.unit)
            self.portray(entry, fitted.mesh)
            work.results.tell()
            then()

        task.done.connect(done)
        task.failed.connect(work.complain)
        task.ended.connect(lambda: take_back())

    def _take(self, entry: ResultEntry) -> None:
        work, fitted = self.work, entry.fitted
        if fitted is None or work.opened is None or work.opened.path != entry.path:
            return
        work.hold(entry.run)
        work.fitted, work.run, work.results.current = fitted, entry.run, entry
        work.resolution = entry.config.resolution
        work.scene.compare_nothing()
        mesh = fitted.mesh
        work.scene.set_mesh("fitted", mesh.vertices, mesh.faces, mesh.colors, fitted.error, reported(fitted.report))
        if work.scene.look.mode in ("original", "marks"):
            work.scene.change(mode="fitted")
        if work.scene.error is None and work.scene.look.shading == "heat":
            work.scene.change(shading="lit")
        work.session.move(DONE, told(fitted, work.unit, entry.seconds))
        self._shown(fitted)
        work.results.tell()
        work.changed.emit()

    # several

    def compare(self, entries: list[ResultEntry]) -> None:
        """Side by side, in linked views, each coloured by its own error on one scale."""
        chosen = [e for e in entries if e.made][:MOST_PANES]
        if len({e.path for e in chosen}) > 1:
            self.work.complain("These results are of different meshes: choose those of one to compare them.")
            return
        waiting = [e for e in chosen if e.fitted is None]
        if waiting:
            self._load(waiting[0], lambda: self.compare(entries))
            return
        found = [e.fitted for e in chosen if e.fitted is not None]
        self._stand([(name, f.mesh, f.error) for name, f in zip(_names(chosen), found, strict=True)], "error")

    def _stand(self, surfaces: list[tuple[str, Mesh, np.ndarray | None]], what: str) -> None:
        scene = self.work.scene
        scene.compare(surfaces, what)
        coloured = any(error is not None for _, _, error in surfaces)
        scene.change(mode="side", shading="heat" if coloured else "lit")
        self.work.changed.emit()

    def differ(self, entries: list[ResultEntry]) -> None:
        """Two surfaces side by side, each coloured by how far it is from the other one."""
        if len(entries) != 2 or not all(e.made for e in entries):
            return
        for entry in entries:
            if entry.fitted is None:
                self._load(entry, lambda: self.differ(entries))
                return
        one, other = (e.fitted for e in entries)
        assert one is not None and other is not None
        task = self.work.desk.run("difference", one=one.mesh, other=other.mesh)
        meshes = one.mesh, other.mesh

        def differed(found: Differing) -> None:
            errors = found.one, found.other
            self._stand(list(zip(_names(entries), meshes, errors, strict=True)), "difference")
            self.work.say("The colours say how far each of the two surfaces is from the other one.", "noticeGood")

        task.done.connect(differed)
        task.failed.connect(self.work.complain)

    # rename, delete

    def ask_name(self, entry: ResultEntry) -> None:
        """A new name, without blocking the window."""
        dialog = QInputDialog(self.page)
        dialog.setWindowTitle("Rename")
        dialog.setLabelText("What this result is called:")
        dialog.setTextValue(entry.name)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.textValueSelected.connect(lambda name: self.rename(entry, name))
        dialog.open()

    def rename(self, entry: ResultEntry, name: str) -> None:
        try:
            self.work.results.rename(entry, name)
        except ShapefieldError as error:
            self.work.complain(str(error))

    def delete(self, entries: list[ResultEntry]) -> None:
        """Fits go into the trash for a week, with the surfaces of their fields; a surface alone leaves the list."""
        for entry in entries:
            work, run = self.work, entry.run
            if entry.state or entry not in work.results.entries:
                continue
            if entry.kind == GIVEN:
                work.results.remove(entry)
            elif not keeping.mine(run.folder) and not keeping.is_free(run.folder):
                work.complain(f"{entry.name}: another window has it open: close it there first.")
            elif entry.kind == SURFACE:
                self._leave_out(entry)
            else:
                self._unshow(run)
                work.forget(run, f"{entry.name} is deleted.")

    def _unshow(self, run: FitRun) -> None:
        """Its result is looked at: show the original alone."""
        work = self.work
        if work.run is not run and (work.results.current is None or work.results.current.run is not run):
            return
        work.run, work.fitted, work.results.current = None, None, None
        work.scene.compare_nothing()
        work.scene.drop("fitted")
        work.scene.change(mode="original", shading="lit")
        work.session.reset()
        self._unshown()
        work.changed.emit()

    def _leave_out(self, entry: ResultEntry) -> None:
        self.work.results.remove(entry)

        def back() -> None:
            entry.note = None
            self.work.results.add(entry)
            self.work.results.keep(entry)

        self.work.say(f"{entry.name} is off the list.", "noticeGood", "", (("Undo", back),))


def _names(entries: list[ResultEntry]) -> list[str]:
    """What each is called above its view: its method where they differ, else its name; never two alike."""
    methods = [e.method for e in entries]
    names = methods if len(set(methods)) == len(methods) else [e.name for e in entries]
    taken = {"original": 1, "fitted": 1}
    out = []
    for name in names:
        taken[name] = taken.get(name, 0) + 1
        out.append(name if taken[name] == 1 else f"{name} ({taken[name]})")
    return out
