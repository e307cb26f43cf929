"""One fit as the window knows it: fed with the engine's events, asked by the panels. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field

from shapefield.events import Event, Notice, Preview, Progress, Stage
from shapefield_gui.models.observable import Observable

IDLE, STARTING, RUNNING, PAUSED, FINISHING, DONE, FAILED = (
    "idle",
    "starting",
    "running",
    "paused",
    "finishing",
    "done",
    "failed",
)

STAGES = {
    "load": "Reading the mesh",
    "distances": "Exact distances",
    "samples": "Drawing samples",
    "training": "Training",
    "surface": "Extracting the surface",
    "report": "Measuring the error",
    "save": "Saving",
}


@dataclass
class Curves:
    """What the plots show: loss by step, and mean error (input units) by step from the previews."""

    steps: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    error_steps: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)


class FitSession(Observable[[]]):
    """State, stage, progress and curves of a fit."""

    stages = STAGES
    """What each stage is called."""

    def __init__(self) -> None:
        super().__init__()
        self.reset()

    def reset(self) -> None:
        """Nothing has run."""
        self.stage, self._waits = "", ""
        self.progress: Progress | None = None
        self.curves = Curves()
        self.notices: list[str] = []
        self.move(IDLE)

    def begin(self) -> None:
        """A new fit starts."""
        self.reset()
        self.move(STARTING)

    def wait_for(self, what: str) -> None:
        """Before it starts something else must end. what : a sentence"""
        self._waits = what
        self.tell()

    def move(self, state: str, message: str = "") -> None:
        self.state, self.message = state, message
        self.tell()

    def take(self, event: Event) -> None:
        """Note one event of the engine."""
        if isinstance(event, Stage):
            self.stage, self.progress = event.name, None
            if self.state == STARTING:
                self.state = RUNNING
        elif isinstance(event, Progress):
            self.progress = event
            if event.stage == "training" and event.losses:
                self.curves.steps.append(event.done)
                self.curves.losses.append(sum(event.losses.values()))
        elif isinstance(event, Preview):
            if event.error is not None and len(event.error):
                self.curves.error_steps.append(event.step)
                self.curves.errors.append(float(event.error.mean()))
        elif isinstance(event, Notice):
            self.notices.append(event.message)
        self.tell()

    @property
    def active(self) -> bool:
        return self.state in (STARTING, RUNNING, PAUSED, FINISHING)

    @property
    def stage_text(self) -> str:
        """The stage in words."""
        if self.state == STARTING and not self.stage:
            return self._waits or "Starting"
        return self.stages.get(self.stage, self.stage.capitalize())

    @property
    def share(self) -> float | None:
        """0..1 of the present stage, None where that is unknown."""
        p = self.progress
        return None if p is None or not p.total else min(p.done / p.total, 1.0)

    @property
    def whole(self) -> float | None:
        """0..1 of what takes the time, the training; None before it, 1 after it."""
        if self.stage == "training":
            return self.share
        names = list(self.stages)
        after = "training" in names and self.stage in names and names.index(self.stage) > names.index("training")
        return 1.0 if after else None
