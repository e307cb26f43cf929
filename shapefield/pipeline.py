"""`reconstruct`: the stages of a fit chained into one stream of events.

path → Mesh → Solid → Samples → Field + Objective → training → surface → files → report
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from shapefield.config import FitConfig, affordable_samples
from shapefield.errors import InterruptedRun
from shapefield.events import Done, Event, Notice, Stage
from shapefield.files import check_replaceable, lock
from shapefield.mesh.model import Mesh

DEFAULT_BUDGET = 20.0
"""Seconds of a fit whose user sets neither steps nor budget."""


@dataclass(frozen=True)
class Job:
    """What one fit reads and writes.

    source  : the mesh file, or a Mesh
    mesh    : where the surface goes, or None
    field   : where the `.field` goes, or None; its checkpoint lies beside it
    started : time.perf_counter() of the moment the budget counts from; None for the moment the job begins
    previews: share of the training time that previews of the surface may take, 0 for none
    """

    source: str | Path | Mesh
    mesh: Path | None = None
    field: Path | None = None
    force: bool = False
    resume: bool = False
    started: float | None = None
    previews: float = 0.0


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

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.started


def reconstruct(
    source: str | Path | Mesh | Job, config: FitConfig | None = None, **job: Any
) -> Generator[Event, Any, None]:
    """Fit a field to a mesh and take its surface back out. `job` are the fields of `Job`.

    Yields Stage, Progress, Notice and (if asked for) Preview, and last Done with a `Result`.
    `send(FINISH)` ends training there and goes on; `throw(InterruptedRun)` saves a checkpoint and ends.
    Raises the children of ShapefieldError.
    """
    yield from Session(source if isinstance(source, Job) else Job(source, **job), config).run()


class Session:
    """One fit that can be looked into while it runs, between two events of `run()`.

    solid   : the solid that is fitted, from the stage "samples" on
    result  : the `Result`, from the stage "training" on; its weights are those of the latest step
    surface : the extracted Mesh, input frame, from the stage "report" on
    """

    def __init__(self, job: Job, config: FitConfig | None = None) -> None:
        self.job, self.config = job, _settled(config or FitConfig())
        self.solid: Any = None
        self.result: Any = None
        self.surface: Any = None

    def run(self) -> Generator[Event, Any, None]:
        """The stages; see `reconstruct`."""
        with contextlib.ExitStack() as held:
            for path in (self.job.mesh, self.job.field):
                if path is not None:
                    check_replaceable(path, self.job.force)
                    held.enter_context(lock(path))
            yield from self._stages()

    def _stages(self) -> Generator[Event, Any, None]:
        from shapefield.gathering import gather
        from shapefield.solid import solidify

        job, config = self.job, self.config
        clock = Clock(job.started)
        yield Stage("load")
        mesh = _loaded(job.source, config)
        for notice in mesh.notices:
            yield Notice(notice)
        clock.leave("load")
        yield Stage("distances", f"{len(mesh.faces):,} faces")
        solid = yield from solidify(
            mesh, config.solid.thicken, config.solid.fill_cavities, queries=config.sampling.samples or 0
        )
        self.solid = solid
        clock.leave("distances")
        yield Stage("samples", f"{config.sampling.samples:,}")
        gathered = yield from gather(mesh, solid, config)
        from shapefield.fitting import Fit  # brings torch, which may have been loading beside all this
        from shapefield.reporting import measure

        fit = Fit(job, config, mesh, solid, clock)
        self.result = fit.result
        clock.leave("samples")
        try:
            yield from fit.prepare(gathered)
            yield from fit.train()
            yield Stage("surface", f"{config.extraction.resolution}³")
            surface = yield from fit.result.surface(config.extraction)
            if job.mesh is not None:
                from shapefield.mesh.writing import write

                for notice in write(surface, job.mesh, job.force):
                    yield Notice(notice)
            clock.leave("surface")
        except InterruptedRun as stop:
            raise fit.interrupted(stop) from None
        self.surface = surface
        fit.result.run["wall"] = clock.spent
        yield Stage("report")
        yield from measure(fit.result, surface, solid, config, clock)
        if job.field is not None:
            from shapefield.fieldfile import write_field

            write_field(fit.result, job.field, job.force)
            fit.result.report["bytes"] = job.field.stat().st_size
        fit.done()
        yield Done(fit.result)


def _settled(config: FitConfig) -> FitConfig:
    """With the default budget and number of samples put in, so that all stages and the report see the same."""
    training = config.training
    if training.steps is None and training.budget is None:
        training = replace(training, budget=DEFAULT_BUDGET)
    samples = config.sampling.samples or affordable_samples(training.budget)
    return replace(config, training=training, sampling=replace(config.sampling, samples=samples))


def _loaded(source: str | Path | Mesh, config: FitConfig) -> Mesh:
    if not isinstance(source, Mesh):
        from shapefield.mesh.reading import read

        source = read(source)
    return replace(source, unit=source.unit or config.solid.unit)
