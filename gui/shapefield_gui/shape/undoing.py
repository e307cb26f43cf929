"""Undo and redo of what is set for a fit and for a surface, crops included, and of surfaces that were taken again."""

from __future__ import annotations

from typing import Any

from PyQt6.QtCore import QObject

from shapefield.config import ExtractionConfig
from shapefield_gui.models.result_list import ResultEntry
from shapefield_gui.models.undo import Step, UndoList, Watched
from shapefield_gui.shape.context import ShapeContext
from shapefield_gui.shape.keeping_results import KeepingResults
from shapefield_gui.shape.panels.fit_panel import FitPanel
from shapefield_gui.shape.panels.surface_panel import SurfacePanel


class Undoing(QObject):
    """Of the file that is open."""

    def __init__(self, work: ShapeContext, fit: FitPanel, surface: SurfacePanel, kept: KeepingResults) -> None:
        super().__init__(work)
        self.work, self.fit, self.surface, self.kept = work, fit, surface, kept
        self.steps = UndoList()
        self._plan = Watched("settings of the fit", self.steps, self._read_plan, self._restore_plan)
        self._surface = Watched("settings of the surface", self.steps, self._read_surface, self._restore_surface)
        self._file: str | None = None
        work.plan.listen(self._plan.edited)
        surface.edited.connect(self._surface.edited)
        surface.begun.connect(self._surface.settle)
        work.changed.connect(self._follow)

    def _follow(self) -> None:
        opened = self.work.opened.path if self.work.opened is not None else None
        if opened != self._file:
            self._file = opened
            self._plan.settle()
            self.steps.clear()

    # settings

    def _read_plan(self) -> dict[str, Any]:
        plan = self.work.plan
        own = {"method": plan.method, "budget": plan.budget, "resolution": plan.resolution}
        return own | {f"set {name}": value for name, value in plan.changed.items()}

    def _restore_plan(self, state: dict[str, Any]) -> None:
        plan = self.work.plan
        plan.set(**{name: value for name, value in state.items() if not name.startswith("set ")})
        plan.changed = {name[4:]: value for name, value in state.items() if name.startswith("set ")}
        plan.set()
        self.fit.advanced.renew()
        self._plan.settle()

    def _read_surface(self) -> dict[str, Any]:
        config = self.surface.config()
        return {name: getattr(config, name) for name in ("resolution", "level", "faces", "largest", "crop")}

    def _restore_surface(self, state: dict[str, Any]) -> None:
        self.surface.restore(ExtractionConfig(**state))
        self._surface.settle()

    # surfaces

    def surface_taken(self, before: ResultEntry | None, now: ResultEntry | None) -> None:
        """Another surface was taken out of the field. before : the result that was shown until then"""
        if before is not None and now is not None and before is not now:
            self.steps.push(
                Step("the new surface", frozenset(), lambda: self.kept.show(before), lambda: self.kept.show(now))
            )
