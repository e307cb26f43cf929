"""The Shape tab: its docks, its view, and what each command does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PyQt6.QtWidgets import QFileDialog, QMessageBox, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from shapefield.events import Preview
from shapefield_gui import places
from shapefield_gui.actions import Actions
from shapefield_gui.children.jobs import Fitted
from shapefield_gui.dock import Dock
from shapefield_gui.exporting import Exporting
from shapefield_gui.fitting import Fitting
from shapefield_gui.models import runs
from shapefield_gui.models.plan import extract_command
from shapefield_gui.models.runs import FitRun
from shapefield_gui.models.samples import SUFFIXES
from shapefield_gui.models.scene import MODES, SHADINGS
from shapefield_gui.models.session import PAUSED
from shapefield_gui.opening import FILTER, Opening
from shapefield_gui.panels.export_panel import ExportPanel
from shapefield_gui.panels.fit_panel import FitPanel
from shapefield_gui.panels.input_panel import InputPanel
from shapefield_gui.panels.quality_panel import QualityPanel
from shapefield_gui.panels.slice_panel import SlicePanel
from shapefield_gui.panels.surface_panel import SurfacePanel
from shapefield_gui.results import SPAN, Results
from shapefield_gui.run_bar import RunBar
from shapefield_gui.start import StartPage
from shapefield_gui.tabs import Page, Services
from shapefield_gui.theme import Theme
from shapefield_gui.view_bar import ModeBar, ViewBar
from shapefield_gui.viewport import Viewport
from shapefield_gui.workspace import Workspace

_LAYOUT_VERSION = 1
_LEFT, _RIGHT = 280, 296
_EXPORTS = (
    ("export_mesh", "PLY OBJ STL OFF GLB"),
    ("export_field", "any resolution later"),
    ("export_html", "HTML, pictures"),
    ("export_json", "JSON, every figure"),
    ("screenshot", "PNG"),
    ("turntable", "MP4, GIF"),
    ("copy_command", "to the clipboard"),
)


class ShapePage(Page):
    """Open → fit → look → export."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.work = work = Workspace(services.say, self)
        self.actions_by_name = a = Actions(self)
        self.viewport = Viewport(work.scene, work.rendering)
        self.start = StartPage()
        self.input, self.fit_panel = InputPanel(), FitPanel(work.plan, a["fit"])
        self.quality = QualityPanel(a["heat"], a["compare"])
        self.cut, self.surface = SlicePanel(), SurfacePanel()
        self.export_panel = ExportPanel([(a[name], what) for name, what in _EXPORTS])
        self.run_bar = RunBar(work.session, a["pause"], a["stop"])
        self.opening = Opening(work, self.input, self.start, services.settings)
        self.fitting = Fitting(work)
        self.results = Results(work, self.quality, self.cut, self.surface)
        self.exporting = Exporting(work, self.viewport, services.settings, self.command)
        self._then: Callable[[], None] | None = None
        self._place_center()
        self._place_docks()
        self._connect()
        self._restore()
        self._opened_path: str | None = None
        self.refresh()

    # layout

    def _place_center(self) -> None:
        view = QWidget()
        column = QVBoxLayout(view)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(ViewBar(self.actions_by_name))
        column.addWidget(self.viewport, 1)
        column.addWidget(ModeBar(self.actions_by_name, self.work.scene))
        self.stack = QStackedWidget()
        self.stack.addWidget(self.start)
        self.stack.addWidget(view)
        self.setCentralWidget(self.stack)

    def _place_docks(self) -> None:
        area = Qt.DockWidgetArea
        self.docks = [
            Dock("input", "Input", self.input, self, _LEFT),
            Dock("fit", "Fit", self.fit_panel, self, _LEFT),
            Dock("quality", "Quality", self.quality, self, _RIGHT),
            Dock("slice", "Slice", self.cut, self, _RIGHT),
            Dock("surface", "Surface", self.surface, self, _RIGHT),
            Dock("export", "Export", self.export_panel, self, _RIGHT),
            Dock("run", "Run", self.run_bar, self, bare=True),
        ]
        places_of = (area.LeftDockWidgetArea,) * 2 + (area.RightDockWidgetArea,) * 4 + (area.BottomDockWidgetArea,)
        for dock, place in zip(self.docks, places_of, strict=True):
            self.addDockWidget(place, dock)
        self.tabifyDockWidget(self.docks[3], self.docks[4])
        self.tabifyDockWidget(self.docks[4], self.docks[5])
        self.docks[3].raise_()
        self.setTabPosition(area.RightDockWidgetArea, QTabWidget.TabPosition.North)
        self.docks[3].visibilityChanged.connect(self.viewport.show_plane)
        # the layout that a first start and "Reset layout" give
        self.resizeDocks(self.docks[:1] + self.docks[2:3], [_LEFT, _RIGHT], Qt.Orientation.Horizontal)
        self.resizeDocks(self.docks[:2], [190, 400], Qt.Orientation.Vertical)
        self.resizeDocks(self.docks[2:4], [288, 330], Qt.Orientation.Vertical)
        self.resizeDocks(self.docks[6:], [104], Qt.Orientation.Vertical)
        self._first_layout = self.saveState(_LAYOUT_VERSION)

    def _restore(self) -> None:
        settings = self.services.settings
        state = settings.value("shape/layout")
        if state is not None:
            self.restoreState(state, _LAYOUT_VERSION)
        if settings.value("shape/z_up", False, type=bool):
            self.viewport.toggle("z_up")

    # commands

    def _connect(self) -> None:
        a, work, view = self.actions_by_name, self.work, self.viewport
        for name in ("front", "back", "right", "left", "top", "bottom", "iso"):
            a[name].triggered.connect(lambda _, n=name: view.look(n))
        for name in MODES:
            a[name].triggered.connect(lambda _, n=name: work.scene.change(mode=n))
        for name in SHADINGS:
            a[name].triggered.connect(lambda _, n=name: self._shade(n))
        for name, do in {
            "open": lambda: self.opening.ask(self.window() or self),
            "open_reference": self._ask_reference,
            "fit_view": lambda: view.look("fit"),
            "ortho": lambda: view.toggle("orthographic"),
            "z_up": self._z_up,
            "edges": lambda: view.toggle("edges"),
            "swap": self._swap,
            "slice_back": lambda: self.cut.step(-1),
            "slice_on": lambda: self.cut.step(1),
            "fit": self._fit,
            "pause": self.fitting.toggle_pause,
            "stop": self.fitting.stop,
            "discard": self._ask_discard,
            "extract": lambda: self.results.extract(self.surface.config()),
            "compare": self._compare,
            "export_mesh": self.exporting.ask_mesh,
            "export_field": self.exporting.ask_field,
            "export_json": self.exporting.ask_json,
            "export_html": self.exporting.ask_page,
            "screenshot": self.exporting.ask_picture,
            "copy_picture": self.exporting.copy_picture,
            "turntable": self.exporting.ask_turntable,
            "copy_command": self.exporting.copy_command,
        }.items():
            a[name].triggered.connect(lambda _=False, do=do: do())
        a["transparent"].toggled.connect(lambda on: setattr(self.exporting, "transparent", on))
        for name in ("swap", "pause"):
            view.addAction(a[name])
        work.changed.connect(self.refresh)
        work.plan.listen(work.take_unit)
        work.scene.listen(lambda _: self._show_look())
        work.session.listen(self._show_progress)
        work.rendering.state.connect(lambda s: self._renderer_state(s))
        self.start.browse.connect(a["open"].trigger)
        self.fitting.previewed.connect(self._previewed)
        self.fitting.finished.connect(self._finished)
        self.fitting.ended.connect(self._fit_ended)
        view.slid.connect(
            lambda place: self.cut.slider.setValue(round((place / SPAN + 1) / 2 * self.cut.slider.maximum()))
        )

    def menus(self) -> dict[str, list[QAction | None]]:
        found = {name: list(entries) for name, entries in self.actions_by_name.menus.items()}
        reset = QAction("Reset &layout", self)
        reset.triggered.connect(lambda: self.restoreState(self._first_layout, _LAYOUT_VERSION))
        found["View"] += [None, *(d.toggleViewAction() for d in self.docks), reset]
        return found

    def command(self) -> str:
        """The command line for what the window has set: of the field that is open, or of the fit."""
        opened = self.work.opened
        if opened is not None and opened.field is not None:
            c = self.surface.config()
            out = f"{Path(opened.field).stem}.ply"
            return extract_command(opened.field, out, c.resolution, c.level, c.faces, c.largest)
        return self.work.plan.command(opened.path if opened else "MESH")

    def _shade(self, name: str) -> None:
        work = self.work
        if name == "heat" and work.scene.look.mode == "original" and "fitted" in work.scene.meshes:
            work.scene.change(shading="heat", mode="fitted")
        else:
            work.scene.change(shading=name)

    def _z_up(self) -> None:
        self.viewport.toggle("z_up")
        self.services.settings.setValue("shape/z_up", self.work.scene.look.camera.z_up)

    def _swap(self) -> None:
        now = self.work.scene.look.mode
        self.work.scene.change(mode="fitted" if now == "original" else "original")

    def _ask_reference(self) -> None:
        dialog = QFileDialog(self, "Open the mesh that this field was fitted to", "", FILTER)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.opening.set_reference)
        dialog.open()

    def _fit(self) -> None:
        if self.fitting.task is not None:
            self.fitting.stop()
            return
        self.results.clear()
        self.run_bar.begin(self.work.unit)
        self.fitting.start()
        self.viewport.setFocus()

    def _ask_discard(self) -> None:
        box = QMessageBox(
            QMessageBox.Icon.Question, "Discard the fit?", "What has been learnt so far is lost.", parent=self
        )
        discard = box.addButton("Discard", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton("Keep learning", QMessageBox.ButtonRole.RejectRole)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.buttonClicked.connect(lambda b: self.fitting.discard() if b is discard else None)
        box.open()

    def _compare(self) -> None:
        from shapefield_gui.compare import CompareDialog

        if self.work.reference is not None:
            dialog = CompareDialog(self.work, self)
            dialog.show()

    # what happens

    def refresh(self) -> None:
        """Enable what can be done now, and show the view or the empty state."""
        work, a = self.work, self.actions_by_name
        running = self.fitting.task is not None
        field = self.results.field is not None and not running
        original, fitted = "original" in work.scene.meshes, "fitted" in work.scene.meshes
        self.stack.setCurrentIndex(0 if work.opened is None else 1)
        a.enable(work.reference is not None, "fit")
        a.enable(work.reference is not None and not running, "compare")
        a.enable(running, "pause", "stop", "discard")
        a.enable(field, "extract")
        a.enable(work.fitted is not None and not running, "export_mesh", "export_field", "export_json", "export_html")
        a.enable(work.opened is not None, "copy_command")
        a.enable(
            work.opened is not None and work.rendering.status == "ready", "screenshot", "copy_picture", "turntable"
        )
        a.enable(work.opened is not None and work.opened.field is not None, "open_reference")
        a.enable(original and fitted, "both", "side", "split", "swap")
        a.enable(fitted, "fitted")
        a.enable(original, "original")
        a.enable(work.scene.error is not None, "heat")
        a.enable(any(m.colors is not None for m in work.scene.meshes.values()), "colors")
        a["pause"].setText("&Resume" if work.session.state == PAUSED else "&Pause")
        self.fit_panel.button.setText(
            "■  Stop and keep" if running else "▶  Fit" if work.fitted is None else "▶  Fit again"
        )
        self.fit_panel.button.setEnabled(work.reference is not None)
        if work.opened is not None and work.opened.path != self._opened_path:
            self._on_opened(work.opened.path)
        self._show_look()

    def _on_opened(self, path: str) -> None:
        self._opened_path = path
        self.results.clear()
        self.viewport.setFocus()
        title = self.window()
        if title is not None:
            title.setWindowTitle(f"{Path(path).name} — shapefield")
        opened = self.work.opened
        if opened is not None and opened.field is not None:
            self.results.offer()
            if opened.reference is None:
                self.services.say(
                    "To see where this field is off, open the mesh that it was fitted to.",
                    "notice",
                    "",
                    (("Open reference …", self._ask_reference),),
                )
            else:
                self.opening.set_reference(opened.reference)

    def _show_look(self) -> None:
        look, a = self.work.scene.look, self.actions_by_name
        for name in (look.mode, look.shading):
            a[name].setChecked(True)
        a["edges"].setChecked(look.edges)
        a["ortho"].setChecked(look.camera.orthographic)
        a["z_up"].setChecked(look.camera.z_up)

    def _show_progress(self) -> None:
        session = self.work.session
        self.viewport.busy = session.active
        self.viewport.set_progress(session.share if session.active else None)

    def _previewed(self, preview: Preview) -> None:
        error = self.work.scene.error
        if error is not None:
            self.quality.show_preview(error.mean, error.p95, error.max, self.work.unit)
        if len(self.work.session.curves.errors) <= 1:
            self.refresh()

    def _finished(self, fitted: Fitted) -> None:
        self.refresh()
        self.results.offer(fitted)

    def _fit_ended(self) -> None:
        if self.work.fitted is None:
            self.quality.clear()
        then, self._then = self._then, None
        if then is not None:
            then()

    def _renderer_state(self, status: str) -> None:
        self.refresh()
        if status == "ready":
            self.opening.fill_start()

    # page

    def set_theme(self, theme: Theme) -> None:
        for part in (self.viewport, self.run_bar, self.cut):
            part.set_theme(theme)

    def after_paint(self) -> None:
        self.run_bar.add_plots()
        self.work.rendering.start()
        self.opening.fill_start()
        warm = self.work.fitter.run("warm")
        warm.done.connect(lambda found: self.services.show_device(device_text(found)) if found else None)
        for run in runs.interrupted(places.runs())[:1]:
            self._offer_resume(run)

    def _offer_resume(self, run: FitRun) -> None:
        name = Path(run.path).name
        text = f"A fit of {name} ({run.settings.get('method', '')}) was interrupted; it can go on where it was."
        buttons = (("Resume", lambda: self._resume(run)), ("Forget it", run.forget))
        self.services.say(text, "notice", "", buttons)

    def _resume(self, run: FitRun) -> None:
        def go() -> None:
            if self.work.opened is not None and self.work.opened.path == run.path:
                self.work.changed.disconnect(go)
                self.results.clear()
                self.run_bar.begin(self.work.unit)
                self.fitting.resume(run)

        self.work.changed.connect(go)
        self.opening.open(run.path)

    def takes(self, path: str) -> bool:
        return path.lower().endswith((*SUFFIXES, ".field", ".checkpoint"))

    def open_path(self, path: str) -> None:
        if path.endswith(".checkpoint"):
            run = next((r for r in runs.found(places.runs()) if str(r.checkpoint) == str(Path(path).resolve())), None)
            if run is None:
                self.work.complain(f"{Path(path).name}: this run was not begun here: use shapefield fit … --resume")
            else:
                self._resume(run)
            return
        if self.fitting.task is not None:
            self.work.say("A fit is running: stop it first, then open another file.", "notice")
            return
        self.opening.open(path)

    def may_close(self, then: Callable[[], None]) -> bool:
        """A running fit asks: keep running until saved, stop and keep, or cancel."""
        if self.fitting.task is None:
            return True
        text = "A fit is running."
        box = QMessageBox(QMessageBox.Icon.Question, "Close shapefield?", text, parent=self)
        box.setInformativeText("Stopped now, it is saved and can be resumed at the next start. Nothing is lost.")
        wait = box.addButton("Close when it is saved", QMessageBox.ButtonRole.AcceptRole)
        stop = box.addButton("Stop and save", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def chosen(button: object) -> None:
            if button is wait:
                self._then = then
            elif button is stop:
                self._then = then
                self.fitting.keep()

        box.buttonClicked.connect(chosen)
        box.open()
        return False

    def shut_down(self) -> None:
        self.services.settings.setValue("shape/layout", self.saveState(_LAYOUT_VERSION))
        if self.viewport.image is not None:
            self.opening.keep_view_thumbnail(self.viewport.image)
        self.exporting.close()
        self.viewport.hide()
        self.work.close()

    # drops

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        if event is not None and any(self.takes(p) for p in _paths(event)):
            event.acceptProposedAction()
            self.start.set_over(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent | None) -> None:
        self.start.set_over(False)

    def dropEvent(self, event: QDropEvent | None) -> None:
        self.start.set_over(False)
        if event is not None:
            path = next((p for p in _paths(event) if self.takes(p)), None)
            if path is not None:
                event.acceptProposedAction()
                self.open_path(path)


def _paths(event: QDropEvent) -> list[str]:
    data = event.mimeData()
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()] if data is not None else []


def device_text(found: dict) -> str:
    """ "CPU · 2 threads" or the accelerators' names."""
    devices = [d for d in found["devices"] if d != "cpu"]
    name = ", ".join(devices).upper() if devices else "CPU"
    return f"{name} · {found['threads']} threads"
