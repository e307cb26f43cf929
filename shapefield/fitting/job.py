"""What one fit reads and writes, and how long its stages take."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from shapefield.events import Event, Stage
from shapefield.fitting.shape import Shape, shape_of
from shapefield.mesh.model import Mesh

Made = TypeVar("Made")


@dataclass(frozen=True)
class Job:
    """What one fit reads and writes.

    source  : the mesh file, a Mesh, or another `Shape`
    mesh    : where the surface goes, or None
    field   : where the `.field` goes, or None; its checkpoint lies beside it
    started : time.perf_counter() of the moment the budget counts from; None for the moment the job begins
    previews: share of the training time that previews of the surface may take, 0 for none
    """

    source: str | Path | Mesh | Shape
    mesh: Path | None = None
    field: Path | None = None
    force: bool = False
    resume: bool = False
    started: float | None = None
    previews: float = 0.0

    @property
    def shape(self) -> Shape:
        """The source as what is fitted to."""
        return shape_of(self.source)


class Clock:
    """Wall seconds by stage, and since the start that the budget counts from."""

    def __init__(self, started: float | None) -> None:
        self.started = time.perf_counter() if started is None else started
        self.entered = self.started
        self.seconds: dict[str, float] = {}

    def leave(self, stage: str) -> None:
        """Book the time since the last call under `stage`."""
        now = time.perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self.entered
        self.entered = now

    def over(self, steps: Generator[Event, Any, Made]) -> Generator[Event, Any, Made]:
        """The same events, with the time of each stage that they tell booked under its name."""
        stage, command = "", None
        while True:
            try:
                event = steps.send(command)
            except StopIteration as stop:
                self.leave(stage)
                return stop.value
            if isinstance(event, Stage):
                if stage:
                    self.leave(stage)
                stage = event.name
            command = yield event

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.started
