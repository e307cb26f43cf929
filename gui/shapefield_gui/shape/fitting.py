"""Run a fit: start and resume it; previews go to the scene as they come."""

from __future__ import annotations

from typing import Any

from PyQt6.QtCore import pyqtSignal

from shapefield.config import ExtractionConfig
from shapefield.errors import ShapefieldError
from shapefield.events import Event, Preview
from shapefield.mending.verdict import headline
from shapefield.methods import DEFAULT
from shapefield_gui import paths
from shapefield_gui.children.records import REPAIR, Fitted
from shapefield_gui.models import formatting, keeping, runs
from shapefield_gui.models.runs import FitRun
from shapefield_gui.models.scene import reported
from shapefield_gui.running import Running
from shapefield_gui.shape.context import ShapeContext


class Fitting(Running):
    """previewed(Preview), finished(Fitted)"""

    previewed = pyqtSignal(object)

    def __init__(self, work: ShapeContext) -> None:
        super().__init__(work, self._keep, self._drop, self.resume)
        self.work = work
        self._before: tuple[Fitted | None, FitRun | None, int] = (None, None, 0)

    def start(self) -> None:
        """Fit what is open with the plan as it is."""
        work = self.work
        if work.opened is None or work.reference is None or self.task is not None:
            return
        plan = work.plan
        settings = {"method": plan.method, "budget": plan.budget, "resolution": plan.resolution, **plan.changed}
        try:
            config = plan.config()
            run = runs.begin(paths.runs(), work.reference, settings)
        except ShapefieldError as error:
            work.complain(str(error))
        else:
            self._begin(run, config, resume=False)

    def resume(self, run: FitRun) -> None:
        """Go on with an interrupted fit; its mesh is open already."""
        try:
            keeping.hold(run.folder)
        except ShapefieldError as error:
            self.work.complain(str(error))
            return
        plan, settings = self.work.plan, dict(run.settings)
        plan.set(
            method=settings.pop("method", DEFAULT),
            budget=settings.pop("budget", plan.budget),
            resolution=settings.pop("resolution", ExtractionConfig().resolution),
        )
        plan.changed = settings
        plan.set()
        try:
            self._begin(run, plan.config(), resume=True)
        except ShapefieldError as error:
            self.work.complain(str(error))

    def _begin(self, run: FitRun, config: object, resume: bool) -> None:
        work = self.work
        work.hold(run)
        self._before = (work.fitted, work.run, work.resolution)
        work.run, work.fitted = run, None
        work.resolution = work.plan.resolution
        work.scene.drop("fitted")
        work.scene.compare_nothing()
        work.scene.change(
            mode="original", shading="lit" if work.scene.look.shading == "heat" else work.scene.look.shading
        )
        work.session.begin()
        self.follow(work.fitter.run("fit", path=run.path, field=str(run.field), config=config, resume=resume))

    def _event(self, event: Event) -> None:
        super()._event(event)
        if isinstance(event, Preview):
            scene = self.work.scene
            first = "fitted" not in scene.meshes
            scene.set_mesh("fitted", event.vertices, event.faces, None, event.error)
            if first:
                scene.change(mode="fitted")
            self.previewed.emit(event)

    def _keep(self, fitted: Fitted) -> str:
        work = self.work
        work.fitted = fitted
        self._show(fitted)
        return sentence(fitted, work.unit)

    def _show(self, fitted: Fitted) -> None:
        scene = self.work.scene
        first = "fitted" not in scene.meshes
        mesh = fitted.mesh
        scene.set_mesh("fitted", mesh.vertices, mesh.faces, mesh.colors, fitted.error, reported(fitted.report))
        if first:
            scene.change(mode="fitted")

    def _drop(self) -> None:
        """Show what was there before the fit that was discarded."""
        work, self.work.scene.error = self.work, None
        work.scene.drop("fitted")
        before, run, resolution = self._before
        if before is None:
            work.scene.change(mode="original", shading="lit")
            return
        work.fitted, work.run, work.resolution = before, run, resolution
        self._show(before)


def told(fitted: Fitted, unit: str | None, seconds: float | None = None) -> str:
    """What a result is, in a sentence: a fit's surface, or a repaired mesh."""
    if fitted.method == REPAIR:
        return verdict(fitted.report)
    if not fitted.field:
        return f"A mesh with {formatting.counted(len(fitted.mesh.faces), 'face')}, taken out of a scene."
    return sentence(fitted, unit, seconds)


def sentence(fitted: Fitted, unit: str | None, seconds: float | None = None) -> str:
    """What the surface is and how far it is off, if that is known of it. seconds : instead of those of the fit"""
    mean = ((fitted.report.get("quality") or {}).get("input") or {}).get("mean")
    error = f", {formatting.length(mean, unit)} mean error" if mean is not None else ", not compared with the original"
    took = formatting.seconds(work_seconds(fitted) if seconds is None else seconds)
    return f"Closed surface with {formatting.counted(len(fitted.mesh.faces), 'face')}{error}, in {took}."


def work_seconds(fitted: Fitted) -> float | None:
    """Wall time of the fit until its surface."""
    return (fitted.report.get("run") or {}).get("wall")


def verdict(report: dict[str, Any]) -> str:
    """A repair's first line, as a sentence."""
    line = formatting.spaced(headline(report))
    return f"{line[:1].upper()}{line[1:]}."
