"""Interrupted trainings: offered at the start, and taken up where they were."""

from __future__ import annotations

import functools

from PyQt6.QtCore import QObject

from shapefield_gui import paths
from shapefield_gui.models import runs
from shapefield_gui.nerf.models.runs import KeptSceneRun
from shapefield_gui.nerf.models.scene import title_of
from shapefield_gui.nerf.opening import SceneOpening
from shapefield_gui.nerf.scene_context import SceneContext
from shapefield_gui.nerf.training import Training


class SceneResuming(QObject):
    """Opens a run's dataset, then goes on with it."""

    def __init__(self, work: SceneContext, opening: SceneOpening, training: Training) -> None:
        super().__init__(work)
        self.work, self.opening, self.training = work, opening, training
        self._waiting: KeptSceneRun | None = None
        opening.opened.connect(self._go_on)

    def offer(self) -> None:
        """Say that the newest interrupted training can go on, if there is one."""
        for run in runs.interrupted(paths.scene_runs(), KeptSceneRun)[:1]:
            text = f"A training on {title_of(run.path)} ({run.settings.get('model', '')}) was interrupted; "
            forget = functools.partial(self.work.forget, run, "The training is forgotten.")
            buttons = (("Resume", functools.partial(self.resume, run)), ("Forget it", forget))
            self.work.say(text + "it can go on where it was.", "notice", "", buttons)

    def resume(self, run: KeptSceneRun) -> None:
        """Open the run's dataset, then go on."""
        self._waiting = run
        self.opening.open(run.path)

    def _go_on(self) -> None:
        run, opened = self._waiting, self.work.scene.opened
        if run is not None and opened is not None and opened.source == run.path:
            self._waiting = None
            self.training.resume(run)
