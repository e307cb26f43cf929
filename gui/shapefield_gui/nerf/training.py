"""Run a training: start, resume; what comes of it goes to the scene."""

from __future__ import annotations

from typing import Any

from PyQt6.QtCore import pyqtSignal

from shapefield.errors import ShapefieldError
from shapefield.nerf.events import ViewPreview
from shapefield_gui import paths
from shapefield_gui.models import formatting, keeping, runs
from shapefield_gui.nerf.children.records import Trained
from shapefield_gui.nerf.models.runs import KeptSceneRun
from shapefield_gui.nerf.models.scene import title_of
from shapefield_gui.nerf.scene_context import SceneContext
from shapefield_gui.running import Running


class Training(Running):
    """began(), previewed(ViewPreview), finished(Trained)"""

    began = pyqtSignal()
    previewed = pyqtSignal(object)

    def __init__(self, work: SceneContext) -> None:
        super().__init__(work, self._keep, lambda: work.scene.learnt(None), self.resume)
        self.work = work

    def start(self) -> None:
        """Train on what is open with the plan as it is."""
        work = self.work
        if work.scene.opened is None or self.task is not None:
            return
        try:
            config, options = work.plan.config()
            run = runs.begin(paths.scene_runs(), work.scene.opened.source, work.plan.settings(), KeptSceneRun)
        except ShapefieldError as error:
            work.complain(str(error))
        else:
            self._begin(run, config, options, resume=False)

    def resume(self, run: KeptSceneRun) -> None:
        """Go on with an interrupted training; its dataset is open already."""
        try:
            self.work.plan.restore(run.settings)
            config, options = self.work.plan.config()
            keeping.hold(run.folder)
        except (ShapefieldError, TypeError) as error:
            self.work.complain(str(error))
        else:
            self._begin(run, config, options, resume=True)

    def _begin(self, run: KeptSceneRun, config: Any, options: dict[str, Any], resume: bool) -> None:
        work = self.work
        work.hold(run)
        work.run, work.unsaved = run, ""
        work.scene.learnt(None)
        work.session.begin()
        self.began.emit()
        arguments = {"source": run.path, "run": str(run.run), "config": config, "options": options, "resume": resume}
        self.follow(work.trainer.run("train", **arguments))

    def _event(self, event: Any) -> None:
        super()._event(event)
        if isinstance(event, ViewPreview):
            self.previewed.emit(event)

    def _keep(self, trained: Trained) -> str:
        self.work.scene.learnt(trained)
        if self.work.run is not None:
            self.work.unsaved = f"The training on {title_of(self.work.run.path)}"
        return summary(trained)


def summary(trained: Trained) -> str:
    """What was reached, in a line."""
    run, report = trained.run, trained.report
    parts = [
        f"{formatting.counted(run.get('steps_done') or 0, 'step')} in {formatting.seconds(run.get('training_seconds'))}"
    ]
    if report.get("psnr") is not None:
        views = "one held-out view" if report["count"] == 1 else f"{report['count']} held-out views"
        parts.append(f"{report['psnr']:.1f} dB on {views}")
    return f"{trained.model}: {', '.join(parts)}."
