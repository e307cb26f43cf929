"""What can be asked of a finished field: slices, and the surface again. Newest wish wins, one at a time."""

from __future__ import annotations

import time
from dataclasses import replace

from PyQt6.QtCore import QObject, pyqtSignal

from shapefield.config import ExtractionConfig
from shapefield.events import Progress
from shapefield_gui.children.records import REPAIR, Fitted, Sliced
from shapefield_gui.models import formatting
from shapefield_gui.models.plan import solid_settings
from shapefield_gui.models.scene import reported
from shapefield_gui.shape.context import ShapeContext
from shapefield_gui.shape.fitting import sentence, verdict
from shapefield_gui.shape.opening import radius_of
from shapefield_gui.shape.panels.quality_panel import QualityPanel
from shapefield_gui.shape.panels.slice_panel import SPAN, SlicePanel
from shapefield_gui.shape.panels.surface_panel import SurfacePanel

LIVE = 128
"""Cells of the surface that follows the hand."""
_LIVE = "A look at {}³, not measured and not kept: take the surface again to measure and keep it."


class Results(QObject):
    """Fills the panels of what came out, and asks the engine for more of it.

    extracted(fitted, config, seconds) : another surface was taken out of the field
    """

    extracted = pyqtSignal(object, object, float)

    def __init__(self, work: ShapeContext, quality: QualityPanel, cut: SlicePanel, surface: SurfacePanel) -> None:
        super().__init__(work)
        self.work, self.quality, self.cut, self.surface = work, quality, cut, surface
        self._cutting = False
        self._next_cut: tuple[int, float] | None = None
        self.extracting = False
        cut.wanted.connect(self.ask_slice)
        surface.wanted.connect(self.extract)
        self._trying = False
        self._next_try: ExtractionConfig | None = None
        surface.tried.connect(self.try_out)

    @property
    def field(self) -> str | None:
        """The .field file that is looked at."""
        if self.work.fitted is not None:
            return self.work.fitted.field or None
        return self.work.opened.field if self.work.opened else None

    def clear(self) -> None:
        for panel in (self.quality, self.cut, self.surface):
            panel.clear()
        self.work.scene.change(plane=None, crop=None)

    def offer(self, fitted: Fitted) -> None:
        """There is a field, and a surface of it: fill the panels."""
        work = self.work
        if work.opened is None:
            return
        report, faces = fitted.report, len(fitted.mesh.faces)
        resolution = int(report.get("resolution", work.resolution))
        seconds = (report.get("seconds") or {}).get("surface")
        if seconds and "quality" in report:
            self.surface.forecast.learn(resolution, float(seconds))
        self.quality.show_report(report, work.unit, faces, self._why_unknown(fitted))
        if self.field is None:
            self.cut.clear()
            self.surface.clear()
            return
        low, high = work.opened.mesh.bounds
        whole = work.opened.report or report if work.opened.drawn is fitted else report
        self.surface.begin(int(whole.get("resolution") or resolution), low, high, work.unit)
        self.surface.offer(work.unit, radius_of(work.opened), fitted.is_distance, resolution, faces)
        self.cut.begin()

    def _why_unknown(self, fitted: Fitted) -> str:
        """Why a surface has no figures though its field's report has some: they are of another one."""
        if fitted.method == REPAIR:
            return verdict(fitted.report)
        report = (self.work.opened.report if self.work.opened else None) or {}
        mean = ((report.get("quality") or {}).get("input") or {}).get("mean")
        if mean is None or "quality" in fitted.report:
            return ""
        at = f"{report.get('resolution')}³"
        return (
            f"This is its surface at {fitted.report.get('resolution')}³. The error in its report, "
            f"{formatting.length(mean, self.work.unit)} on average, is of the surface at {at}: take that one again."
        )

    # slices

    def ask_slice(self, axis: int, share: float) -> None:
        """Cut at `share` 0..1; while one is being made, only the newest wish is kept."""
        self._next_cut = (axis, share)
        if self.field is not None:
            self.work.scene.change(plane=(axis, (2 * share - 1) * SPAN))
        self._cut_next()

    def _cut_next(self) -> None:
        opened = self.work.opened
        if self._cutting or self._next_cut is None or self.field is None or opened is None:
            return
        axis, share = self._next_cut
        self._next_cut = None
        place = float(opened.center[axis]) + (2 * share - 1) * SPAN / opened.scale
        self._cutting = True
        task = self.work.desk.run("slice", field=self.field, axis=axis, place=place)
        task.done.connect(self._cut_done)
        task.failed.connect(self.work.complain)
        task.ended.connect(self._cut_ended)

    def _cut_done(self, sliced: Sliced) -> None:
        if self.field is not None:
            self.cut.show_slice(sliced)

    def _cut_ended(self) -> None:
        self._cutting = False
        self._cut_next()

    # the surface again

    def extract(self, config: ExtractionConfig) -> None:
        """Take the surface out with other settings."""
        work = self.work
        if self.field is None or self.extracting:
            return
        self.extracting, self._next_try = True, None
        self.surface.button.setEnabled(False)
        began = time.monotonic()
        settings = work.plan.solid if work.run is None else solid_settings(work.run.settings)
        task = work.desk.run("extract", field=self.field, config=config, reference=work.reference, settings=settings)
        task.said.connect(self._progress)
        task.done.connect(lambda fitted: self._extracted(fitted, config, time.monotonic() - began))
        task.failed.connect(work.complain)
        task.ended.connect(self._extract_ended)

    def try_out(self, config: ExtractionConfig) -> None:
        """The surface as it would be, coarsely and at once: newest wish wins, and the list of results keeps none."""
        self._next_try = replace(config, resolution=min(config.resolution, LIVE), faces=None)
        self._try_next()

    def _try_next(self) -> None:
        work, config = self.work, self._next_try
        if self._trying or self.extracting or config is None or self.field is None or work.session.active:
            return
        self._next_try, self._trying = None, True
        began = time.monotonic()
        task = work.desk.run("extract", field=self.field, config=config)
        task.done.connect(lambda fitted: self._tried(fitted, config, time.monotonic() - began))
        task.failed.connect(work.complain)
        task.ended.connect(self._try_ended)

    def _tried(self, fitted: Fitted, config: ExtractionConfig, seconds: float) -> None:
        work, mesh = self.work, fitted.mesh
        if self.field != fitted.field or self.extracting:
            return
        work.fitted, work.resolution, work.results.current = fitted, config.resolution, None
        work.scene.set_mesh("fitted", mesh.vertices, mesh.faces, mesh.colors)
        mode = "fitted" if work.scene.look.mode in ("original", "marks") else work.scene.look.mode
        work.scene.change(mode=mode, shading="lit" if work.scene.look.shading == "heat" else work.scene.look.shading)
        work.session.move(work.session.state, sentence(fitted, work.unit, seconds))
        self.quality.show_report(fitted.report, work.unit, len(mesh.faces), _LIVE.format(config.resolution))
        work.results.tell()
        work.changed.emit()

    def _try_ended(self) -> None:
        self._trying = False
        self._try_next()

    def _progress(self, event: object) -> None:
        if isinstance(event, Progress) and event.total:
            self.surface.button.setText(f"Working … {100 * event.done / event.total:.0f} %")

    def _extracted(self, fitted: Fitted, config: ExtractionConfig, seconds: float) -> None:
        work = self.work
        work.fitted = fitted
        work.resolution = config.resolution
        mesh, figures = fitted.mesh, reported(fitted.report)
        work.scene.set_mesh("fitted", mesh.vertices, mesh.faces, mesh.colors, fitted.error, figures)
        if work.scene.look.mode == "original":
            work.scene.change(mode="fitted")
        meant = config.crop is None and not config.level
        why = self._why_unknown(fitted) if meant else "Not compared: it is not meant to be the original."
        work.session.move(work.session.state, sentence(fitted, work.unit, seconds))
        self.quality.show_report(fitted.report, work.unit, len(fitted.mesh.faces), why)
        self.surface.forecast.learn(config.resolution, seconds)
        self.surface.offer(
            work.unit, radius_of(work.opened), fitted.is_distance, config.resolution, len(fitted.mesh.faces)
        ) if work.opened else None
        faces = formatting.counted(len(fitted.mesh.faces), "face")
        work.say(f"New surface at {config.resolution}³: {faces}, in {formatting.seconds(seconds)}.", "noticeGood")
        self.extracted.emit(fitted, config, seconds)
        work.changed.emit()

    def _extract_ended(self) -> None:
        self.extracting = False
        self.surface.button.setEnabled(True)
        self.surface.button.setText("Take surface again")
