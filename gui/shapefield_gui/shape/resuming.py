"""Interrupted fits: offered at the start, and taken up where they were."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QObject

from shapefield.errors import OutputError
from shapefield_gui import paths
from shapefield_gui.children.records import Interrupted
from shapefield_gui.models import runs
from shapefield_gui.models.runs import FitRun
from shapefield_gui.shape.context import ShapeContext
from shapefield_gui.shape.fitting import Fitting
from shapefield_gui.shape.opening import Opening


class Resuming(QObject):
    """`prepare` is called before a fit goes on, to clear what the last one left in the panels."""

    def __init__(self, work: ShapeContext, opening: Opening, fitting: Fitting, prepare: Callable[[], None]) -> None:
        super().__init__(work)
        self.work, self.opening, self.fitting, self._prepare = work, opening, fitting, prepare
        self._waiting: FitRun | None = None
        work.changed.connect(self._go_on)

    def offer(self) -> None:
        """Say that the newest interrupted fit can go on, if there is one."""
        for run in runs.interrupted(paths.runs())[:1]:
            text = f"A fit of {Path(run.path).name} ({run.settings.get('method', '')}) was interrupted; "
            forget = functools.partial(self.work.forget, run, "The fit is forgotten.")
            buttons = (("Resume", functools.partial(self.resume, run)), ("Forget it", forget))
            self.work.say(text + "it can go on where it was.", "notice", "", buttons)

    def resume(self, run: FitRun) -> None:
        """Open the run's mesh, then go on."""
        self._waiting = run
        self.opening.open(run.path)

    def open_checkpoint(self, path: str) -> None:
        """Go on with the run that this checkpoint belongs to; one of another program is copied, and left as it is."""
        run = next((r for r in runs.found(paths.runs()) if str(r.checkpoint) == str(Path(path).resolve())), None)
        if run is not None:
            self.resume(run)
            return
        task = self.work.desk.run("look into", path=path)
        task.done.connect(self._adopt)
        task.failed.connect(self.work.complain)

    def _adopt(self, found: Interrupted) -> None:
        try:
            self.resume(runs.adopt(paths.runs(), found.source, found.settings, Path(found.path)))
        except (OSError, OutputError) as error:
            self.work.complain(f"{Path(found.path).name}: the run could not be copied: {error}")

    def _go_on(self) -> None:
        run, opened = self._waiting, self.work.opened
        if run is not None and opened is not None and opened.path == run.path:
            self._waiting = None
            self._prepare()
            self.fitting.resume(run)
