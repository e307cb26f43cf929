"""`reconstruct`: a mesh becomes a field and a surface, as one stream of events.

Shape → Gathered (samples, reference) → Field + Objective → training → surface → files → report
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapefield.config import ExtractionConfig, FitConfig
from shapefield.driving import finish
from shapefield.errors import NoSurfaceError, UsageError
from shapefield.events import Event, Notice, Preview, Stage, counted
from shapefield.fitting.job import Clock, Job
from shapefield.fitting.provenance import command_of, origin_of
from shapefield.fitting.resolved import settled
from shapefield.mesh.model import Mesh
from shapefield.storage.files import check_outputs
from shapefield.training.checkpoint import checkpoint_path
from shapefield.training.run import Run
from shapefield.training.terms import Learning, Terms

if TYPE_CHECKING:
    from shapefield.fitting.gathering import Gathered
    from shapefield.fitting.shape import Shape
    from shapefield.result import Result
    from shapefield.solid import Solid
    from shapefield.training.loop import Trainer, TrainingPlan

FIRST_LOOK = 0.15
"""Seconds that a first preview of the network is taken to cost."""


def reconstruct(
    source: str | Path | Mesh | Shape | Job, config: FitConfig | None = None, **job: Any
) -> Generator[Event, Any, None]:
    """Fit a field to a shape and take its surface back out. `job` are the fields of `Job`.

    Yields Stage, Progress, Notice and (if asked for) Preview, and last Done with a `Result`.
    `send(FINISH)` ends training there and goes on; `throw(InterruptedRun)` saves a checkpoint and ends.
    Raises the children of ShapefieldError.
    """
    yield from ShapeRun(source if isinstance(source, Job) else Job(source, **job), config).events()


@dataclass(frozen=True, eq=False)
class Fit:
    """What is there from the stage "training" on.

    gathered : what is learnt from and measured against;  result : the field, its weights those of the latest step
    """

    gathered: Gathered
    result: Result


class ShapeRun(Run["Result"]):
    """One fit of a shape; see `Run` for how it is driven."""

    few_remedy = "a longer --budget helps, or --steps"

    def __init__(self, job: Job, config: FitConfig | None = None) -> None:
        self.job, self.config = job, settled(config or FitConfig())
        training = self.config.training
        super().__init__(
            Terms(
                steps=training.steps,
                horizon=training.horizon,
                budget=training.budget,
                started=job.started,
                checkpoint=checkpoint_path(job.field) if job.field is not None else None,
                checkpoint_every=training.checkpoint_every,
                resume=job.resume,
                force=job.force,
                inputs=job.shape.path,
                preview_share=job.previews,
            )
        )
        self.clock = Clock(job.started)
        self.replaced: tuple[str, ...] = ()
        """What is to be told about the files that this run replaces."""
        self.seen = False
        self.nearest: float | None = None
        """Mean error of the nearest preview so far, where the first one was of the base, which is whole."""
        self._fit: Fit | None = None
        self._surface: Mesh | None = None

    def outputs(self) -> Sequence[Path]:
        """The mesh and the field. Raises OutputError for one that may not be replaced."""
        found = [path for path in (self.job.mesh, self.job.field) if path is not None]
        source = self.job.shape.path
        if len(found) == 2 and os.path.realpath(found[0]) == os.path.realpath(found[1]):
            raise UsageError(f"{found[0]}: expected two names, got one for the mesh and the field: change one")
        self.replaced = check_outputs(found, self.job.force, source)
        return found

    def subject(self) -> str:
        """The fit of a file or of a named shape."""
        return f"the fit of {self.job.shape.name}"

    def command(self) -> str:
        """The `shapefield fit` line of this run."""
        return command_of(self.job, self.config, None) + (" --force" if self.job.force else "")

    def origin(self) -> dict[str, Any]:
        """The mesh file and the settings."""
        return origin_of(self.job, self.config)

    def beside(self) -> contextlib.AbstractContextManager[Any]:
        """In the first fit on a machine its loops are compiled beside it."""
        from shapefield.fitting.precompile import compiling_ahead

        self.clock = Clock(self.job.started)
        return compiling_ahead()

    def prepare(self) -> Generator[Event, Any, Learning]:
        """What is learnt from; then the network, for which torch is loaded."""
        if self.config.training.device not in ("auto", "cpu"):
            from shapefield.machine.devices import choose

            choose(self.config.training.device)  # an absent one is told before anything is read
        for line in self.replaced:
            yield Notice(line)
        shown = self.job.previews > 0
        gathered = yield from self.clock.over(self.job.shape.gathered(self.config, shown))
        self.config = config = self.config.in_input_units(lambda: gathered.extent)
        from shapefield.fitting.learning import learning_of, untrained  # brings torch, which may have been loading

        result, recipe = untrained(config, gathered)
        self._fit = Fit(gathered, result)
        self.clock.leave("samples")
        self.seen, self.nearest = gathered.seen is not None, gathered.seen
        if self.seen:
            # after the base's preview the network's first one waits until it has learnt a little
            self.previews.wait(FIRST_LOOK)
        return learning_of(result, recipe, config, gathered)

    def reserve(self) -> float:
        """Seconds for the surface and the writing."""
        from shapefield.fitting.learning import surface_seconds

        return surface_seconds(self.result, self.fit.gathered.area, self.config.extraction.resolution)

    def planned(self, plan: TrainingPlan) -> None:
        """The result tells what it is trained by."""
        self.result.run |= {"steps": plan.steps, "rate": plan.rate, **self.identity}

    def preview(self, step: int) -> Event | None:
        """The surface that training would end with now, with its error against the reference, if there is one; none
        that is farther off than what is shown, where that began with the base's."""
        resolution, trainer, reference = 128 if self.seen else 64, self.trainer, self.reference
        try:
            with _shown(trainer):
                mesh = finish(self.result.surface(ExtractionConfig(resolution=resolution)))
        except NoSurfaceError:
            return None  # nothing crosses zero yet
        self.seen = True
        if reference is None:
            return Preview(mesh.vertices, mesh.faces, step, resolution)
        error = reference.unsigned(mesh.vertices).astype("float32")
        if self.nearest is not None:
            if error.mean() > self.nearest:
                return None
            self.nearest = float(error.mean())
        return Preview(mesh.vertices, mesh.faces, step, resolution, error)

    def trained(self) -> None:
        """Weights as the file will give them back, and what the training took."""
        from shapefield.storage.compact import COMPACT, round_module

        result = self.result
        if result.preset == COMPACT:
            for network in (result.module, result.colour):
                if network is not None:
                    round_module(network)
        result.run |= self.record()
        result.history = self.history
        if self.trainer is not None and self.trainer.kept is not None:
            result.run["best"] = self.trainer.kept.told()
        result.run["command"] = self._again()
        self.clock.leave("training")

    def _again(self) -> str:
        """The line that gives the same bytes again."""
        done, horizon = self.step, int(self.identity["horizon"])
        training = replace(self.config.training, horizon=horizon if horizon != done else None)
        return command_of(self.job, replace(self.config, training=training), done, self.own_threads)

    def finish(self) -> Generator[Event, Any, Result]:
        """The surface, its figures, the files."""
        from shapefield.fitting.reporting import measure

        job, config, result, shape = self.job, self.config, self.result, self.job.shape
        yield Stage("surface", f"{config.extraction.resolution}³")
        self._surface = surface = yield from self._extracted(result)
        if job.mesh is not None:
            from shapefield.mesh.writing import write

            for notice in write(surface, job.mesh, job.force, shape.path):
                yield Notice(notice)
        self.clock.leave("surface")
        result.run["wall"] = self.clock.spent
        yield Stage("report")
        yield from measure(result, surface, self.reference, config, self.clock)
        if job.field is not None:
            from shapefield.fieldfile import write_field

            result.source = shape.path
            write_field(result, job.field, job.force)
            result.report["bytes"] = job.field.stat().st_size
        return result

    def _extracted(self, result: Result) -> Generator[Event, Any, Mesh]:
        """The trained field's surface. Raises NoSurfaceError with training's remedy where it holds none."""
        try:
            return (yield from result.surface(self.config.extraction))
        except NoSurfaceError as error:
            if self.config.extraction.offset:
                raise
            remedy = self._too_thin() or "give it a longer --budget or more --steps"
            done = counted(self.step, "step")
            raise NoSurfaceError(f"field: expected a surface, got none after {done}: {remedy}") from error

    def _too_thin(self) -> str:
        """That the reference is thinner than the voxels, and what to do, if it is: more training would not help."""
        if self.reference is None:
            return ""
        from shapefield.solid.thinness import too_thin

        solid = self.reference
        return too_thin(solid.mesh, solid.similarity.radius, self.config.extraction.resolution)

    @property
    def fit(self) -> Fit:
        """What is learnt from and the field as it stands, from the stage "training" on."""
        assert self._fit is not None
        return self._fit

    @property
    def result(self) -> Result:
        """The field as it stands, from the stage "training" on."""
        return self.fit.result

    @property
    def reference(self) -> Solid | None:
        """What the surface is measured against, from the stage "training" on; None where there is nothing."""
        return self.fit.gathered.reference

    @property
    def extracted(self) -> Mesh:
        """The surface, input frame, from the stage "report" on."""
        assert self._surface is not None
        return self._surface


def _shown(trainer: Trainer | None) -> contextlib.AbstractContextManager[Any]:
    return contextlib.nullcontext() if trainer is None else trainer.shown()
