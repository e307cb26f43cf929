"""The Lab tab: the experiment and its sliders left, its pictures in the middle, curves and figures right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PyQt6.QtCore import Qt, QUrl
from PyQt6.QtGui import (
    QAction,
    QDesktopServices,
    QDragEnterEvent,
    QDropEvent,
    QFont,
    QGuiApplication,
    QKeySequence,
    QShowEvent,
)
from PyQt6.QtWidgets import QFileDialog, QProgressBar, QVBoxLayout, QWidget

from shapefield.lab.comparison.plan import MESH_SUFFIXES
from shapefield.lab.pictures import SUFFIXES
from shapefield_gui.engine import EngineTask
from shapefield_gui.lab.choice_panel import ChoicePanel
from shapefield_gui.lab.commands import COMMANDS
from shapefield_gui.lab.facts_panel import FactsPanel
from shapefield_gui.lab.model import COMPARE, PICTURE, Bench, OwnDemo
from shapefield_gui.lab.running import LabRunning
from shapefield_gui.saved import tell_saved
from shapefield_gui.tabs import Page, Services
from shapefield_gui.theme import STEP, Theme
from shapefield_gui.timing import after
from shapefield_gui.view.drops import paths_of
from shapefield_gui.widgets.actions import Actions
from shapefield_gui.widgets.dock import TITLE_SIZE, Dock
from shapefield_gui.widgets.plain import PlainLabel
from shapefield_gui.widgets.questions import ask_run
from shapefield_gui.widgets.save_dialog import ask_where

_LEFT, _RIGHT = 264, 380
_LAYOUT = 1
_AGAIN_MS, _DRAW_MS = 350, 60
_SMALLEST, _LARGEST, _TIMES = 0.8, 2.4, 1.15


class LabPage(Page):
    """Choose → run → look; move a slider, and it runs again with the curve before as a ghost."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.setAcceptDrops(True)
        self.bench = Bench()
        self.running = LabRunning(self.bench, self)
        self.actions_by_name = a = Actions(COMMANDS, self)
        self.choice = ChoicePanel(self.bench, a["run"], a["open"])
        self.facts = FactsPanel()
        self.theme = services.themes.current
        self.pictures: Any = None
        self.charts: Any = None
        self._usual = QFont(self.font())
        self.times = float(services.settings.value("lab/text", 1.0) or 1.0)
        self._place()
        self._again = after(self, _AGAIN_MS, self._run_again)
        self._draw = after(self, _DRAW_MS, self._show)
        self._soon, self._seen = after(self, 0, self._first_seen), False
        self._connect()
        self._chosen()

    def _place(self) -> None:
        self.title = PlainLabel()
        self.title.setObjectName("bar")
        self.title.setWordWrap(True)
        self.title.setContentsMargins(STEP * 2, STEP, STEP * 2, STEP)
        self.see = PlainLabel()
        self.see.setWordWrap(True)
        self.see.setContentsMargins(STEP * 2, STEP, STEP * 2, STEP)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName("Progress of the run")
        middle = QWidget()
        self._middle = QVBoxLayout(middle)
        self._middle.setContentsMargins(0, 0, 0, 0)
        self._middle.setSpacing(0)
        self._middle.addWidget(self.title)
        self._shown_at = QVBoxLayout()
        self._shown_at.addStretch(1)
        self._middle.addLayout(self._shown_at, 1)
        self._middle.addWidget(self.bar)
        self._middle.addWidget(self.see)
        self.setCentralWidget(middle)
        right = QWidget()
        self._right = QVBoxLayout(right)
        self._right.setContentsMargins(0, 0, 0, 0)
        self._right.addStretch(1)
        area = Qt.DockWidgetArea
        self.docks = [
            Dock("lab experiment", "Experiment", self.choice, self, _LEFT),
            Dock("lab curves", "Curves", right, self, 300),
            Dock("lab figures", "Figures", self.facts, self, 300),
        ]
        places = (area.LeftDockWidgetArea, area.RightDockWidgetArea, area.RightDockWidgetArea)
        for k, (dock, place) in enumerate(zip(self.docks, places, strict=True), 1):
            self.addDockWidget(place, dock)
            switch = dock.toggleViewAction()
            if switch is not None:
                switch.setShortcut(QKeySequence(f"Alt+{k}"))

    def _connect(self) -> None:
        for name, do in {
            "open": self._ask_files,
            "open_demo": self._ask_demo,
            "save": lambda: self._ask_save("page", "png", self.save_picture),
            "save_field": lambda: self._ask_save("field", "field", self.save_fitted),
            "save_fitted": lambda: self._ask_save("fitted picture", "png", self.save_fitted),
            "copy_command": self._copy,
            "larger": lambda: self._resize_text(self.times * _TIMES),
            "smaller": lambda: self._resize_text(self.times / _TIMES),
            "usual": lambda: self._resize_text(1.0),
            "run": self._run_or_stop,
            "stop": self.running.stop,
            "reset": self._reset,
        }.items():
            self.actions_by_name[name].triggered.connect(lambda _=False, do=do: do())
        self.choice.chosen.connect(self._chosen)
        self.choice.moved.connect(self._moved)
        self.running.shown.connect(self._shown)
        self.running.changed.connect(self._state)
        self.running.reported.connect(self._reported)
        self.running.noticed.connect(self.services.say)
        self.running.trouble.connect(lambda message, details: self.services.say(message, "noticeBad", details))

    def menus(self) -> dict[str, list[QAction | None]]:
        found = {name: list(entries) for name, entries in self.actions_by_name.menus.items()}
        found["View"] += [None, *(d.toggleViewAction() for d in self.docks)]
        return found

    # what is chosen

    def _chosen(self) -> None:
        """Another subject: an empty board."""
        self.running.clear()
        self._again.stop()
        self.bench.begin(same=False)
        self.title.setText(self.bench.title)
        self.see.setText(self.bench.see)
        self._set_fonts(self.choice)
        self.choice.fit_list()
        self._show()
        self._state()

    def _moved(self) -> None:
        """A slider moved: what has been run is run again, once the slider rests."""
        if self.bench.subject != COMPARE and (self.bench.board.plots or self.running.task is not None):
            self._again.start()

    def _run_again(self) -> None:
        self.running.start()
        self._shown()

    def _run_or_stop(self) -> None:
        if self.running.task is not None:
            self.running.stop()
        elif self.bench.subject == COMPARE and not self.bench.comparison.chosen:
            self.services.say("Choose at least one method to compare.", "noticeBad")
        else:
            self._run_again()

    def _reset(self) -> None:
        self.bench.own.clear()
        self.choice.show_subject()
        self._moved()

    def _copy(self) -> None:
        if (clipboard := QGuiApplication.clipboard()) is not None:
            clipboard.setText(self.bench.command())
            self.services.say(f"Copied: {self.bench.command()}", "noticeGood")

    # pictures

    def takes(self, path: str) -> bool:
        return path.lower().endswith(SUFFIXES)

    def open_path(self, path: str) -> None:
        """Choose this picture, and fit it."""
        self.bench.subject, self.bench.picture = PICTURE, path
        self.choice.show_subject()
        self._chosen()
        self._run_again()

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        if event is not None and self._dropped(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:
        paths = self._dropped(event) if event is not None else []
        if paths and self.bench.subject == COMPARE:
            self.compare_on(paths)
        elif paths:
            self.open_path(paths[0])

    def _dropped(self, event: QDropEvent) -> list[str]:
        """What of it can be used: pictures; meshes too where methods are compared."""
        kinds = (*SUFFIXES, *(MESH_SUFFIXES if self.bench.subject == COMPARE else ()))
        return [path for path in paths_of(event) if path.lower().endswith(kinds)]

    def _ask_files(self) -> None:
        """A picture to fit; or meshes and pictures, where methods are compared."""
        compare = self.bench.subject == COMPARE
        patterns = " ".join(f"*{s}" for s in (*SUFFIXES, *(MESH_SUFFIXES if compare else ())))
        title, kinds = ("Compare on", "Meshes and pictures") if compare else ("Open a picture", "Pictures")
        dialog = QFileDialog(self, title, "", f"{kinds} ({patterns})")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if compare:
            dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
            dialog.filesSelected.connect(self.compare_on)
        else:
            dialog.fileSelected.connect(self.open_path)
        dialog.open()

    def _ask_demo(self) -> None:
        """A Python file, and whether it is to be run."""
        dialog = QFileDialog(self, "Open a demonstration", "", "Python (*.py)")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: ask_run(self, path, lambda: self.open_demo(path)))
        dialog.open()

    def open_demo(self, path: str) -> None:
        """Run a file of one's own for what it is, and choose it."""
        task = self.running.look_into(path)

        def found(demo: OwnDemo) -> None:
            self.bench.demos[path] = demo
            self.bench.subject = path
            self.choice.show_subject()
            self._chosen()

        task.done.connect(found)
        task.failed.connect(lambda message, details: self.services.say(message, "noticeBad", details))

    def compare_on(self, paths: list[str]) -> None:
        """Choose these files for the comparison, which is started by Run."""
        self.bench.subject, self.bench.comparison.inputs = COMPARE, tuple(paths)
        self.choice.show_subject()
        self._chosen()

    def _reported(self, path: str) -> None:
        show = QUrl.fromLocalFile(path)
        buttons = (("Open the report", lambda: QDesktopServices.openUrl(show)),)
        self.services.say("The comparison is done; its report has the tables and a guide.", "noticeGood", "", buttons)

    def _ask_save(self, what: str, suffix: str, write: Callable[[str], None]) -> None:
        name, kind = f"{self.bench.stem}.{suffix}", f"{suffix.upper()} (*.{suffix})"
        ask_where(self, self.services.settings, f"Export the {what}", name, kind, write)

    def save_picture(self, path: str) -> None:
        """Write what is shown to `path`."""
        self._report_writing(self.running.save(path))

    def save_fitted(self, path: str) -> None:
        """Write the picture that was fitted: its network where `path` ends in .field, else its pixels."""
        self._report_writing(self.running.save_fitted(path))

    def _report_writing(self, task: EngineTask) -> None:
        task.done.connect(lambda where: tell_saved(self.services.say, where))
        task.failed.connect(lambda message, details: self.services.say(message, "noticeBad", details))

    # what is shown

    def _shown(self) -> None:
        if not self._draw.isActive():
            self._draw.start()

    def _show(self) -> None:
        board, running = self.bench.board, self.running.task is not None
        at = self.running.progress
        now = at.stage if running and at is not None and self.bench.subject == COMPARE else ""
        self.see.setText(f"Now {now}. {self.bench.see}" if now else self.bench.see)
        if self.pictures is not None:
            words = f"{now or 'Starting'} …" if running else "Run shows it here."
            self.pictures.show_images(board.images, words)
            if self.charts.show_board(board, self.bench.ghost):
                self.charts.set_font(self.font())
        if self.facts.show_facts(board.facts):
            self._set_fonts(self.facts)
        share = at.done / at.total if at is not None and at.total else 0.0
        self.bar.setValue(round(1000 * share) if running else 1000 * self.running.ended_well)
        self.services.progress(share, running)

    def _state(self) -> None:
        running = self.running.task is not None
        if not running and self.running.ended_well:
            self.services.ended(f"{self.bench.title} is done.")
        self.choice.show_state(running)
        a = self.actions_by_name
        a["run"].setText("&Stop" if running else "&Run")
        a.enable(running, "stop")
        a.enable(bool(self.bench.board.images) and not running, "save")
        fitted = self.bench.subject == PICTURE and self.running.ended_well and not running
        a.enable(fitted and bool(self.bench.board.images), "save_field", "save_fitted")
        self._shown()

    # colours and sizes

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        for part in (self.pictures, self.charts):
            if part is not None:
                part.set_theme(theme)
        self._size_text()  # a new style sheet takes every font back to the application's

    def _resize_text(self, times: float) -> None:
        self.times = min(_LARGEST, max(_SMALLEST, times))
        self.services.settings.setValue("lab/text", self.times)
        self._size_text()
        self.resizeDocks(self.docks[:1], [self._left], Qt.Orientation.Horizontal)

    @property
    def _left(self) -> int:
        """Logical pixels of the left dock: more for larger text, up to a quarter of the page."""
        return max(_LEFT, min(round(_LEFT * self.times), self.width() // 4))

    def _size_text(self) -> None:
        font = QFont(self._usual)
        font.setPointSizeF(self._usual.pointSizeF() * self.times)
        self.setFont(font)
        self._set_fonts(self)
        head = QFont(font)
        head.setPointSizeF(font.pointSizeF() * 1.3)
        head.setWeight(QFont.Weight.DemiBold)
        self.title.setFont(head)
        if self.charts is not None:
            self.charts.set_font(font)
        self.choice.fit_list()

    def _set_fonts(self, part: QWidget) -> None:
        """The present size, in everything below `part`: style sheets keep fonts from being inherited."""
        for widget in part.findChildren(QWidget):
            own = QFont(widget.font())
            share = TITLE_SIZE if widget.objectName() == "dockTitleText" else 1.0
            own.setPointSizeF(share * self.font().pointSizeF())
            widget.setFont(own)

    # life

    def after_paint(self) -> None:
        """Now pyqtgraph may be imported."""
        from shapefield_gui.lab.charts import Charts
        from shapefield_gui.lab.pictures import Pictures

        self.pictures, self.charts = Pictures(), Charts()
        for layout, part in ((self._shown_at, self.pictures), (self._right, self.charts)):
            spacer = layout.takeAt(0)
            del spacer
            layout.insertWidget(0, part, 1)
            part.set_theme(self.theme)
        self._resize_text(self.times)
        self._show()

    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        if not self._seen:
            self._seen = True
            self._soon.start()

    def _first_seen(self) -> None:
        """The tab is looked at for the first time: lay out its docks, and let its process import what runs need."""
        self.running.warm()
        if (state := self.services.settings.value("lab/layout")) is not None:
            self.restoreState(state, _LAYOUT)
            return
        wide = max(_RIGHT, self.width() * 3 // 10)
        self.resizeDocks(self.docks[:2], [self._left, wide], Qt.Orientation.Horizontal)
        self.resizeDocks(self.docks[1:], [self.height() * 7 // 10, self.height() * 3 // 10], Qt.Orientation.Vertical)

    def shut_down(self) -> None:
        for timer in (self._again, self._draw, self._soon):
            timer.stop()
        self.services.settings.setValue("lab/layout", self.saveState(_LAYOUT))
        self.running.close()
