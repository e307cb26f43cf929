"""`reconstruct`: the stages of a fit chained into one stream of events.

path → Mesh → Solid → Samples → Field + Objective → training → surface → files → report
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

from shapefield.config import FitConfig, affordable_samples
from shapefield.errors import InterruptedRun, OutputError, ResourceError
from shapefield.events import Done, Event, Notice, Stage
from shapefield.fitting.forecasting import require_distances, require_pool
from shapefield.fitting.job import Clock, Job
from shapefield.fitting.provenance import command_of
from shapefield.machine.memory import give_back, shortages_told
from shapefield.mesh.model import Mesh
from shapefield.methods import method
from shapefield.storage.files import check_replaceable, lock
from shapefield.training.checkpoint import checkpoint_path

DEFAULT_BUDGET = 20.0
"""Seconds of a fit whose user sets neither steps nor budget."""


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
        self.fit: Any = None
        self.result: Any = None
        self.surface: Any = None

    def run(self) -> Generator[Event, Any, None]:
        """The stages; see `reconstruct`."""
        with contextlib.ExitStack() as held:
            outputs = [path for path in (self.job.mesh, self.job.field) if path is not None]
            source = None if isinstance(self.job.source, Mesh) else Path(self.job.source)
            for path in outputs:
                check_replaceable(path, self.job.force, source)
            held.callback(give_back)
            held.enter_context(lock(*outputs))
            from shapefield.fitting.ahead import compiling_ahead

            held.enter_context(compiling_ahead())
            held.callback(lambda: self.fit.close() if self.fit is not None else None)
            try:
                with shortages_told(f"the fit of {_name(self.job.source)}"):
                    yield from self._stages()
            except (OutputError, ResourceError) as error:
                if self.fit is None or not self.fit.saver.whole:
                    raise
                raise type(error)(f"{error}; {self.farewell()}") from error
            except InterruptedRun as stop:
                if self.fit is not None:
                    self.fit.saver.interrupted(self.fit.save)
                raise InterruptedRun(f"interrupted{self._where()}{self.farewell()}", stop.exit_code - 128) from None

    def _where(self) -> str:
        trainer = self.fit.trainer if self.fit is not None else None
        return f" at step {trainer.step} of {trainer.plan.steps}: " if trainer is not None else ": "

    def farewell(self) -> str:
        """How to go on after an interruption at this moment, in a few words."""
        begun = self.job.resume or (self.fit is not None and self.fit.trainer is not None)
        if self.job.field is None or not begun or not checkpoint_path(self.job.field).exists():
            return "nothing was trained yet" if not begun else "there is no checkpoint to go on from"
        force = " --force" if self.job.force else ""
        return f"to continue: {command_of(self.job, self.config, None)} --resume{force}"

    def _stages(self) -> Generator[Event, Any, None]:
        from shapefield.fitting.gathering import gather
        from shapefield.solid import solidify

        job, config = self.job, self.config
        clock = Clock(job.started)
        if config.training.device not in ("auto", "cpu"):
            from shapefield.machine.devices import choose

            choose(config.training.device)  # an absent one is told before anything is read
        yield Stage("load")
        mesh = _loaded(job.source, config)
        config = self.config = config.in_input_units(mesh.extent)
        for notice in mesh.notices:
            yield Notice(notice)
        clock.leave("load")
        yield Stage("distances", f"{len(mesh.faces):,} faces")
        require_distances(len(mesh.faces))
        solid = yield from solidify(mesh, config.solid.thickness, config.solid.fill_cavities)
        self.solid = solid
        clock.leave("distances")
        yield Stage("samples", f"{config.sampling.samples:,}")
        base = getattr(method(config.method).options(**config.options), "base", None)
        require_pool(config.sampling.samples or 0, base)
        gathered = yield from gather(mesh, solid, config, previews=job.previews > 0)
        from shapefield.fitting.learning import Fit  # brings torch, which may have been loading beside all this
        from shapefield.fitting.reporting import measure

        fit = self.fit = Fit(job, config, mesh, solid, clock)
        self.result = fit.result
        clock.leave("samples")
        yield from fit.prepare(gathered)
        yield from fit.train()
        yield Stage("surface", f"{config.extraction.resolution}³")
        surface = yield from fit.surface()
        if job.mesh is not None:
            from shapefield.mesh.writing import write

            for notice in write(surface, job.mesh, job.force):
                yield Notice(notice)
        clock.leave("surface")
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


def _name(source: str | Path | Mesh) -> str:
    return source.name if isinstance(source, Mesh) else Path(source).name


def _settled(config: FitConfig) -> FitConfig:
    """With the default budget, number and mix of samples put in, so that all stages and the report see the same."""
    training = config.training
    if training.steps is None and training.budget is None:
        training = replace(training, budget=DEFAULT_BUDGET)
    samples = config.sampling.samples or affordable_samples(training.budget)
    mix = config.sampling.mix or method(config.method).recipe.mix
    return replace(config, training=training, sampling=replace(config.sampling, samples=samples, mix=mix))


def _loaded(source: str | Path | Mesh, config: FitConfig) -> Mesh:
    if not isinstance(source, Mesh):
        from shapefield.mesh.reading import read

        source = read(source)
    return replace(source, unit=source.unit or config.solid.unit)
