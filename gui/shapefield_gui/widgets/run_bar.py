"""What is happening: stage, step, rate, time, progress, pause and stop; what the engine noted; and the live curves."""

from __future__ import annotations

import time
from typing import Any

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QResizeEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from shapefield_gui.models import formatting
from shapefield_gui.models.session import FINISHING, PAUSED, FitSession
from shapefield_gui.theme import LIGHT, STEP, Theme
from shapefield_gui.timing import after, every
from shapefield_gui.widgets.dock import tabular, tool, wrapping
from shapefield_gui.widgets.plain import PlainLabel

_REFRESH_MS = 120
_TOGETHER = "\u00a0"
"""A space where no line breaks: a number stays with its unit."""
_JOINED = "\u2060"
"""Nothing, and no line breaks there."""
_HEIGHT = 104
"""Logical pixels, whatever is shown: nothing above moves when a run begins."""


class RunBar(QWidget):
    """Follows a `FitSession`; redrawn at most every 120 ms, however many events come."""

    def __init__(
        self, session: FitSession, pause: QAction, stop: QAction, hint: str, second: str, log: bool = True
    ) -> None:
        """hint : said while nothing has run;  second : title of the second curve;  log : whether its axis is"""
        super().__init__()
        self._hint, self._second, self._log = hint, second, log
        self.session = session
        self.theme: Theme = LIGHT
        self.unit: str | None = None
        self.loss: Any = None
        self.error: Any = None
        self._began = 0.0
        self._held = 0.0
        self._paused_at: float | None = None
        self.stage = PlainLabel("Ready")
        self.stage.setObjectName("heading")
        self.detail = wrapping("", "quiet")
        self.detail.setFont(tabular(self.detail.font()))
        self.note = wrapping("", "quiet")
        self.note.setAccessibleName("Notes")
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.notes = QScrollArea()
        self.notes.setWidget(self.note)
        self.notes.setWidgetResizable(True)
        self.notes.setFrameShape(QFrame.Shape.NoFrame)
        self.notes.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 1000)
        self.progress.setAccessibleName("Progress")
        self.buttons = QWidget()
        box = QHBoxLayout(self.buttons)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(STEP // 2)
        box.addWidget(tool(pause))
        box.addWidget(tool(stop))
        head = QHBoxLayout()
        head.addWidget(self.stage)
        head.addStretch()
        head.addWidget(self.buttons)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP // 2)
        column.addLayout(head)
        column.addWidget(self.detail)
        column.addWidget(self.progress)
        column.addStretch()
        self.setObjectName("runBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(STEP * 3 // 2, STEP, STEP * 3 // 2, STEP // 2)
        self._row.setSpacing(STEP * 2)
        self._row.addWidget(left, 2)
        self._row.addWidget(self.notes, 2)
        self.setFixedHeight(_HEIGHT)
        self._due = after(self, _REFRESH_MS, self.refresh)
        self._clock = every(self, 500, self.refresh)
        session.listen(self._wake)
        self.refresh()

    def add_plots(self) -> None:
        """Make the curves; called after the first paint, for pyqtgraph takes its time to import."""
        from shapefield_gui.widgets.plots import CurvePlot

        if self.loss is not None:
            return
        self.loss = CurvePlot("loss")
        self.error = CurvePlot(self._second, second=True, dots=True, log=self._log)
        for curve in (self.loss, self.error):
            curve.set_theme(self.theme)
            self._row.addWidget(curve, 2)
        self.refresh()

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        for curve in (self.loss, self.error):
            if curve is not None:
                curve.set_theme(theme)

    def set_hint(self, hint: str) -> None:
        """What to do next, said while nothing has run."""
        self._hint = hint
        self.refresh()

    def begin(self, unit: str | None, second: str = "") -> None:
        """A fit starts now. second : title of the second curve, "" for the usual one"""
        self.unit, self._began, self._held, self._paused_at = unit, time.monotonic(), 0.0, None
        if self.error is not None:
            self.error.set_title(f"{second or self._second} ({unit or 'units'})", self.theme)

    def _wake(self) -> None:
        if not self._due.isActive():
            self._due.start()

    @property
    def elapsed(self) -> float:
        """Seconds since the fit began, pauses not counted."""
        until = self._paused_at if self._paused_at is not None else time.monotonic()
        return until - self._began - self._held

    def refresh(self) -> None:
        """Show the session as it is."""
        s = self.session
        self._watch_pause()
        if s.active and not self._clock.isActive():
            self._clock.start()
        if not s.active:
            self._clock.stop()
        self.buttons.setVisible(s.active)
        self.progress.setVisible(s.active)
        self.stage.setText(self._headline())
        self.detail.setText(self._sentence())
        share = s.share
        self.progress.setRange(0, 0 if share is None and s.active and s.state != PAUSED else 1000)
        self.progress.setValue(round(1000 * (share or 0.0)))
        has_curves = bool(s.curves.steps) or s.active
        self._show_notes()
        if self.loss is not None:
            for curve in (self.loss, self.error):
                curve.setVisible(has_curves)
            self.loss.show_curve(s.curves.steps, s.curves.losses)
            self.error.show_curve(s.curves.error_steps, s.curves.errors, s.curves.steps[-1] if s.curves.steps else 1.0)

    def _show_notes(self) -> None:
        """What the engine noted, whole and in order, in a column of its own; what is longer scrolls."""
        notes = self.session.notices
        self.notes.setVisible(bool(notes))
        text = "\n".join(f"Note: {formatting.spaced(note)}" for note in notes)
        if text != self.note.text():
            self.note.setText(text)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._wake()

    def _watch_pause(self) -> None:
        if self.session.state == PAUSED and self._paused_at is None:
            self._paused_at = time.monotonic()
        elif self.session.state != PAUSED and self._paused_at is not None:
            self._held += time.monotonic() - self._paused_at
            self._paused_at = None

    def _headline(self) -> str:
        s = self.session
        if s.state == PAUSED:
            return "Paused"
        if s.state == FINISHING:
            return f"{s.stage_text} (stopping, the result is kept)"
        if s.active:
            return s.stage_text
        return {"done": "Done", "failed": "Stopped"}.get(s.state, "Ready")

    def _sentence(self) -> str:
        s, p = self.session, self.session.progress
        if not s.active:
            return s.message or self._hint
        parts = []
        if p is not None and p.stage == "training":
            total = f" of {formatting.count(p.total)}" if p.total else ""
            parts.append(f"step {formatting.count(p.done)}{total}")
            if p.losses:
                parts.append(f"loss {formatting.significant(sum(p.losses.values()))}")
            parts.append(formatting.rate(p.rate))
        parts.append(f"{formatting.seconds(self.elapsed)} gone")
        if p is not None and p.eta is not None and p.eta > 0.5 and s.state != PAUSED:
            parts.append(f"{formatting.seconds(p.eta)} to go in this stage")
        return "  ·  ".join(part.replace(" ", _TOGETHER).replace("/", f"/{_JOINED}") for part in parts)
