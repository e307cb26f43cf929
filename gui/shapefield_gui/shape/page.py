"""The Shape tab, put together: models, panels, view, and who does what each command says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QFileDialog, QStackedWidget, QVBoxLayout, QWidget

from shapefield.config import ExtractionConfig
from shapefield.errors import OutputError
from shapefield.events import Preview
from shapefield_gui import paths
from shapefield_gui.children.records import REPAIR, Fitted
from shapefield_gui.earlier import Earlier
from shapefield_gui.file_menus import earlier_menu, recent_menu, sample_menu
from shapefield_gui.leaving import Leaving
from shapefield_gui.models.plan import extract_command
from shapefield_gui.models.result_list import FIT
from shapefield_gui.models.runs import FitRun
from shapefield_gui.models.samples import SUFFIXES
from shapefield_gui.models.session import DONE
from shapefield_gui.shape.available import Available
from shapefield_gui.shape.commands import COMMANDS, VIEW_ONLY
from shapefield_gui.shape.comparing import Comparing
from shapefield_gui.shape.context import ShapeContext
from shapefield_gui.shape.exporting import Exporting
from shapefield_gui.shape.exporting_several import ExportingSeveral
from shapefield_gui.shape.fitting import Fitting, work_seconds
from shapefield_gui.shape.keeping_results import KeepingResults
from shapefield_gui.shape.looking import Looking
from shapefield_gui.shape.method_choice import MethodChoice
from shapefield_gui.shape.opening import FILTER, Opening
from shapefield_gui.shape.panels.error_panel import ErrorPanel
from shapefield_gui.shape.panels.export_panel import ExportPanel
from shapefield_gui.shape.panels.fit_panel import FitPanel
from shapefield_gui.shape.panels.input_panel import InputPanel
from shapefield_gui.shape.panels.quality_panel import QualityPanel
from shapefield_gui.shape.panels.results_panel import ResultsPanel
from shapefield_gui.shape.panels.slice_panel import SlicePanel
from shapefield_gui.shape.panels.surface_panel import SurfacePanel
from shapefield_gui.shape.repairing import Repairing
from shapefield_gui.shape.results import Results
from shapefield_gui.shape.resuming import Resuming
from shapefield_gui.shape.several import Several
from shapefield_gui.shape.tour import steps
from shapefield_gui.shape.undoing import Undoing
from shapefield_gui.tabs import Page, Services
from shapefield_gui.theme import Theme
from shapefield_gui.view.drops import Drops
from shapefield_gui.view.focus import leave_button
from shapefield_gui.view.view_bar import ModeBar, ViewBar
from shapefield_gui.view.viewport import Viewport
from shapefield_gui.widgets.actions import Actions
from shapefield_gui.widgets.layout import Layout
from shapefield_gui.widgets.questions import ask_close, ask_close_files, ask_discard, ask_stop
from shapefield_gui.widgets.run_bar import RunBar
from shapefield_gui.widgets.start_page import StartPage
from shapefield_gui.widgets.tour import TourStep

_EXPORTS = (
    ("export_mesh", "PLY, OBJ, STL, …"),
    ("export_field", "any resolution later"),
    ("export_html", "HTML, pictures"),
    ("export_json", "JSON, every figure"),
    ("screenshot", "PNG"),
    ("turntable", "MP4, GIF"),
    ("copy_command", "to the clipboard"),
)

_OF_FILES = ("fit_all", "repair_all", "stop_all")
_OF_RESULTS = ("result_side", "result_differ", "result_export", "result_rename", "result_delete")


class ShapePage(Drops, Page):
    """Open → fit → look → export."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.work = work = ShapeContext(services.say, self)
        self.actions_by_name = a = Actions(COMMANDS, self, VIEW_ONLY)
        self.viewport = Viewport(work.scene, work.rendering)
        self.start = StartPage("Drop a mesh here", "OBJ, PLY, STL, OFF, GLB, 3MF, or a .field")
        self.input, self.fit_panel = InputPanel(), FitPanel(work.plan, a["fit"], a["stop"], a["repair"])
        self.quality = QualityPanel(a["heat"], a["compare"])
        self.cut, self.surface = SlicePanel(), SurfacePanel()
        self.error_panel = ErrorPanel(work.scene)
        self.export_panel = ExportPanel([(a[name], what) for name, what in _EXPORTS])
        self.results_panel = ResultsPanel(
            work.results, [a[name] for name in _OF_RESULTS], [a[name] for name in _OF_FILES]
        )
        self.run_bar = RunBar(work.session, a["pause"], a["stop"], "Open a mesh to begin.", "preview's error")
        lost = "A surface that was taken out of it again"
        self.leaving = Leaving(work, services.settings, self, a["export_field"], lost)
        self.opening = Opening(work, self.input, self.start, services.settings)
        self.fitting = Fitting(work)
        self.results = Results(work, self.quality, self.cut, self.surface)
        self.kept = KeepingResults(work, self.results_panel, self.opening, self, self.results.offer, self.results.clear)
        self.undoing = Undoing(work, self.fit_panel, self.surface, self.kept)
        self.comparing, self.repairing = Comparing(work, self.kept), Repairing(work)
        self.several = Several(work, self.opening, self.kept)
        self.exporting = Exporting(work, self.viewport, services.settings, self.command)
        self.exporting_several = ExportingSeveral(work, self.kept, services.settings, self)
        self.resuming = Resuming(work, self.opening, self.fitting, self._begin_run)
        self.recent_menu = recent_menu(lambda: self.opening.recent.paths, self.open_path, self)
        self.earlier = Earlier(work, paths.runs(), FitRun, self._open_earlier)
        self.earlier_menu = earlier_menu(self.earlier, self)
        self.sample_menu = sample_menu(self.open_path, self)
        self._then: Callable[[], None] | None = None
        self._opened_path: str | None = None
        self._place_center()
        self.layout_of_docks = Layout(
            self,
            "shape",
            {"Input": self.input, "Fit": self.fit_panel},
            {
                "Quality": self.quality,
                "Slice": self.cut,
                "Surface": self.surface,
                "Error": self.error_panel,
                "Results": self.results_panel,
                "Export": self.export_panel,
            },
            self.run_bar,
            ((306, 364), (226, 402)),
        )
        self.looking = Looking(work.scene, self.viewport, a, self.opening.remember_up)
        self.available = Available(work, a, self.results, self.comparing, self.repairing, self.several)
        self._connect()
        self.layout_of_docks.restore(services.settings)
        self.refresh()

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

    # commands

    def _connect(self) -> None:
        a, work, exporting = self.actions_by_name, self.work, self.exporting
        for name, do in {
            "open": lambda: self.opening.ask(self.window() or self, self.open_paths),
            "open_reference": self._ask_reference,
            "slice_back": lambda: self.cut.step(-1),
            "slice_on": lambda: self.cut.step(1),
            "fit": self._fit,
            "pause": self.fitting.toggle_pause,
            "stop": self.fitting.stop,
            "ask_stop": lambda: ask_stop(self, "fit", self.fitting.stop),
            "discard": lambda: ask_discard(self, "fit", self.fitting.discard),
            "repair": lambda: self.repairing.start(self._repair_settings()),
            "extract": lambda: self.results.extract(self.surface.config()),
            "compare": self._compare,
            "compare_stop": self.comparing.stop,
            "fit_all": lambda: self.several.begin(FIT, work.plan.settings),
            "repair_all": lambda: self.several.begin(REPAIR, self._repair_settings()),
            "stop_all": self.several.stop,
            "result_side": lambda: self.kept.compare(self.results_panel.selection),
            "result_differ": lambda: self.kept.differ(self.results_panel.selection),
            "result_export": self._export_results,
            "result_rename": lambda: self.kept.ask_name(self.results_panel.selection[0]),
            "result_delete": lambda: self.kept.delete(self.results_panel.selection),
            "export_mesh": exporting.ask_mesh,
            "export_field": exporting.ask_field,
            "export_json": exporting.ask_json,
            "export_html": exporting.ask_page,
            "screenshot": exporting.ask_picture,
            "copy_picture": exporting.copy_picture,
            "undo": self.undoing.steps.undo,
            "redo": self.undoing.steps.redo,
            "turntable": exporting.ask_turntable,
            "copy_command": exporting.copy_command,
        }.items():
            a[name].triggered.connect(lambda _=False, do=do: (leave_button(self.viewport), do()))
        a["transparent"].toggled.connect(lambda on: setattr(exporting, "transparent", on))
        self.viewport.addAction(a["pause"])
        self.viewport.slid.connect(self.cut.move_to)
        self.viewport.menu_wanted.connect(self.looking.show_menu)
        self.surface.crop.changed.connect(lambda box: work.scene.change(crop=box))
        self.layout_of_docks.docks["Slice"].visibilityChanged.connect(self.viewport.show_plane)
        work.changed.connect(self.refresh)
        work.plan.listen(work.take_unit)
        work.session.listen(self._show_progress)
        work.rendering.state.connect(self._renderer_state)
        self.start.browse.connect(a["open"].trigger)
        self.fitting.previewed.connect(self._previewed)
        self.fitting.finished.connect(self._finished)
        self.fitting.ended.connect(self._fit_ended)
        self.repairing.finished.connect(self._repaired)
        self.input.flown.connect(self.looking.fly_to)
        self.input.named.connect(self._name_unit)
        self.error_panel.flown.connect(self.looking.look_at)
        self.results.extracted.connect(self._extracted)
        self.several.progressed.connect(lambda *_: self._show_progress())
        self.several.ended.connect(self.services.ended)
        work.results.listen(self._refresh_results)
        self.undoing.steps.listen(lambda: self.available.refresh_undo(self.undoing.steps))

    def menus(self) -> dict[str, list[QAction | None]]:
        found = {name: list(entries) for name, entries in self.actions_by_name.menus.items()}
        found["File"][1:1] = [m.menuAction() for m in (self.recent_menu, self.earlier_menu, self.sample_menu)]
        found["View"] += [None, *self.layout_of_docks.actions()]
        return found

    def _repair_settings(self) -> dict[str, Any]:
        return self.work.plan.solid | ({"keep_open": True} if self.input.keep_open.isChecked() else {})

    def command(self) -> str:
        """The command line for what the window has set: of the field that is open, or of the fit."""
        opened = self.work.opened
        if opened is not None and opened.field is not None:
            return extract_command(opened.field, f"{Path(opened.field).stem}.ply", self.surface.config())
        surface = self.surface.config() if self.work.fitted is not None else None
        return self.work.plan.command(opened.path if opened else "MESH", surface)

    def _ask_reference(self) -> None:
        dialog = QFileDialog(self, "Open the mesh that this field was fitted to", "", FILTER)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.opening.set_reference)
        dialog.open()

    def _fit(self) -> None:
        if self.fitting.task is not None:
            ask_stop(self, "fit", self.fitting.stop)
            return
        self._begin_run()
        self.fitting.start()
        if self.comparing.entry is not None:
            self.work.session.wait_for(f"Waits for {self.comparing.entry.method} of the comparison")
        self.viewport.setFocus()

    def _begin_run(self) -> None:
        self.results.clear()
        self.run_bar.begin(self.work.unit)

    def _compare(self) -> None:
        if self.work.reference is not None:
            self.layout_of_docks.docks["Results"].show()
            self.layout_of_docks.docks["Results"].raise_()
            MethodChoice(self, self.comparing.begin).open()

    # what happens

    def _export_results(self) -> None:
        picked = self.results_panel.selection
        if len(picked) > 1:
            self.exporting_several.ask(picked)
        else:
            self.exporting.ask_mesh()

    def refresh(self) -> None:
        """Enable what can be done now, and show the view or the empty state."""
        work, opened, running = self.work, self.work.opened, self.fitting.task is not None
        self.stack.setCurrentIndex(0 if opened is None else 1)
        self.available.refresh(running)
        self.fit_panel.show_state(work.reference is not None, running, work.fitted is not None)
        if opened is not None and opened.path != self._opened_path:
            self._on_opened(opened.path)
        self._refresh_results()
        self.available.refresh_undo(self.undoing.steps)
        self.looking.refresh()

    def _refresh_results(self) -> None:
        self.available.refresh_results(self.results_panel.selection, self.fitting.task is not None)

    def _on_opened(self, path: str) -> None:
        self._opened_path = path
        self.results.clear()
        if self.fitting.task is None:  # an interrupted fit goes on as soon as its mesh is open
            self.work.session.reset()
        is_field = self.work.opened is not None and self.work.opened.field is not None
        self.run_bar.set_hint(
            "Cut through it, take its surface out again, export it." if is_field else "Choose a method and press Fit."
        )
        self.viewport.setFocus()
        self.services.turn_to(path, Path(path).name)
        opened = self.work.opened
        if opened is None or opened.field is None:
            return
        if opened.drawn is not None:
            self.results.offer(opened.drawn)
        if opened.reference is not None:
            self.opening.set_reference(opened.reference)
            return
        text = "To see where this field is off, open the mesh that it was fitted to."
        self.services.say(text, "notice", "", (("Open reference …", self._ask_reference),))

    def _show_progress(self) -> None:
        session = self.work.session
        self.viewport.busy = session.active
        self.viewport.set_progress(session.share if session.active else None)
        if session.active:
            self.services.progress(session.whole, True)
        else:
            self.services.progress(self.several.share, self.several.running)

    def _previewed(self, preview: Preview) -> None:
        error = self.work.scene.error
        if error is not None:
            self.quality.show_preview(error.mean, error.p95, error.max, self.work.unit)
        if len(self.work.session.curves.errors) <= 1:
            self.refresh()

    def _extracted(self, fitted: Fitted, config: ExtractionConfig, seconds: float) -> None:
        before = self.work.results.current
        try:
            self.kept.extracted(fitted, config, seconds)
            self.undoing.surface_taken(before, self.work.results.current)
        except (OSError, OutputError) as error:
            self.work.complain(f"This surface is not kept in the list: {error}")

    def _repaired(self, fitted: Fitted, seconds: float) -> None:
        if self.work.run is not None:
            self.kept.add(REPAIR, self.work.run, fitted, seconds, ExtractionConfig())
        self.results.offer(fitted)

    def _name_unit(self, unit: str | None) -> None:
        """Every length that is shown follows."""
        work = self.work
        self.opening.name_unit(unit)
        self.input.show_unit(work.unit, False)
        if work.fitted is not None and not work.session.active:
            self.results.offer(work.fitted)

    def _finished(self, fitted: Fitted) -> None:
        if self.work.run is not None:
            config = ExtractionConfig(resolution=self.work.resolution)
            self.kept.add(FIT, self.work.run, fitted, work_seconds(fitted), config)
        self.refresh()
        self.results.offer(fitted)

    def _fit_ended(self) -> None:
        self.services.ended(self.work.session.message)
        if self.work.fitted is None:
            self.quality.clear()
        elif self.work.session.state != DONE:  # discarded: the result before it is shown again
            self.results.offer(self.work.fitted)
        then, self._then = self._then, None
        if then is not None:
            self.work.unsaved = ""  # it was asked for to close when it is kept
            then()

    def _renderer_state(self, status: str) -> None:
        self.refresh()
        if status == "ready":
            self.opening.fill_start()

    # page

    def take_mesh(self, path: str, source: str, method: str) -> bool:
        if self.fitting.task is None:
            self.kept.take_mesh(path, source, method)
        else:
            self.work.say("A fit is running: stop it first, then take the mesh over.", "notice")
        return True

    def tour(self) -> list[TourStep]:
        return steps(self)

    def set_theme(self, theme: Theme) -> None:
        for part in (self.viewport, self.run_bar, self.cut, self.error_panel):
            part.set_theme(theme)

    def after_paint(self) -> None:
        self.run_bar.add_plots()
        self.work.rendering.start()
        self.opening.fill_start()
        warm = self.work.fitter.run("warm")
        warm.done.connect(lambda found: self.services.show_device(device_text(found)) if found else None)
        self.resuming.offer()
        self.kept.reload()

    def takes(self, path: str) -> bool:
        return path.lower().endswith((*SUFFIXES, ".field", ".checkpoint"))

    def open_path(self, path: str, reference: str | None = None) -> None:
        if self.fitting.task is not None:
            self.work.say("A fit is running: stop it first, then open another file.", "notice")
        elif path.endswith(".checkpoint"):
            self.resuming.open_checkpoint(path)
        else:
            self.opening.open(path, reference)

    def open_paths(self, paths: list[str]) -> None:
        """Several become entries of the list of results; the first one is shown."""
        if len(paths) > 1:
            self.several.add(paths)
            docks = self.layout_of_docks.docks
            docks["Results"].show()
            docks["Results"].raise_()
        if len(paths) == 1 or self.fitting.task is None:
            self.open_path(paths[0])

    def _open_earlier(self, run: FitRun) -> None:
        if run.finished:
            self.open_path(str(run.field), run.path)
        elif self.fitting.task is None:
            self.resuming.resume(run)

    def may_close(self, then: Callable[[], None]) -> bool:
        """A running fit asks: keep running until saved, stop and keep, or cancel; a result not exported does, too.

        So do files that are worked on: what is done of them is kept.
        """
        if self.several.running:

            def close() -> None:
                self.several.abandon()
                then()

            ask_close_files(self, close)
            return False
        if self.fitting.task is None:
            asks = self.leaving.asks
            if asks:
                self.leaving.then("Close", then)
            return not asks

        def wait() -> None:
            self._then = then

        def stop() -> None:
            self._then = then
            self.fitting.keep()

        ask_close(self, "fit", wait, stop)
        return False

    def shut_down(self) -> None:
        self.layout_of_docks.save(self.services.settings)
        self.exporting.close()
        self.viewport.hide()
        self.work.close()


def device_text(found: dict) -> str:
    """ "CPU · 2 threads" or the accelerators' names."""
    devices = [d for d in found["devices"] if d != "cpu"]
    name = ", ".join(devices).upper() if devices else "CPU"
    threads = found["threads"]
    return f"{name} · {threads} thread{'s' if threads != 1 else ''}"
