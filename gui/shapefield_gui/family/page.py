"""The Family tab: the map of the members left, the surface in the middle, principal directions right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QDragEnterEvent, QDropEvent, QGuiApplication, QKeySequence, QShowEvent
from PyQt6.QtWidgets import QFileDialog, QProgressBar, QStackedWidget, QVBoxLayout, QWidget

from shapefield_gui.family.commands import COMMANDS
from shapefield_gui.family.directions import Directions
from shapefield_gui.family.map_view import MapView
from shapefield_gui.family.model import FIRST_TURN, FamilyModel
from shapefield_gui.family.records import CodedSurface, Completed, OpenedFamily, Thumb
from shapefield_gui.family.running import FamilyRunning
from shapefield_gui.family.surface_view import SurfaceView
from shapefield_gui.saved import tell_saved
from shapefield_gui.tabs import Page, Services
from shapefield_gui.theme import Theme
from shapefield_gui.timing import after
from shapefield_gui.view.drops import Drops, paths_of
from shapefield_gui.widgets.actions import Actions
from shapefield_gui.widgets.dock import Dock
from shapefield_gui.widgets.questions import ask_close
from shapefield_gui.widgets.save_dialog import ask_where
from shapefield_gui.widgets.start_page import StartPage

_LAYOUT = 1
_MAP, _RIGHT = 320, 200
_REST = 250
"""Milliseconds without a move after which the picture is drawn whole."""
_BUDGETS = 900.0
"""Seconds of a training that is started here."""
_GOES_ON = "Stopped now, what it has learnt is saved: shapefield family fit, with --resume, goes on."
_SCANS = (".ply", ".obj", ".stl", ".off", ".glb", ".gltf", ".3mf", ".xyz", ".npy")


class FamilyPage(Drops, Page):
    """Open → look at members → drag between them → move along directions → complete a scan."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.setAcceptDrops(True)
        self.model = FamilyModel()
        self.running = FamilyRunning(self)
        self.actions_by_name = a = Actions(COMMANDS, self)
        self.map = MapView(self.model)
        self.view = SurfaceView()
        self.directions = Directions(self.model, [a["complete"], a["export_mesh"]])
        self.start = StartPage("Drop a family here", "A .family; or File, Train a family, on a folder of meshes")
        self._place()
        self._asked, self._settled = after(self, 0, self._ask), after(self, _REST, self._ask_whole)
        self._soon, self._seen = after(self, 0, self._first_seen), False
        self._then: Callable[[], None] | None = None
        self._connect()
        self.set_theme(services.themes.current)
        self._state()

    def _place(self) -> None:
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName("Progress of the run")
        shown = QWidget()
        column = QVBoxLayout(shown)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view, 1)
        column.addWidget(self.bar)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.start)
        self.stack.addWidget(shown)
        self.setCentralWidget(self.stack)
        area = Qt.DockWidgetArea
        self.docks = [
            Dock("family map", "Members", self.map, self, _MAP),
            Dock("family directions", "Directions", self.directions, self, _RIGHT),
        ]
        for k, (dock, place) in enumerate(
            zip(self.docks, (area.LeftDockWidgetArea, area.RightDockWidgetArea), strict=True)
        ):
            self.addDockWidget(place, dock)
            switch = dock.toggleViewAction()
            if switch is not None:
                switch.setShortcut(QKeySequence(f"Alt+{k + 1}"))

    def _connect(self) -> None:
        for name, do in {
            "open": self._ask_family,
            "train": self._ask_folder,
            "complete": self._ask_scan,
            "export_mesh": self._ask_save,
            "copy_command": self._copy,
            "level": self._turn_back,
            "finish": self.running.finish,
            "stop": self.running.stop,
            "reset": self._reset,
        }.items():
            self.actions_by_name[name].triggered.connect(lambda _=False, do=do: do())
        self.start.opened.connect(self.open_path)
        self.start.browse.connect(self._ask_family)
        self.map.chosen.connect(self._choose)
        self.map.gone.connect(self._go)
        self.view.turned.connect(self._turn)
        self.view.resized.connect(lambda: self._asked.start())
        self.directions.moved.connect(self._shift)
        r = self.running
        r.opened.connect(self._opened)
        r.thumb.connect(self._thumb)
        r.seen.connect(self._saw)
        r.progress.connect(self._progress)
        r.finished.connect(self._finished)
        r.changed.connect(self._state)
        r.noticed.connect(self.services.say)
        r.trouble.connect(lambda message, details: self.services.say(message, "noticeBad", details))

    def menus(self) -> dict[str, list[QAction | None]]:
        found = {name: list(entries) for name, entries in self.actions_by_name.menus.items()}
        found["View"] += [None, *(d.toggleViewAction() for d in self.docks)]
        return found

    # files

    def takes(self, path: str) -> bool:
        return path.lower().endswith(".family")

    def open_path(self, path: str) -> None:
        """Open a family, unless something runs."""
        if self._free():
            self.running.start("open", path=path)

    def _free(self) -> bool:
        if self.running.task is not None:
            self.services.say("Something runs here: stop it, or wait for its end.", "noticeBad")
        return self.running.task is None

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        if event is not None and self._dropped(event):
            event.acceptProposedAction()
            self.start.set_over(True)

    def dropEvent(self, event: QDropEvent | None) -> None:
        self.start.set_over(False)
        paths = self._dropped(event) if event is not None else []
        if paths and self.takes(paths[0]):
            self.open_path(paths[0])
        elif paths:
            self.complete(paths[0])

    def _dropped(self, event: QDropEvent) -> list[str]:
        """What of it can be used: families, and scans where a family is open."""
        kinds = (".family", *(_SCANS if self.model.opened is not None else ()))
        return [path for path in paths_of(event) if path.lower().endswith(kinds)]

    def complete(self, path: str) -> None:
        """Have a partial scan made whole, and show that."""
        if self._free():
            self.running.start("complete", path=path)

    def train(self, folder: str, output: str) -> None:
        """Train a family on a folder of meshes."""
        if self._free():
            self.running.start("train", folder=folder, output=output, budget=_BUDGETS)

    def _ask_family(self) -> None:
        self._ask_file("Open a family", "Families (*.family)", self.open_path)

    def _ask_scan(self) -> None:
        self._ask_file("Complete a scan", f"Scans ({' '.join(f'*{s}' for s in _SCANS)})", self.complete)

    def _ask_file(self, title: str, kinds: str, then: Any) -> None:
        dialog = QFileDialog(self, title, "", kinds)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(then)
        dialog.open()

    def _ask_folder(self) -> None:
        dialog = QFileDialog(self, "A folder of meshes of one kind")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._ask_output)
        dialog.open()

    def _ask_output(self, folder: str) -> None:
        ask_where(
            self, self.services.settings, "Where the family goes", "mine.family", "Families (*.family)",
            lambda path: self.train(folder, path),
        )  # fmt: skip

    def _ask_save(self) -> None:
        kinds = "PLY (*.ply);;OBJ (*.obj);;STL (*.stl);;GLB (*.glb)"
        ask_where(self, self.services.settings, "Export the mesh", "surface.ply", kinds, self._export)

    def _export(self, path: str) -> None:
        if self._free():
            self.running.start("save", path=path)

    def _copy(self) -> None:
        if (clipboard := QGuiApplication.clipboard()) is not None and self.model.opened is not None:
            clipboard.setText(self.model.command())
            self.services.say(f"Copied: {self.model.command()}", "noticeGood")

    # what is looked at

    def _choose(self, number: int) -> None:
        self.model.choose(number)
        self._show()

    def _go(self, place: Any) -> None:
        self.model.go(place)
        self._show()

    def _shift(self, axis: int, shift: float) -> None:
        self.model.shifts[axis] = shift
        self._show()

    def _reset(self) -> None:
        self.model.shifts = [0.0] * len(self.model.shifts)
        self.directions.show_model()
        self._show()

    def _turn(self, yaw: float, pitch: float) -> None:
        self.model.turned(yaw, pitch)
        self._asked.start()

    def _turn_back(self) -> None:
        self.model.turn = FIRST_TURN
        self._asked.start()

    def _show(self) -> None:
        self.map.update()
        self.view.say(self.model.title)
        self._asked.start()

    def _ask(self) -> None:
        """A picture of half the size comes at once, the whole one when nothing moves any more."""
        self.running.ask(self.model.look(self.view.pixels // 2))
        self._settled.start()

    def _ask_whole(self) -> None:
        self.running.ask(self.model.look(self.view.pixels))

    # what comes

    def _opened(self, opened: OpenedFamily) -> None:
        if self.model.opened is None or self.model.opened.names != opened.names:
            self.map.clear()
        self.model.take(opened)
        self.stack.setCurrentIndex(1)
        self.directions.show_model()
        if opened.path:
            self.services.turn_to(opened.path, opened.path)
        self._state()
        self._show()

    def _thumb(self, thumb: Thumb) -> None:
        self.map.take(thumb.number, thumb.picture)

    def _saw(self, seen: CodedSurface) -> None:
        self.view.take(seen.picture, seen.told)

    def _progress(self, share: float) -> None:
        self.bar.setValue(round(1000 * share))
        self.services.progress(share, True)

    def _finished(self, job: str, result: Any) -> None:
        if isinstance(result, Completed):
            self.model.completed = result.path
            self.services.say(result.told, "noticeGood")
            self._show()
        elif job == "save":
            tell_saved(self.services.say, result)
        elif job == "train":
            self.services.ended("The family is trained.")
            self.running.engine.when_idle(lambda: self.open_path(result))

    def _state(self) -> None:
        runs, opened = self.running.task is not None, self.model.opened is not None
        a = self.actions_by_name
        a.enable(runs, "stop", "finish")
        a.enable(not runs, "open", "train")
        a.enable(opened and not runs, "complete", "export_mesh")
        a.enable(opened, "copy_command", "level", "reset")
        if not runs and self._then is not None:
            self._then()
        self.bar.setVisible(runs)
        self.bar.setValue(0)
        self.services.progress(None, runs)

    # life

    def may_close(self, then: Callable[[], None]) -> bool:
        """A running training asks: keep running until it is finished, stop and keep what it has learnt, or cancel."""
        if self.running.job != "train":
            return True

        def stop() -> None:
            self._then = then
            self.running.stop()

        def wait() -> None:
            self._then = then

        ask_close(self, "training", wait, stop, _GOES_ON)
        return False

    def portray(self, run: bool) -> bool:
        """Whether a surface and all members are shown."""
        opened = self.model.opened
        return opened is not None and self.view.image is not None and len(self.map.pictures) == len(opened.names)

    def set_theme(self, theme: Theme) -> None:
        for part in (self.map, self.view):
            part.theme = theme
            part.update()

    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        if not self._seen:
            self._seen = True
            self._soon.start()

    def _first_seen(self) -> None:
        """The tab is looked at for the first time: lay out its docks, and let its process import what it needs."""
        self.running.warm()
        if (state := self.services.settings.value("family/layout")) is not None:
            self.restoreState(state, _LAYOUT)
            return
        self.resizeDocks(self.docks, [max(_MAP, self.width() * 2 // 5), _RIGHT], Qt.Orientation.Horizontal)

    def shut_down(self) -> None:
        for timer in (self._asked, self._settled, self._soon):
            timer.stop()
        self.services.settings.setValue("family/layout", self.saveState(_LAYOUT))
        self.running.close()
