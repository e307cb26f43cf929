"""The NeRF scene tab, put together: models, panels, view, and who does what each command says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from shapefield_gui import paths
from shapefield_gui.children.engine import STOP
from shapefield_gui.earlier import Earlier
from shapefield_gui.file_menus import earlier_menu
from shapefield_gui.leaving import Leaving
from shapefield_gui.models.samples import Sample, samples
from shapefield_gui.models.session import FAILED, PAUSED
from shapefield_gui.nerf.children.records import SHOWN, Trained
from shapefield_gui.nerf.commands import COMMANDS, PRESETS, VIEW_ONLY
from shapefield_gui.nerf.comparing import SceneComparing
from shapefield_gui.nerf.exporting import SceneExporting
from shapefield_gui.nerf.filming import Filming
from shapefield_gui.nerf.free_view import FreeView
from shapefield_gui.nerf.looking import SceneLooking
from shapefield_gui.nerf.models.runs import KeptSceneRun
from shapefield_gui.nerf.models.scene import title_of
from shapefield_gui.nerf.opening import SceneOpening
from shapefield_gui.nerf.panels.heldout_panel import HeldOutPanel
from shapefield_gui.nerf.panels.mesh_panel import MeshPanel
from shapefield_gui.nerf.panels.path_panel import PathPanel
from shapefield_gui.nerf.panels.scene_panel import ScenePanel
from shapefield_gui.nerf.panels.task_line import TaskLine
from shapefield_gui.nerf.panels.train_panel import TrainPanel
from shapefield_gui.nerf.resuming import SceneResuming
from shapefield_gui.nerf.scene_context import SceneContext
from shapefield_gui.nerf.training import Training, summary
from shapefield_gui.nerf.view_bar import SceneViewBar
from shapefield_gui.tabs import Page, Services
from shapefield_gui.theme import Theme
from shapefield_gui.view.drops import Drops
from shapefield_gui.widgets.actions import Actions
from shapefield_gui.widgets.layout import Layout
from shapefield_gui.widgets.questions import ask_close, ask_discard, ask_stop
from shapefield_gui.widgets.run_bar import RunBar
from shapefield_gui.widgets.start_page import StartPage

SAMPLES = ("knot", "geode", "impeller")
"""Sample meshes that make good scenes; the first has colours of its own."""
_MAKING = 280
"""Logical pixels for the progress of a sample that is being made."""
_FORMATS = (
    "transforms.json of Blender, Instant-NGP or nerfstudio, LLFF, a COLMAP model, a RUN folder, or photographs as they "
    "come from a camera"
)


class NerfPage(Drops, Page):
    """Open → train → look → film and export."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.work = work = SceneContext(services.say, self)
        self.actions_by_name = a = Actions(COMMANDS, self, VIEW_ONLY)
        self.view = FreeView(work.scene)
        self.start, self.making = StartPage("Drop a folder of pictures here", _FORMATS), TaskLine()
        self.scene_panel, self.train_panel = ScenePanel(work.scene), TrainPanel(work.plan, a["train"], a["stop"])
        self.heldout = HeldOutPanel()
        self.path_panel = PathPanel(work.scene, a["keyframe"], a["film"])
        exports = [a["export_mesh"], a["export_points"], a["to_shape"]]
        self.mesh_panel = MeshPanel(work.scene, exports, a["uncrop"])
        hint = "Open posed pictures to begin."
        self.run_bar = RunBar(work.session, a["pause"], a["stop"], hint, "held-out PSNR", log=False)
        self.leaving = Leaving(work, services.settings, self, a["save_run"], "The camera path")
        self.opening, self.training = SceneOpening(work, services.settings, self.leaving), Training(work)
        earlier = Earlier(work, paths.scene_runs(), KeptSceneRun, self._open_earlier)
        self.earlier_menu = earlier_menu(earlier, self)
        self.looking, self.comparing = SceneLooking(work, self.view), SceneComparing(work, self.heldout)
        self.filming = Filming(work, self.view, self.path_panel)
        self.exporting = SceneExporting(work, self.view, self.mesh_panel, self.filming, services.settings)
        self.resuming = SceneResuming(work, self.opening, self.training)
        self._then: Callable[[], None] | None = None
        self._place_center()
        self.layout_of_docks = Layout(
            self,
            "nerf",
            {"Scene": self.scene_panel, "Train": self.train_panel},
            {"Held out": self.heldout, "Path": self.path_panel, "Mesh": self.mesh_panel},
            self.run_bar,
            ((290, 310), None),
        )
        self._connect_commands()
        self._connect_parts()
        self.layout_of_docks.restore(services.settings)
        self.refresh()

    def _place_center(self) -> None:
        view, empty = QWidget(), QWidget()
        for widget, parts in ((view, (SceneViewBar(self.actions_by_name), self.view)), (empty, (self.start,))):
            column = QVBoxLayout(widget)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(0)
            for part in parts:
                column.addWidget(part, int(part is parts[-1]))
        self.making.setMinimumWidth(_MAKING)
        self.start.add_below(self.making)
        self.stack = QStackedWidget()
        self.stack.addWidget(empty)
        self.stack.addWidget(view)
        self.setCentralWidget(self.stack)

    # commands

    def _connect_commands(self) -> None:
        a, scene, exporting = self.actions_by_name, self.work.scene, self.exporting

        def window() -> QWidget:
            return self.window() or self

        for name, do in {
            "open": lambda: self.opening.ask(window(), folder=True),
            "open_file": lambda: self.opening.ask(window(), folder=False),
            "export_mesh": exporting.ask_mesh,
            "export_points": exporting.ask_points,
            "to_shape": lambda: exporting.to_shape(self.services.take_mesh),
            "save_run": exporting.ask_run,
            "film": exporting.ask_film,
            "screenshot": exporting.ask_picture,
            "copy_command": lambda: exporting.copy(exporting.command()),
            "copy_export": lambda: exporting.copy(exporting.export_command()),
            "uncrop": scene.uncrop,
            "fit_view": lambda: self._stand(lambda s, room: s.looking_at_box(room, scene.half)),
            "all_cameras": lambda: self._stand(lambda s, room: s.looking_at_all(room)),
            "previous": lambda: scene.step(-1),
            "next": lambda: scene.step(1),
            "keyframe": self.filming.add_keyframe,
            "train": self._train,
            "pause": self.training.toggle_pause,
            "stop": self.training.stop,
            "ask_stop": lambda: ask_stop(self, "training", self.training.stop),
            "discard": lambda: ask_discard(self, "training", self.training.discard),
        }.items():
            a[name].triggered.connect(lambda _=False, do=do: do())
        for name in PRESETS:
            a[name].triggered.connect(lambda _, n=name: self._stand(lambda s, room, n=n: s.turned(room, n)))
        for name in SHOWN:
            a[name].triggered.connect(lambda _, n=name: scene.set_shown(n))
        a["cameras"].toggled.connect(lambda on: scene.set_marks(cameras=on))
        a["box"].toggled.connect(lambda on: scene.set_marks(box=on))
        self.view.addAction(a["pause"])

    def _connect_parts(self) -> None:
        work, docks = self.work, self.layout_of_docks.docks
        work.changed.connect(self.refresh)
        work.session.listen(self._show_progress)
        work.trainer.lost.connect(self._trainer_lost)
        self.start.browse.connect(self.actions_by_name["open"].trigger)
        self.start.opened.connect(self._start_chosen)
        self.scene_panel.chosen.connect(self._thumbnail_chosen)
        self.opening.opened.connect(self._opened)
        self.opening.working.connect(self.making.follow)
        self.training.began.connect(self._began)
        self.training.previewed.connect(self.comparing.previewed)
        self.training.finished.connect(self._finished)
        self.training.ended.connect(self._training_ended)
        self.filming.changed.connect(self.refresh)
        docks["Path"].visibilityChanged.connect(self.filming.show)
        docks["Mesh"].visibilityChanged.connect(self.view.show_crop)

    def _stand(self, change: Callable) -> None:
        scene = self.work.scene
        if scene.room is not None:
            scene.move(change(scene.stand, scene.room))

    def menus(self) -> dict[str, list[QAction | None]]:
        found = {name: list(entries) for name, entries in self.actions_by_name.menus.items()}
        found["File"][2:2] = [self.earlier_menu.menuAction()]
        found["View"] += [None, *self.layout_of_docks.actions()]
        return found

    def _train(self) -> None:
        if self.training.task is not None:
            ask_stop(self, "training", self.training.stop)
        else:
            self.training.start()
            self.view.setFocus()

    # what happens

    def refresh(self) -> None:
        """Enable what can be done now, and show the view or the empty state."""
        work, a = self.work, self.actions_by_name
        opened, trained = work.scene.opened, work.scene.trained
        running, exporting = self.training.task is not None, self.exporting.task is not None
        self.stack.setCurrentIndex(0 if opened is None else 1)
        a.enable(opened is not None and bool(opened.views), "train", "previous", "next")
        a.enable(running, "pause", "stop", "ask_stop", "discard")
        a.enable(opened is not None, "copy_command", "screenshot", "keyframe", "fit_view", "all_cameras", *PRESETS)
        a.enable(opened is not None, "uncrop")
        a.enable(running or trained is not None, *SHOWN)
        a.enable(trained is not None and not exporting, "export_mesh", "export_points", "to_shape")
        a.enable(trained is not None, "save_run", "copy_export")
        a.enable(self.filming.possible, "film")
        a["pause"].setText("&Resume" if work.session.state == PAUSED else "&Pause")
        possible = opened is not None and bool(opened.views)
        self.train_panel.show_state(possible, running, trained is not None)

    def _start_chosen(self, path: str) -> None:
        if any(str(s.path) == path for s in _offered()):
            self.opening.sample(path)
        else:
            self.opening.open(path)

    def _opened(self) -> None:
        scene = self.work.scene
        self.work.session.reset()
        self.comparing.opened()
        self.comparing.finished()
        trained = scene.trained
        self.run_bar.set_hint("Choose a model and press Train." if trained is None else summary(trained))
        self.stack.setCurrentIndex(1)
        self.view.setFocus()
        if scene.opened is not None:
            self.services.turn_to(scene.opened.source, title_of(scene.opened.source))

    def _thumbnail_chosen(self, index: int) -> None:
        self.work.scene.stand_in(index)
        self.heldout.choose(index)

    def _began(self) -> None:
        self.view.forget()
        self.comparing.reset()
        opened, held_out = self.work.scene.opened, self.work.scene.held_out
        first = f"PSNR of {opened.views[held_out[0]].name}" if opened is not None and held_out else ""
        self.run_bar.begin("dB", first)
        self.looking.begin()

    def _finished(self, trained: Trained) -> None:
        self.refresh()
        self.comparing.finished()

    def _training_ended(self) -> None:
        self.services.ended(self.work.session.message)
        self.looking.end()
        if self.work.scene.trained is None:
            self.view.forget()
            self.view.set_hint("")
            self.comparing.reset()
        then, self._then = self._then, None
        if then is not None:
            self.work.unsaved = ""  # it was asked for to close when it is kept
            then()

    def _trainer_lost(self) -> None:
        """The process that held the field is gone: another one takes it up from the disk."""
        trained = self.work.scene.trained
        if trained is not None and self.training.task is None:
            self.services.say("The process behind the view ended; it was started again.", "notice")
            task = self.work.trainer.run("open run", run=trained.folder)
            task.done.connect(lambda _: self.looking.ask())
            task.failed.connect(self.work.complain)

    def _show_progress(self) -> None:
        session = self.work.session
        self.view.set_progress(session.share if session.active else None)
        self.services.progress(session.whole, session.active)

    # page

    def set_theme(self, theme: Theme) -> None:
        for part in (self.view, self.run_bar, self.scene_panel, self.heldout):
            part.set_theme(theme)

    def after_paint(self) -> None:
        self.run_bar.add_plots()
        self._fill_start()
        self.resuming.offer()

    def showEvent(self, event: object) -> None:
        """The tab is looked at: now training's imports are worth it."""
        if self.work.trainer.pid is None:
            self.work.trainer.run("warm")

    def _fill_start(self) -> None:
        offered = [(s.title, str(s.path)) for s in _offered()]
        recent = [(title_of(p), p) for p in self.opening.recent.paths]
        self.start.show_files("samples", offered)
        self.start.show_files("recent", recent)

    def takes(self, path: str) -> bool:
        place = Path(path)
        return place.is_dir() or place.suffix == ".json" or place.name in ("poses_bounds.npy", "model.safetensors")

    def open_path(self, path: str) -> None:
        if self.training.task is not None:
            self.work.say("A training is running: stop it first, then open another scene.", "notice")
        else:
            self.opening.open(path)

    def _open_earlier(self, run: KeptSceneRun) -> None:
        if run.finished:
            self.open_path(str(run.run))
        elif self.training.task is None:
            self.resuming.resume(run)

    def portray(self, run: bool) -> bool:
        """All thumbnails are there; with `run`, a training has ended and its sharpest picture is shown."""
        scene, session = self.work.scene, self.work.session
        if scene.opened is None or self.opening.task is not None:
            return False
        if not run:
            return True
        if scene.trained is None:
            if not session.active and session.state != FAILED:
                self._stand(lambda s, room: s.looking_at_box(room, scene.half))
                self.training.start()
            return session.state == FAILED
        return self.looking.settled and self.heldout.shown is not None

    def may_close(self, then: Callable[[], None]) -> bool:
        """A running training asks: keep running until saved, stop and keep, or cancel; a result not exported, too."""
        if self.training.task is None:
            asks = self.leaving.asks
            if asks:
                self.leaving.then("Close", then)
            return not asks and not self._cancelled(then)

        def wait() -> None:
            self._then = then

        def stop() -> None:
            self._then = then
            self.training.keep()

        ask_close(self, "training", wait, stop)
        return False

    def _cancelled(self, then: Callable[[], None]) -> bool:
        """Whether a film or an export had to be cancelled: its half-written file must go before the window does."""
        tasks = [t for t in (self.filming.task, self.exporting.task) if t is not None]
        for task in tasks:
            task.tell(STOP)
        if tasks:
            self.work.studio.when_idle(then)
        return bool(tasks)

    def shut_down(self) -> None:
        self.layout_of_docks.save(self.services.settings)
        self.looking.close()
        self.filming.close()
        self.view.hide()
        self.work.close()


def _offered() -> list[Sample]:
    """Sample meshes whose scenes are offered, best first."""
    found = {s.path.stem: s for s in samples()}
    return [found[name] for name in SAMPLES if name in found]
